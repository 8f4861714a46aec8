"""Commands that set the planned hours of a journal by type, and the bell schedule of the university."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select, update

from app.audit.record import record_audit_event
from app.journal.tables import BellPeriod, LessonPattern, Offering, PlannedHours
from app.journal.timetable.commands import (
    lock_timetable,
    raise_timetable_version,
    require_arranged_journal,
    require_unchanged_timetable,
)
from app.journal.timetable.queries import (
    bell_schedule_digest,
    load_bell_periods,
    load_used_period_numbers,
)
from app.journal.timetable.rules import BellTimes, bell_schedule_problems, planned_hours_problems
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, Stale
from app.people.rules import is_permitted

HOURS_SET, BELLS_SET = "journal.timetable.hours_set", "journal.bells.set"


def set_planned_hours(act: Act, offering_id: UUID, seen: int, hours: Mapping[str, int]) -> None:
    """Set the planned hours of a journal by type; 0 takes a type out. Raises Missing, Denied, Invalid, Stale."""
    lock_timetable()
    journal = require_arranged_journal(act, offering_id)
    problem = planned_hours_problems(hours)
    if problem is not None:
        raise problem
    wanted = {type: count for type, count in hours.items() if count}
    if wanted == journal.planned:
        return
    require_unchanged_timetable(journal, seen)
    db.session.execute(delete(PlannedHours).where(PlannedHours.offering_id == offering_id))
    db.session.add_all(PlannedHours(offering_id=offering_id, type=t, hours=n) for t, n in wanted.items())
    total = sum(wanted.values()) or journal.planned_total
    db.session.execute(update(Offering).where(Offering.id == offering_id).values(planned_hours=total))
    db.session.flush()
    raise_timetable_version(act, [offering_id])
    object_ = ("journal.offering", offering_id)
    record_audit_event(act, HOURS_SET, object_, dict(journal.planned), wanted, "2.1")


def set_bell_schedule(act: Act, periods: Sequence[BellTimes], seen: str) -> int:
    """Replace the bell schedule the form showed (`seen`, its digest); return how many journals have weekly lessons in
    a period whose times changed: their lessons wait to be generated again.

    Raises Denied, Invalid (`period-<number>`), Stale.
    """
    if not is_permitted(act.assignments, "bells.manage"):
        raise Denied("journal.bells.not_yours")
    lock_timetable()
    stored = load_bell_periods()
    wanted = sorted(periods, key=lambda one: one.number)
    if wanted == stored:
        return 0
    problem = bell_schedule_problems(wanted, load_used_period_numbers())
    if problem is not None:
        raise problem
    if bell_schedule_digest(stored) != seen:
        raise Stale("journal.bells.changed_meanwhile")
    kept = {row.number: row for row in db.session.scalars(select(BellPeriod))}
    for one in wanted:
        row = kept.pop(one.number, None)
        if row is None:
            db.session.add(BellPeriod(number=one.number, starts_at=one.starts_at, ends_at=one.ends_at))
        else:
            row.starts_at, row.ends_at = one.starts_at, one.ends_at
    for row in kept.values():
        db.session.delete(row)
    db.session.flush()
    moved = [one.number for one in wanted if one not in stored]
    journals = db.session.scalars(
        select(Offering.id).where(
            exists().where(LessonPattern.offering_id == Offering.id, LessonPattern.period.in_(moved))
        )
    ).all()
    raise_timetable_version(act, journals)
    before, after = ({"periods": [_bell_as_json(one) for one in side]} for side in (stored, wanted))
    record_audit_event(act, BELLS_SET, ("journal.bells", UUID(int=0)), before, after)
    return len(journals)


def _bell_as_json(one: BellTimes) -> list[Any]:
    return [one.number, f"{one.starts_at:%H:%M}", f"{one.ends_at:%H:%M}"]
