"""Commands of the working calendar: days, weeks, pauses, confirmed years. Each posts an event to reschedule
deadlines.

The id of a change is chosen when its form is rendered, so a repeat has no effect; changes run one after
another, because each is checked against the stored state. Open deadlines are moved by handlers of
`CALENDAR_CHANGED_EVENT`, not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.audit.record import record_audit_event
from app.audit.words import seal_text
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import DepterError, Missing, Stale
from app.kernel.ids import new_id
from app.outbox.post import post_event
from app.regulation import calendar_permissions
from app.regulation.models import CalendarChange, CalendarDay, CalendarYear, Pause, UnitWeek
from app.regulation.queries import (
    calendar_day_value_from_row,
    load_regulation_snapshot,
    pause_period_from_row,
)
from app.regulation.rules import PausePeriod

CALENDAR_CHANGED_EVENT = "regulation.calendar.changed"
_CALENDAR_LOCK_KEY = 0x0CA1E2DA


def set_calendar_day(act: Act, change_id: UUID, new: calendar_permissions.NewDay, seen: str) -> None:
    """Set a day of the calendar. `seen` is the digest of the value the form displayed.

    Raises Missing (no such unit), Denied, Invalid (`day`, `kind`, `origin`, `name_ky`, `source`, `reason`),
    Refused (a day that has begun), Stale.
    """
    if lock_and_detect_repeated_change(
        act,
        change_id,
        "day_set",
        {"unit": new.unit, **calendar_permissions.calendar_day_as_json_dict(new.day, new.value)},
    ):
        return
    _require_calendar_editor(act, new.unit)
    _raise_if_refused(
        calendar_permissions.refusal_to_set_calendar_day(new, act.assignments, local_day(act.at), act.reason)
    )
    row = _find_day_row(new.day, new.unit)
    if row is not None and calendar_day_value_from_row(row) == new.value:
        return
    _require_unchanged_day(row, seen)
    before = (
        calendar_permissions.calendar_day_as_json_dict(new.day, calendar_day_value_from_row(row))
        if row is not None
        else None
    )
    if row is None:
        row = CalendarDay(id=new_id(), day=new.day, unit_id=new.unit)
        db.session.add(row)
    row.kind, row.names = new.value.kind, dict(new.value.names)
    row.origin, row.source = new.value.origin, new.value.source
    after = calendar_permissions.calendar_day_as_json_dict(new.day, new.value)
    _record_calendar_change(act, change_id, "day_set", new.unit, day_begin_moment(new.day), before, after)


def remove_calendar_day(act: Act, change_id: UUID, day: date, unit: UUID | None, seen: str) -> None:
    """Remove the value of a day from the calendar; raises as `set_calendar_day`."""
    if lock_and_detect_repeated_change(act, change_id, "day_removed", {"unit": unit, "day": day.isoformat()}):
        return
    _require_calendar_editor(act, unit)
    row = _find_day_row(day, unit)
    if row is None:
        return
    _raise_if_refused(calendar_permissions.refusal_to_remove_calendar_day(day, local_day(act.at)))
    _require_unchanged_day(row, seen)
    before = calendar_permissions.calendar_day_as_json_dict(day, calendar_day_value_from_row(row))
    db.session.delete(row)
    _record_calendar_change(act, change_id, "day_removed", unit, day_begin_moment(day), before, None)


def set_unit_working_week(act: Act, change_id: UUID, unit: UUID | None, days: int, since: date) -> None:
    """Set a week of five or six days for a unit from a future day on.

    Raises Missing, Denied, Invalid (`days`, `since`).
    """
    after = {"days": days, "since": since.isoformat()}
    if lock_and_detect_repeated_change(act, change_id, "week_set", {"unit": unit, **after}):
        return
    _require_calendar_editor(act, unit)
    _raise_if_refused(calendar_permissions.refusal_to_set_unit_working_week(days, since, local_day(act.at)))
    same = UnitWeek.unit_id.is_(None) if unit is None else UnitWeek.unit_id == unit
    row = db.session.scalar(select(UnitWeek).where(same, UnitWeek.since == since))
    if row is not None and row.days == days:
        return
    before = {
        "days": load_regulation_snapshot(db.session).calendar_of_unit(unit, since).workdays_per_week_on(since)
    }
    if row is None:
        db.session.add(UnitWeek(id=new_id(), unit_id=unit, days=days, since=since))
    else:
        row.days = days
    _record_calendar_change(act, change_id, "week_set", unit, day_begin_moment(since), before, after)


def add_deadline_pause(act: Act, change_id: UUID, unit: UUID | None, stop: PausePeriod) -> None:
    """Add a pause of deadlines, with a reference (8.5); the pause has the id of the change.

    Raises Missing, Denied, Invalid (`kind`, `ends_at`, `reference`, `reason`).
    """
    after = pause_as_json_dict(stop)
    if lock_and_detect_repeated_change(act, change_id, "pause_added", {"unit": unit, **after}):
        return
    _require_calendar_editor(act, unit)
    _raise_if_refused(
        calendar_permissions.refusal_to_add_deadline_pause(stop, act.assignments, act.at, act.reason)
    )
    db.session.add(
        Pause(
            id=change_id,
            unit_id=unit,
            starts_at=stop.starts_at,
            ends_at=stop.ends_at,
            kind=stop.kind,
            reference=stop.reference,
        )
    )
    _record_calendar_change(act, change_id, "pause_added", unit, stop.starts_at, None, after)


def end_deadline_pause(act: Act, change_id: UUID, pause_id: UUID) -> None:
    """End the pause now; delete one that has not begun. Raises Missing, Denied, Refused (it is over)."""
    if lock_and_detect_repeated_change(act, change_id, "pause_ended", {}):
        return
    row = db.session.get(Pause, pause_id, populate_existing=True)
    if row is None:
        raise Missing
    _raise_if_refused(
        calendar_permissions.refusal_to_end_deadline_pause(
            pause_period_from_row(row), act.assignments, act.at
        )
    )
    before = pause_as_json_dict(pause_period_from_row(row))
    since = max(row.starts_at, act.at)
    if row.starts_at < act.at:
        row.ends_at = act.at
        after: Mapping[str, Any] | None = pause_as_json_dict(pause_period_from_row(row))
    else:
        db.session.delete(row)
        after = None
    _record_calendar_change(act, change_id, "pause_ended", row.unit_id, since, before, after)


def confirm_calendar_year(act: Act, change_id: UUID, year: int, source: str) -> None:
    """Confirm the days of this year against the decree `source`; no effect when confirmed. No deadline moves.

    Raises Denied, Invalid (`year`, `source`).
    """
    after = {"year": year, "source": source}
    if lock_and_detect_repeated_change(act, change_id, "year_confirmed", after):
        return
    _raise_if_refused(
        calendar_permissions.refusal_to_confirm_calendar_year(
            year, source, act.assignments, local_day(act.at)
        )
    )
    if db.session.get(CalendarYear, year) is not None:
        return
    db.session.add(CalendarYear(year=year, source=source, confirmed_at=act.at, confirmed_by=act.person))
    _record_calendar_change(act, change_id, "year_confirmed", None, None, None, after)


def take_calendar_change_lock() -> None:
    """Take the lock of changes of the calendar and of policies until the transaction ends."""
    # One change at a time: each is checked against the state the one before left.
    db.session.execute(select(func.pg_advisory_xact_lock(_CALENDAR_LOCK_KEY)))


def lock_and_detect_repeated_change(act: Act, change_id: UUID, kind: str, values: Mapping[str, Any]) -> bool:
    """Return whether this change was made before; take the lock of calendar changes. Raises Stale for
    different content."""
    take_calendar_change_lock()
    known = db.session.get(CalendarChange, change_id)
    if known is None:
        return False
    stored = {"unit": known.unit_id, **(known.before or {}), **(known.after or {})}
    other = any(stored.get(part) != value for part, value in values.items())
    if other or (known.person, known.kind) != (act.person, kind):
        raise Stale("people.form.other_content")
    return True


def _require_calendar_editor(act: Act, unit: UUID | None) -> None:
    """Raise Missing for an unknown unit, Denied when the act may not edit its calendar."""
    known = load_regulation_snapshot(db.session)
    if unit is not None and unit not in known.units_upwards:
        raise Missing
    _raise_if_refused(
        calendar_permissions.refusal_to_edit_calendar(
            act.assignments, known.unit_ancestors_and_university(unit)
        )
    )


def _find_day_row(day: date, unit: UUID | None) -> CalendarDay | None:
    """Return the calendar row of a day of a unit (None: of the university), or None."""
    same = CalendarDay.unit_id.is_(None) if unit is None else CalendarDay.unit_id == unit
    return db.session.scalar(select(CalendarDay).where(same, CalendarDay.day == day))


def _require_unchanged_day(row: CalendarDay | None, seen: str) -> None:
    """Raise Stale when the day is not as the form displayed it."""
    if (
        calendar_permissions.calendar_day_digest(
            calendar_day_value_from_row(row) if row is not None else None
        )
        != seen
    ):
        raise Stale("regulation.calendar.changed_meanwhile")


def _raise_if_refused(refusal: DepterError | None) -> None:
    """Raise the refusal unless it is None."""
    if refusal is not None:
        raise refusal


def day_begin_moment(day: date) -> datetime:
    """Return the first moment of the day at the university, in UTC."""
    return datetime.combine(day, time.min, UNIVERSITY_ZONE).astimezone(UTC)


def pause_as_json_dict(stop: PausePeriod) -> dict[str, Any]:
    """Return a pause as JSON for changes and the audit."""
    return {
        "kind": stop.kind,
        "from": stop.starts_at.astimezone(UTC).isoformat(),
        "until": stop.ends_at.astimezone(UTC).isoformat(),
        "reference": stop.reference,
    }


def _record_calendar_change(
    act: Act,
    change_id: UUID,
    kind: str,
    unit: UUID | None,
    since: datetime | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Store the change and write its audit record."""
    store_and_post_calendar_change(act, change_id, kind, unit, since, before, after)
    audit_object = ("regulation.calendar_change", change_id)
    about = {"unit": unit}
    old, new = ({**about, **side} if side is not None else None for side in (before, after))
    record_audit_event(
        act, EVENT_TYPE_BY_CHANGE_KIND[kind], audit_object, old, new, CLAUSE_BY_CHANGE_KIND.get(kind)
    )


