"""Changes of the calendar that several scenarios make, and the counting anew that follows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.cases.commands.reschedule import RESCHEDULING_CONTINUED_EVENT
from app.cases.models import MovedDeadline, Task, Timer
from app.journal.semesters.commands import set_semester_dates
from app.journal.semesters.queries import find_semester
from app.kernel import door
from app.kernel.ids import new_id
from app.outbox.dispatch import deliver_due_messages
from app.outbox.models import Message
from app.regulation.calendar_permissions import NewDay, calendar_day_digest
from app.regulation.commands import (
    CALENDAR_CHANGED_EVENT,
    add_deadline_pause,
    end_deadline_pause,
    remove_calendar_day,
    set_calendar_day,
    set_unit_working_week,
)
from app.regulation.queries import load_regulation_snapshot
from app.regulation.rules import CalendarDayValue, PausePeriod
from app.worker.event_handlers import reschedule_deadlines_of_batch

NAMES = {"ky": "Шаар күнү", "ru": "День города", "en": "City day"}
COUNTING = {
    CALENDAR_CHANGED_EVENT: (reschedule_deadlines_of_batch,),
    RESCHEDULING_CONTINUED_EVENT: (reschedule_deadlines_of_batch,),
}


def value(kind: str = "off", origin: str = "university", source: str = "Буйрук № 14") -> CalendarDayValue:
    return CalendarDayValue(kind, NAMES, origin, source)


def seen(world, day: date, unit: UUID | None = None) -> str:
    """The mark of what the calendar says of the day now."""
    world.session.rollback()
    mark = calendar_day_digest(load_regulation_snapshot(world.session).days.get((unit, day)))
    world.session.rollback()
    return mark


def puts(actor, day, kind="off", unit=None, reason="", id=None, mark=None, **more) -> UUID:
    """Put a day into the calendar."""
    change = id or new_id()
    showed = seen(actor.world, day, unit) if mark is None else mark
    act = actor.act(reason)
    with door.write(act):
        set_calendar_day(act, change, NewDay(day, unit, value(kind, **more)), showed)
    return change


def takes_out(actor, day, unit=None, id=None) -> UUID:
    change, mark = id or new_id(), seen(actor.world, day, unit)
    with door.write(actor.act()):
        remove_calendar_day(actor.act(), change, day, unit, mark)
    return change


def works_week(actor, days, since, unit=None, id=None) -> UUID:
    change = id or new_id()
    with door.write(actor.act()):
        set_unit_working_week(actor.act(), change, unit, days, since)
    return change


def pauses(actor, start: datetime, hours: float, unit=None, reason="", id=None, kind="outage") -> UUID:
    change, act = id or new_id(), actor.act(reason)
    with door.write(act):
        add_deadline_pause(
            act, change, unit, PausePeriod(start, start + timedelta(hours=hours), kind, "Акт № 3")
        )
    return change


def ends(actor, pause, id=None) -> UUID:
    change = id or new_id()
    with door.write(actor.act()):
        end_deadline_pause(actor.act(), change, pause)
    return change


def sets(world, reason="Ректордун буйругу", id=None, seen=None, actor=None, semester_id=None, **changed):
    """Set dates of a semester, by default of the world's one; answers the change."""
    change, of = id or new_id(), semester_id or world.school.semester
    world.session.rollback()
    row = find_semester(of)
    old = row.dates if row else find_semester(world.school.semester).dates
    world.session.rollback()
    act = (actor or world.office()).act(reason)
    with door.write(act):
        set_semester_dates(act, change, of, replace(old, **changed), old.digest if seen is None else seen)
    return change


def counts_anew(world) -> int:
    """What the worker does with the news of changes, at this moment; answers how many messages it served."""
    world.session.rollback()
    ids = select(Message.id).where(Message.event_type.in_(COUNTING), Message.done_at.is_(None))
    waiting = len(world.session.scalars(ids.where(Message.not_before <= world.clock())).all())
    world.session.rollback()
    deliver_due_messages(COUNTING, world.clock())
    return waiting


def due(world, case) -> datetime:
    """When the one open task of the case is due."""
    (task,) = world.open_tasks(case)
    return task.due_at


def timers(world, case) -> dict[str, datetime]:
    """The timers of the case that run: reminders by kind, those of the diagram by element."""
    world.session.rollback()
    found = world.session.scalars(select(Timer).where(Timer.case_id == case))
    return {row.element if row.kind == "diagram" else row.kind: row.due_at for row in found}


def listed(world, change) -> list[tuple[UUID, datetime, datetime]]:
    """What the change moved: case, before, after."""
    world.session.rollback()
    wanted = select(MovedDeadline.case_id, MovedDeadline.due_before, MovedDeadline.due_after)
    return [tuple(row) for row in world.session.execute(wanted.where(MovedDeadline.change_id == change))]


def task_row(world, task: UUID) -> Task:
    world.session.rollback()
    return world.session.get(Task, task, populate_existing=True)
