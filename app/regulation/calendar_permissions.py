"""Who may change the working calendar, and what of it may still be changed. Pure: facts in, None or a refusal out.

The academic office keeps the calendar of the university and of every unit; a directorate the days to come and the week
of its own institute and of the departments below it. A day that has begun is settled: it can only become a day off,
with a reason, by the academic office, so that a change never takes time away from anybody. What stopped work in the
past is a pause with its act (8.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.kernel.act import Hat
from app.kernel.canonical import digest
from app.kernel.clock import local_day
from app.kernel.errors import Denied, DepterError, Invalid, Refused
from app.kernel.i18n import LOCALES
from app.regulation.rules import Day, Stop

OFFICE, DIRECTORATE = "academic_office", "directorate"
OFF, WORKING, SHORT = "off", "working", "short"
KINDS = (OFF, WORKING, SHORT)
ORIGINS = ("government", "university")
PAUSES = ("outage", "closure", "inquiry", "leave")
"""Why terms stand still: a failure of the system, a closed building, an inquiry under way, an academic leave."""
YEARS_AHEAD = 2
LONGEST_PAUSE = timedelta(days=180)
OLDEST = timedelta(days=366)
LONGEST_NAME, LONGEST_SOURCE = 80, 200


@dataclass(frozen=True, slots=True)
class NewDay:
    """A day as it is to stand in the calendar of a unit, or (None) of the university."""

    day: date
    unit: UUID | None
    value: Day


def mark_of(value: Day | None) -> str:
    """What stands in the calendar for a day, in a few signs: whoever changes it says what he saw."""
    if value is None:
        return ""
    return digest([value.kind, dict(value.names), value.origin, value.source])[:16]


def is_office(hats: Iterable[Hat]) -> bool:
    """Whether one of the hats is of the academic office."""
    return any(hat.role == OFFICE for hat in hats)


def may_keep(hats: Iterable[Hat], line: Iterable[UUID | None]) -> Denied | None:
    """May somebody with these hats change the calendar of a unit? `line`: the unit, those above it, the university."""
    worn, above = list(hats), frozenset(unit for unit in line if unit is not None)
    if is_office(worn) or any(hat.role == DIRECTORATE and hat.unit in above for hat in worn):
        return None
    return Denied("regulation.calendar.not_yours", clause="3.1")


def may_set_day(new: NewDay, hats: Iterable[Hat], today: date, reason: str) -> DepterError | None:
    """May this day be put into the calendar?"""
    return (
        _readable(new.value)
        or _near(new.day, today)
        or (_settled(new.value.kind, hats, reason) if new.day <= today else None)
    )


def may_remove_day(day: date, today: date) -> DepterError | None:
    """May what the calendar says of this day be taken out? Only of days to come."""
    return Refused("regulation.calendar.day_begun", clause="8.5", day=day) if day <= today else None


def _readable(value: Day) -> Invalid | None:
    if value.kind not in KINDS:
        return Invalid.field("kind", "forms.field.not_offered")
    if value.origin not in ORIGINS:
        return Invalid.field("origin", "forms.field.not_offered")
    for locale in LOCALES:
        name = value.names.get(locale, "")
        if value.kind == OFF and not name:
            return Invalid.field(f"name_{locale}", "forms.field.required")
        if len(name) > LONGEST_NAME:
            return Invalid.field(f"name_{locale}", "forms.field.too_long", max=LONGEST_NAME)
    return _sourced(value.source)


def _sourced(source: str) -> Invalid | None:
    if not source:
        return Invalid.field("source", "forms.field.required")
    if len(source) > LONGEST_SOURCE:
        return Invalid.field("source", "forms.field.too_long", max=LONGEST_SOURCE)
    return None


def _near(day: date, today: date) -> Invalid | None:
    last = date(today.year + YEARS_AHEAD, 12, 31)
    if not today - OLDEST <= day <= last:
        return Invalid.field("day", "regulation.calendar.too_far", last=last)
    return None


def _settled(kind: str, hats: Iterable[Hat], reason: str) -> DepterError | None:
    """A day that has begun: only as a day off, only by the academic office, only with a reason."""
    if not is_office(hats):
        return Denied("regulation.calendar.begun_by_office", clause="3.1")
    if kind != OFF:
        return Refused("regulation.calendar.day_begun", clause="8.5")
    return None if reason.strip() else Invalid.field("reason", "regulation.calendar.reason_needed")


def may_set_week(days: int, since: date, today: date) -> Invalid | None:
    """May a week of so many days begin on this day? From tomorrow on: Saturdays that passed stay what they were."""
    if days not in (5, 6):
        return Invalid.field("days", "forms.field.not_offered")
    if since <= today:
        return Invalid.field("since", "regulation.calendar.from_tomorrow")
    return _near(since, today)


def may_pause(stop: Stop, hats: Iterable[Hat], now: datetime, reason: str) -> DepterError | None:
    """May terms stand still for this stretch (8.5)? By the academic office, on a paper; with a reason once it began."""
    if not is_office(hats):
        return Denied("regulation.calendar.pause_by_office", clause="8.5")
    if stop.kind not in PAUSES:
        return Invalid.field("kind", "forms.field.not_offered")
    if stop.ends_at <= stop.starts_at:
        return Invalid.field("ends_at", "people.period.backwards")
    if stop.ends_at - stop.starts_at > LONGEST_PAUSE:
        return Invalid.field("ends_at", "regulation.pause.too_long", days=LONGEST_PAUSE.days)
    if not stop.reference:
        return Invalid.field("reference", "forms.field.required")
    if len(stop.reference) > LONGEST_SOURCE:
        return Invalid.field("reference", "forms.field.too_long", max=LONGEST_SOURCE)
    if stop.starts_at < now and not reason.strip():
        return Invalid.field("reason", "regulation.calendar.reason_needed")
    return _near(local_day(stop.starts_at), local_day(now))


def may_end_pause(stop: Stop, hats: Iterable[Hat], now: datetime) -> DepterError | None:
    """May this pause end now? One that is over stays: terms were counted with it."""
    if not is_office(hats):
        return Denied("regulation.calendar.pause_by_office", clause="8.5")
    return Refused("regulation.pause.over", clause="8.5", at=stop.ends_at) if stop.ends_at <= now else None


def may_confirm_year(year: int, source: str, hats: Iterable[Hat], today: date) -> DepterError | None:
    """May the days of this year be called checked? By the academic office, naming the decree it was checked against."""
    if not is_office(hats):
        return Denied("regulation.calendar.not_yours", clause="3.1")
    if not today.year <= year <= today.year + YEARS_AHEAD:
        return Invalid.field("year", "forms.field.out_of_range")
    return _sourced(source)


def as_json(day: date, value: Day) -> Mapping[str, object]:
    """A day as changes and the audit keep it."""
    return {
        "day": day.isoformat(),
        "kind": value.kind,
        "names": dict(value.names),
        "origin": value.origin,
        "source": value.source,
    }
