"""Rules of the academic calendar: which dates of a semester may be set (4.3.2, 5.3.2). Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import date

from app.journal.courses.semester_dates import SemesterDates
from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, DepterError, Invalid, Refused

ACADEMIC_OFFICE_ROLE = "academic_office"
PERIOD_FIELDS = (
    ("module1_from", "module1_until"),
    ("module2_from", "module2_until"),
    ("session_from", "session_until"),
)


def refusal_to_set_semester_dates(
    old: SemesterDates, new: SemesterDates, roles: Iterable[RoleAssignment], today: date, reason: str
) -> DepterError | None:
    """Return None if the academic office may replace the old dates by the new ones, else the refusal.

    Days are in order and inside the semester, passed days stay, and a running semester needs a reason.
    """
    if not any(assignment.role == ACADEMIC_OFFICE_ROLE for assignment in roles):
        return Denied("journal.semester.not_yours")
    wrong = semester_dates_refusal(old, new, today)
    if wrong is not None:
        return wrong
    if old.starts_on <= today and new != old and not reason.strip():
        return Invalid.field("reason", "journal.semester.reason_needed")
    return None


def semester_dates_refusal(old: SemesterDates, new: SemesterDates, today: date) -> DepterError | None:
    """Return None if these dates can replace the old ones, whoever sets them, else the refusal (5.3.2).

    The semester is not over, days are in order and inside it, passed days stay.
    """
    if old.ends_on < today:
        return Refused("journal.semester.over", at=old.ends_on)
    return _semester_periods_error(new) or _passed_day_change_error(old, new, today)


def has_deadline_relevant_change(old: SemesterDates, new: SemesterDates) -> bool:
    """Return whether deadlines may depend on what changed; none depends on the first day.

    Sheets depend on weeks and session (4.3.2, 4.3.3), make-up work on its last day (5.3.2),
    closing on the semester's end (7.6).
    """
    return replace(old, starts_on=new.starts_on) != new


def _semester_periods_error(new: SemesterDates) -> Invalid | None:
    """Check that periods are complete, in order and inside the semester."""
    if new.ends_on < new.starts_on:
        return Invalid.field("ends_on", "people.period.backwards")
    days: Mapping[str, date | None] = asdict(new)
    before: date | None = None
    for first, last in PERIOD_FIELDS:
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


def _passed_day_change_error(old: SemesterDates, new: SemesterDates, today: date) -> Invalid | None:
    """Check that no passed day changes; a day never set may be filled in afterwards."""
    days: Mapping[str, date | None] = asdict(new)
    for name, was in asdict(old).items():
        now = days[name]
        if was is not None and was != now and (was < today or (now is not None and now < today)):
            return Invalid.field(name, "journal.semester.passed")
    return None