def store_and_post_calendar_change(
    act: Act,
    change_id: UUID,
    kind: str,
    unit: UUID | None,
    since: datetime | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    semester: UUID | None = None,
) -> None:
    """Store a change for the list of changes; when deadlines may change from `since` on, post an event.

    `semester` names a semester whose dates, and so the anchors depending on them, have changed too.
    """
    db.session.add(
        CalendarChange(
            id=change_id,
            at=act.at,
            person=act.person,
            kind=kind,
            unit_id=unit,
            since=since,
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
            words=seal_text(act.person, act.reason),
        )
    )
    db.session.flush()
    if since is not None:
        moved = {"semester": str(semester)} if semester is not None else {}
        post_event(
            act, CALENDAR_CHANGED_EVENT, {"change": str(change_id), "since": since.isoformat(), **moved}
        )


EVENT_TYPE_BY_CHANGE_KIND: Mapping[str, str] = {
    "day_set": "regulation.day.set",
    "day_removed": "regulation.day.removed",
    "week_set": "regulation.week.set",
    "pause_added": "regulation.pause.added",
    "pause_ended": "regulation.pause.ended",
    "year_confirmed": "regulation.year.confirmed",
}
"""Event type of the audit by kind of change."""
CLAUSE_BY_CHANGE_KIND: Mapping[str, str] = {"pause_added": "8.5", "pause_ended": "8.5"}
