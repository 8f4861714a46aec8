"""Changes of the working calendar: days, weeks, pauses, confirmed years. Each tells the rooms above what to count anew.

The id of a change is chosen when its form is drawn, so a repeat is harmless; changes wait for each other, because each
is judged by what stands there. Open deadlines are moved by whoever hears `CHANGED`, never here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.audit.record import record
from app.audit.words import sealed
from app.kernel.act import Act
from app.kernel.clock import ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import DepterError, Missing, Stale
from app.kernel.ids import new_id
from app.outbox.post import post
from app.regulation import calendar_permissions
from app.regulation.models import CalendarChange, CalendarDay, CalendarYear, Pause, UnitWeek
from app.regulation.queries import book, day_of, stop_of
from app.regulation.rules import Stop

CHANGED = "regulation.calendar.changed"
_LOCK = 0x0CA1E2DA


def set_day(act: Act, change_id: UUID, new: calendar_permissions.NewDay, seen: str) -> None:
    """Put a day into the calendar, or another in its place. `seen` is the mark of what the form showed.

    Raises Missing (no such unit), Denied, Invalid (`day`, `kind`, `origin`, `name_ky`, `source`, `reason`), Refused
    (a day that has begun), Stale.
    """
    if repeated(
        act, change_id, "day_set", {"unit": new.unit, **calendar_permissions.as_json(new.day, new.value)}
    ):
        return
    _may_keep(act, new.unit)
    _raise(calendar_permissions.may_set_day(new, act.hats, local_day(act.at), act.reason))
    row = _day_row(new.day, new.unit)
    if row is not None and day_of(row) == new.value:
        return
    _seen(row, seen)
    before = calendar_permissions.as_json(new.day, day_of(row)) if row is not None else None
    if row is None:
        row = CalendarDay(id=new_id(), day=new.day, unit_id=new.unit)
        db.session.add(row)
    row.kind, row.names = new.value.kind, dict(new.value.names)
    row.origin, row.source = new.value.origin, new.value.source
    after = calendar_permissions.as_json(new.day, new.value)
    _note(act, change_id, "day_set", new.unit, _begin(new.day), before, after)


def remove_day(act: Act, change_id: UUID, day: date, unit: UUID | None, seen: str) -> None:
    """Take what the calendar says of a day out of it; raises as `set_day`."""
    if repeated(act, change_id, "day_removed", {"unit": unit, "day": day.isoformat()}):
        return
    _may_keep(act, unit)
    row = _day_row(day, unit)
    if row is None:
        return
    _raise(calendar_permissions.may_remove_day(day, local_day(act.at)))
    _seen(row, seen)
    before = calendar_permissions.as_json(day, day_of(row))
    db.session.delete(row)
    _note(act, change_id, "day_removed", unit, _begin(day), before, None)


def set_week(act: Act, change_id: UUID, unit: UUID | None, days: int, since: date) -> None:
    """From a day to come on the unit works five or six days a week.

    Raises Missing, Denied, Invalid (`days`, `since`).
    """
    after = {"days": days, "since": since.isoformat()}
    if repeated(act, change_id, "week_set", {"unit": unit, **after}):
        return
    _may_keep(act, unit)
    _raise(calendar_permissions.may_set_week(days, since, local_day(act.at)))
    same = UnitWeek.unit_id.is_(None) if unit is None else UnitWeek.unit_id == unit
    row = db.session.scalar(select(UnitWeek).where(same, UnitWeek.since == since))
    if row is not None and row.days == days:
        return
    before = {"days": book(db.session).terms(unit, since).week_on(since)}
    if row is None:
        db.session.add(UnitWeek(id=new_id(), unit_id=unit, days=days, since=since))
    else:
        row.days = days
    _note(act, change_id, "week_set", unit, _begin(since), before, after)


def add_pause(act: Act, change_id: UUID, unit: UUID | None, stop: Stop) -> None:
    """Let terms stand still for a stretch, on a paper (8.5); the pause has the id of the change.

    Raises Missing, Denied, Invalid (`kind`, `ends_at`, `reference`, `reason`).
    """
    after = pause_json(stop)
    if repeated(act, change_id, "pause_added", {"unit": unit, **after}):
        return
    _may_keep(act, unit)
    _raise(calendar_permissions.may_pause(stop, act.hats, act.at, act.reason))
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
    _note(act, change_id, "pause_added", unit, stop.starts_at, None, after)


def end_pause(act: Act, change_id: UUID, pause_id: UUID) -> None:
    """The pause ends now; one that has not begun is taken out. Raises Missing, Denied, Refused (it is over)."""
    if repeated(act, change_id, "pause_ended", {}):
        return
    row = db.session.get(Pause, pause_id, populate_existing=True)
    if row is None:
        raise Missing
    _raise(calendar_permissions.may_end_pause(stop_of(row), act.hats, act.at))
    before = pause_json(stop_of(row))
    since = max(row.starts_at, act.at)
    if row.starts_at < act.at:
        row.ends_at = act.at
        after: Mapping[str, Any] | None = pause_json(stop_of(row))
    else:
        db.session.delete(row)
        after = None
    _note(act, change_id, "pause_ended", row.unit_id, since, before, after)


def confirm_year(act: Act, change_id: UUID, year: int, source: str) -> None:
    """The days of this year were checked against the decree `source`; harmless when they were. No term moves by it.

    Raises Denied, Invalid (`year`, `source`).
    """
    after = {"year": year, "source": source}
    if repeated(act, change_id, "year_confirmed", after):
        return
    _raise(calendar_permissions.may_confirm_year(year, source, act.hats, local_day(act.at)))
    if db.session.get(CalendarYear, year) is not None:
        return
    db.session.add(CalendarYear(year=year, source=source, confirmed_at=act.at, confirmed_by=act.person))
    _note(act, change_id, "year_confirmed", None, None, None, after)


def repeated(act: Act, change_id: UUID, kind: str, said: Mapping[str, Any]) -> bool:
    """Whether this very change was made before; changes wait here for each other. Raises Stale for another content."""
    db.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    known = db.session.get(CalendarChange, change_id)
    if known is None:
        return False
    told = {"unit": known.unit_id, **(known.before or {}), **(known.after or {})}
    other = any(told.get(part) != value for part, value in said.items())
    if other or (known.person, known.kind) != (act.person, kind):
        raise Stale("people.form.other_content")
    return True


def _may_keep(act: Act, unit: UUID | None) -> None:
    known = book(db.session)
    if unit is not None and unit not in known.lines:
        raise Missing
    _raise(calendar_permissions.may_keep(act.hats, known.line(unit)))


def _day_row(day: date, unit: UUID | None) -> CalendarDay | None:
    same = CalendarDay.unit_id.is_(None) if unit is None else CalendarDay.unit_id == unit
    return db.session.scalar(select(CalendarDay).where(same, CalendarDay.day == day))


def _seen(row: CalendarDay | None, seen: str) -> None:
    if calendar_permissions.mark_of(day_of(row) if row is not None else None) != seen:
        raise Stale("regulation.calendar.changed_meanwhile")


def _raise(refusal: DepterError | None) -> None:
    if refusal is not None:
        raise refusal


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE).astimezone(UTC)


def pause_json(stop: Stop) -> dict[str, Any]:
    """A pause as changes and the audit keep it."""
    return {
        "kind": stop.kind,
        "from": stop.starts_at.astimezone(UTC).isoformat(),
        "until": stop.ends_at.astimezone(UTC).isoformat(),
        "reference": stop.reference,
    }


def _note(
    act: Act,
    change_id: UUID,
    kind: str,
    unit: UUID | None,
    since: datetime | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    note_change(act, change_id, kind, unit, since, before, after)
    object_ = ("regulation.calendar_change", change_id)
    about = {"unit": unit}
    old, new = ({**about, **side} if side is not None else None for side in (before, after))
    record(act, FACTS[kind], object_, old, new, CLAUSES.get(kind))


def note_change(
    act: Act,
    change_id: UUID,
    kind: str,
    unit: UUID | None,
    since: datetime | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    semester: UUID | None = None,
) -> None:
    """Keep a change for the list of changes and, where terms may be counted otherwise from `since` on, tell of it.

    `semester` says that anchors which hang on its dates have moved too.
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
            words=sealed(act.person, act.reason),
        )
    )
    db.session.flush()
    if since is not None:
        moved = {"semester": str(semester)} if semester is not None else {}
        post(act, CHANGED, {"change": str(change_id), "since": since.isoformat(), **moved})


FACTS: Mapping[str, str] = {
    "day_set": "regulation.day.set",
    "day_removed": "regulation.day.removed",
    "week_set": "regulation.week.set",
    "pause_added": "regulation.pause.added",
    "pause_ended": "regulation.pause.ended",
    "year_confirmed": "regulation.year.confirmed",
}
"""How each kind of change is named in the audit."""
CLAUSES: Mapping[str, str] = {"pause_added": "8.5", "pause_ended": "8.5"}
