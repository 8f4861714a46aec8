"""Rules for who may change the working calendar, and which parts may still change. Pure: return None or a
refusal.

The academic office edits the calendar of the university and of every unit; a directorate the future days and
the week of its own institute and of the departments below it. A day that has begun is settled: it can only
become a day off, with a reason, by the academic office, so that a change never takes time away from anybody.
An interruption of work in the past is a pause with its act (8.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.kernel.act import RoleAssignment
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day
from app.kernel.errors import Denied, DepterError, Invalid, Refused
from app.kernel.i18n import LOCALES
from app.regulation.rules import CalendarDayValue, PausePeriod

OFFICE_ROLE, DIRECTORATE_ROLE = "academic_office", "directorate"
OFF_DAY_KIND, WORKING_DAY_KIND, SHORT_DAY_KIND = "off", "working", "short"
DAY_KINDS = (OFF_DAY_KIND, WORKING_DAY_KIND, SHORT_DAY_KIND)
DAY_ORIGINS = ("government", "university")
PAUSE_KINDS = ("outage", "closure", "inquiry", "leave")
"""Kinds of pause of deadlines: a failure of the system, a closed building, an inquiry under way, an academic
leave."""
MAX_YEARS_AHEAD = 2
MAX_PAUSE_LENGTH = timedelta(days=180)
MAX_PAST_DAY_AGE = timedelta(days=366)
MAX_NAME_LENGTH, MAX_SOURCE_LENGTH = 80, 200


@dataclass(frozen=True, slots=True)
class NewDay:
    """A new value of a day in the calendar of a unit, or (None) of the university."""

    day: date
    unit: UUID | None
    value: CalendarDayValue


def calendar_day_digest(value: CalendarDayValue | None) -> str:
    """Return a digest of the calendar value of a day (16 hexadecimal digits, "" without one): the form sends
    the value it displayed."""
    if value is None:
        return ""
    return canonical_sha256([value.kind, dict(value.names), value.origin, value.source])[:16]


def has_academic_office_role(assignments: Iterable[RoleAssignment]) -> bool:
    """Return whether one of the roles is the academic office."""
    return any(assignment.role == OFFICE_ROLE for assignment in assignments)


def refusal_to_edit_calendar(
    assignments: Iterable[RoleAssignment], line: Iterable[UUID | None]
) -> Denied | None:
    """Return None when these roles may edit the calendar of a unit. `line`: the unit, its ancestors, the
    university."""
    roles, above = list(assignments), frozenset(unit for unit in line if unit is not None)
    if has_academic_office_role(roles) or any(
        assignment.role == DIRECTORATE_ROLE and assignment.unit in above for assignment in roles
    ):
        return None
    return Denied("regulation.calendar.not_yours")


def refusal_to_set_calendar_day(
    new: NewDay, assignments: Iterable[RoleAssignment], today: date, reason: str
) -> DepterError | None:
    """Return None when this day may be put into the calendar."""
    return (
        _day_values_refusal(new.value)
        or _day_range_refusal(new.day, today)
        or (_begun_day_refusal(new.value.kind, assignments, reason) if new.day <= today else None)
    )


def refusal_to_remove_calendar_day(day: date, today: date) -> DepterError | None:
    """Return None when the calendar value of this day may be removed: future days only."""
    return Refused("regulation.calendar.day_begun", day=day) if day <= today else None


def _day_values_refusal(value: CalendarDayValue) -> Invalid | None:
    """Return Invalid for an unknown kind or origin, or a missing or too long name or source."""
    if value.kind not in DAY_KINDS:
        return Invalid.field("kind", "forms.field.not_offered")
    if value.origin not in DAY_ORIGINS:
        return Invalid.field("origin", "forms.field.not_offered")
    for locale in LOCALES:
        name = value.names.get(locale, "")
        if value.kind == OFF_DAY_KIND and not name:
            return Invalid.field(f"name_{locale}", "forms.field.required")
        if len(name) > MAX_NAME_LENGTH:
            return Invalid.field(f"name_{locale}", "forms.field.too_long", max=MAX_NAME_LENGTH)
    return _source_refusal(value.source)


def _source_refusal(source: str) -> Invalid | None:
    """Return Invalid for a missing or too long source."""
    if not source:
        return Invalid.field("source", "forms.field.required")
    if len(source) > MAX_SOURCE_LENGTH:
        return Invalid.field("source", "forms.field.too_long", max=MAX_SOURCE_LENGTH)
    return None


def _day_range_refusal(day: date, today: date) -> Invalid | None:
    """Return Invalid for a day too far in the past or in the future."""
    last = date(today.year + MAX_YEARS_AHEAD, 12, 31)
    if not today - MAX_PAST_DAY_AGE <= day <= last:
        return Invalid.field("day", "regulation.calendar.too_far", last=last)
    return None


def _begun_day_refusal(kind: str, assignments: Iterable[RoleAssignment], reason: str) -> DepterError | None:
    """Return a refusal for a day that has begun, except as a day off, by the academic office, with a
    reason."""
    if not has_academic_office_role(assignments):
        return Denied("regulation.calendar.begun_by_office")
    if kind != OFF_DAY_KIND:
        return Refused("regulation.calendar.day_begun")
    return None if reason.strip() else Invalid.field("reason", "regulation.calendar.reason_needed")


def refusal_to_set_unit_working_week(days: int, since: date, today: date) -> Invalid | None:
    """Return None when a week of so many days may begin on this day: from tomorrow on; past Saturdays stay as
    they were."""
    if days not in (5, 6):
        return Invalid.field("days", "forms.field.not_offered")
    if since <= today:
        return Invalid.field("since", "regulation.calendar.from_tomorrow")
    return _day_range_refusal(since, today)


def refusal_to_add_deadline_pause(
    stop: PausePeriod, assignments: Iterable[RoleAssignment], now: datetime, reason: str
) -> DepterError | None:
    """Return None when deadlines may pause for this period (8.5): by the academic office, with a reference;
    with a reason once it began."""
    if not has_academic_office_role(assignments):
        return Denied("regulation.calendar.pause_by_office")
    if stop.kind not in PAUSE_KINDS:
        return Invalid.field("kind", "forms.field.not_offered")
    if stop.ends_at <= stop.starts_at:
        return Invalid.field("ends_at", "people.period.backwards")
    if stop.ends_at - stop.starts_at > MAX_PAUSE_LENGTH:
        return Invalid.field("ends_at", "regulation.pause.too_long", days=MAX_PAUSE_LENGTH.days)
    if not stop.reference:
        return Invalid.field("reference", "forms.field.required")
    if len(stop.reference) > MAX_SOURCE_LENGTH:
        return Invalid.field("reference", "forms.field.too_long", max=MAX_SOURCE_LENGTH)
    if stop.starts_at < now and not reason.strip():
        return Invalid.field("reason", "regulation.calendar.reason_needed")
    return _day_range_refusal(local_day(stop.starts_at), local_day(now))


def refusal_to_end_deadline_pause(
    stop: PausePeriod, assignments: Iterable[RoleAssignment], now: datetime
) -> DepterError | None:
    """Return None when this pause may end now. One that is over stays: deadlines were computed with it."""
    if not has_academic_office_role(assignments):
        return Denied("regulation.calendar.pause_by_office")
    return Refused("regulation.pause.over", at=stop.ends_at) if stop.ends_at <= now else None


def refusal_to_confirm_calendar_year(
    year: int, source: str, assignments: Iterable[RoleAssignment], today: date
) -> DepterError | None:
    """Return None when the days of this year may be confirmed: by the academic office, naming the decree."""
    if not has_academic_office_role(assignments):
        return Denied("regulation.calendar.not_yours")
    if not today.year <= year <= today.year + MAX_YEARS_AHEAD:
        return Invalid.field("year", "forms.field.out_of_range")
    return _source_refusal(source)


def calendar_day_as_json_dict(day: date, value: CalendarDayValue) -> Mapping[str, object]:
    """Return a day as JSON for changes and the audit."""
    return {
        "day": day.isoformat(),
        "kind": value.kind,
        "names": dict(value.names),
        "origin": value.origin,
        "source": value.source,
    }
