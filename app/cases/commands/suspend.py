"""A case is put aside while its student is on leave, and goes on when he is back (cross-cutting 10).

Put aside, nobody is asked for anything: its tasks leave the inbox, its timers do not fire. Back again, the same tasks
lie there with their terms moved by the length of the leave; a date of the academic calendar does not move (5.3.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, update

from app.audit.record import record
from app.cases.case_record import save
from app.cases.commands.close_from_outside import Ground, about, holders_of
from app.cases.commands.reschedule_reminders import remind_anew
from app.cases.deadlines import Due, due_for
from app.cases.events import recipients
from app.cases.history import tell
from app.cases.locking import Locked
from app.cases.models import Task, Timer
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.outbox.post import post

SUSPENDED, RESUMED = "cases.case.suspended", "cases.case.resumed"
ASIDE = "suspended"
"""What a case that waits is called, and how its tasks were taken off the inbox."""
CALENDAR_DATES = frozenset({"workoff.semester_last"})
"""Terms that are a day of the academic calendar: nobody's leave moves them."""


def suspend(act: Act, locked: Locked, ground: Ground) -> bool:
    """Put the case aside; answers whether it was running. A repeat is harmless."""
    case = locked.case
    if case.status != "open":
        return False
    act = act.under(case.id)
    told = recipients(case.requester, *case.about, *holders_of(case.id))
    case.set_status(ASIDE)
    save(case)
    db.session.execute(
        update(Task)
        .where(Task.case_id == case.id, Task.closed_at.is_(None))
        .values(closed_at=act.at, closed_by=None, closed_how=ASIDE)
    )
    db.session.execute(delete(Timer).where(Timer.case_id == case.id, Timer.kind != "diagram"))
    _say(act, locked, "suspended", SUSPENDED, ground, told)
    return True


def resume(act: Act, locked: Locked, ground: Ground, left_on: date, back_on: date) -> bool:
    """Take the case up again after a leave from `left_on` until the day before `back_on`; answers whether it waited."""
    case = locked.case
    if case.status != ASIDE:
        return False
    act = act.under(case.id)
    case.set_status("open")
    save(case)
    tasks = db.session.scalars(
        select(Task).where(Task.case_id == case.id, Task.closed_how == ASIDE, Task.closed_at.is_not(None))
    ).all()
    model = locked.load_version().model
    for task in tasks:
        task.closed_at = task.closed_how = None
        _later(act, task, left_on, back_on, escalates=bool(model.boundary(task.element)))
    for timer in db.session.scalars(select(Timer).where(Timer.case_id == case.id, Timer.kind == "diagram")):
        if timer.policy not in CALENDAR_DATES:
            unit = next((task.unit_id for task in tasks if task.id == timer.task_id), None)
            timer.anchor += _length(timer.anchor, left_on, back_on)
            timer.due_at = due_for(unit, timer.policy, timer.anchor).moment
    db.session.flush()
    told = recipients(case.requester, *case.about, *(task.assignee for task in tasks))
    _say(act, locked, "resumed", RESUMED, ground, told)
    return True


def _later(act: Act, task: Task, left_on: date, back_on: date, *, escalates: bool) -> None:
    """The term of a task after the leave: counted anew from its beginning, moved by what the leave took from it."""
    if task.policy not in CALENDAR_DATES:
        began = datetime.fromisoformat(task.computation["steps"][0]["at"])
        due = due_for(task.unit_id, task.policy, began + _length(began, left_on, back_on))
        task.due_at, task.computation = due.moment, due.computation
    remind_anew(act, task, Due(task.due_at, task.policy, task.computation), overdue=not escalates)


def _length(began: datetime, left_on: date, back_on: date) -> timedelta:
    """How much of the leave fell into a term that began then."""
    return max(back_on - max(left_on, local_day(began)), timedelta())


def _say(act: Act, locked: Locked, kind: str, fact: str, ground: Ground, told: Sequence[str]) -> None:
    case, said = locked.case, ground.as_json()
    tell(act, case.id, kind, answers=said, clause=ground.clause)
    record(act, fact, ("cases.case", case.id), None, {"number": case.number, **said}, ground.clause)
    post(act, fact, {**about(locked), **said, "recipients": list(told)})
