"""The academic calendar: which dates of a semester may be set (4.3.2, 5.3.2). Facts in, a decision out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import date

from app.journal.courses.semester_dates import SemesterDates
from app.kernel.act import Hat
from app.kernel.errors import Denied, DepterError, Invalid, Refused

OFFICE = "academic_office"
SPANS = (
    ("module1_from", "module1_until"),
    ("module2_from", "module2_until"),
    ("session_from", "session_until"),
)


def may_set_dates(
    old: SemesterDates, new: SemesterDates, roles: Iterable[Hat], today: date, reason: str
) -> DepterError | None:
    """May these dates stand instead of the old ones? By the academic office; days in order and inside the semester;
    what has passed stays; once the semester runs, with a reason."""
    if not any(assignment.role == OFFICE for assignment in roles):
        return Denied("journal.semester.not_yours", clause="3.1")
    wrong = fits(old, new, today)
    if wrong is not None:
        return wrong
    if old.starts_on <= today and new != old and not reason.strip():
        return Invalid.field("reason", "journal.semester.reason_needed")
    return None


def fits(old: SemesterDates, new: SemesterDates, today: date) -> DepterError | None:
    """Can these dates stand instead of the old ones, whoever brings them? Of a semester that is not over, in order and
    inside of it; what has passed stays (5.3.2)."""
    if old.ends_on < today:
        return Refused("journal.semester.over", clause="5.3.2", at=old.ends_on)
    return _check_order(new) or _check_passed(old, new, today)


def moves_terms(old: SemesterDates, new: SemesterDates) -> bool:
    """Whether terms may hang on what changed: sheets on weeks and session (4.3.2, 4.3.3), work-offs on their last day
    (5.3.2), closing on the last day of all (7.6); none on the first."""
    return replace(old, starts_on=new.starts_on) != new


def _check_order(new: SemesterDates) -> Invalid | None:
    if new.ends_on < new.starts_on:
        return Invalid.field("ends_on", "people.period.backwards")
    days: Mapping[str, date | None] = asdict(new)
    before: date | None = None
    for first, last in SPANS:
        since, until = days[first], days[last]
        if (since is None) != (until is None):
            return Invalid.field(last if until is None else first, "forms.field.required")
        if since is None or until is None:
            continue
        if until < since:
            return Invalid.field(last, "journal.semester.out_of_order")
        if before is not None and since <= before:
            return Invalid.field(first, "journal.semester.out_of_order")
        before = until
    for name, day in days.items():
        if day is not None and not new.starts_on <= day <= new.ends_on:
            return Invalid.field(name, "journal.semester.outside")
    return None


def _check_passed(old: SemesterDates, new: SemesterDates, today: date) -> Invalid | None:
    """A day that has passed stays; what was never said may be filled in afterwards."""
    days: Mapping[str, date | None] = asdict(new)
    for name, was in asdict(old).items():
        now = days[name]
        if was is not None and was != now and (was < today or (now is not None and now < today)):
            return Invalid.field(name, "journal.semester.passed")
    return None
