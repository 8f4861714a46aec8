"""Suspend a case while its student is on leave, and resume it when he is back (cross-cutting 10).

Tasks of a suspended case leave the inbox and its timers do not fire. When it is resumed, the same tasks are
open again and their deadlines are moved by the length of the leave; a date of the academic calendar does not
move (5.3.2).
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

SUSPENDED = "cases.case.suspended"
RESUMED = "cases.case.resumed"
ASIDE = "suspended"
"""The status of a suspended case, and how its tasks were closed."""
CALENDAR_DATES = frozenset({"workoff.semester_last"})
"""Policies whose deadline is a day of the academic calendar; a leave does not move it."""


def suspend(act: Act, locked: Locked, reason: Ground) -> bool:
    """Suspend the case; return whether it was open. A repeat is harmless."""
    case = locked.case
    if case.status != "open":
        return False
    act = act.under(case.id)
    everybody = recipients(case.requester, *case.about, *holders_of(case.id))
    case.set_status(ASIDE)
    save(case)
    db.session.execute(
        update(Task)
        .where(Task.case_id == case.id, Task.closed_at.is_(None))
        .values(closed_at=act.at, closed_by=None, closed_how=ASIDE)
    )
    # Diagram timers stay for the resumption; `fire_due_timers` skips cases that are not open.
    db.session.execute(delete(Timer).where(Timer.case_id == case.id, Timer.kind != "diagram"))
    _publish_change(act, locked, "suspended", SUSPENDED, reason, everybody)
    return True


def resume(act: Act, locked: Locked, reason: Ground, left_on: date, back_on: date) -> bool:
    """Resume the case after a leave from `left_on` to the day before `back_on`; return whether it waited."""
    case = locked.case
    if case.status != ASIDE:
        return False
    act = act.under(case.id)
    case.set_status("open")
    save(case)
    tasks = db.session.scalars(
        select(Task).where(Task.case_id == case.id, Task.closed_how == ASIDE, Task.closed_at.is_not(None))
    ).all()
    model = locked.pinned_version().model
    for task in tasks:
        task.closed_at = task.closed_how = None
        _reschedule_after_leave(act, task, left_on, back_on, escalates=bool(model.boundary(task.element)))
    for timer in db.session.scalars(select(Timer).where(Timer.case_id == case.id, Timer.kind == "diagram")):
        if timer.policy not in CALENDAR_DATES:
            unit = next((task.unit_id for task in tasks if task.id == timer.task_id), None)
            timer.anchor += _leave_overlap(timer.anchor, left_on, back_on)
            timer.due_at = due_for(unit, timer.policy, timer.anchor).moment
    db.session.flush()
    everybody = recipients(case.requester, *case.about, *(task.assignee for task in tasks))
    _publish_change(act, locked, "resumed", RESUMED, reason, everybody)
    return True


def _reschedule_after_leave(act: Act, task: Task, left_on: date, back_on: date, *, escalates: bool) -> None:
    """Compute the deadline of a task again, counted from its anchor plus the overlap with the leave."""
    if task.policy not in CALENDAR_DATES:
        anchor = datetime.fromisoformat(task.computation["steps"][0]["at"])
        due = due_for(task.unit_id, task.policy, anchor + _leave_overlap(anchor, left_on, back_on))
        task.due_at, task.computation = due.moment, due.computation
    remind_anew(act, task, Due(task.due_at, task.policy, task.computation), overdue=not escalates)


def _leave_overlap(anchor: datetime, left_on: date, back_on: date) -> timedelta:
    """Return how much of the leave fell into a deadline counted from `anchor`."""
    return max(back_on - max(left_on, local_day(anchor)), timedelta())


def _publish_change(
    act: Act, locked: Locked, kind: str, event_type: str, reason: Ground, everybody: Sequence[str]
) -> None:
    """Write history and audit of the change, and post its event to these recipients."""
    case, details = locked.case, reason.as_json()
    tell(act, case.id, kind, answers=details, clause=reason.clause)
    record(act, event_type, ("cases.case", case.id), None, {"number": case.number, **details}, reason.clause)
    post(act, event_type, {**about(locked), **details, "recipients": list(everybody)})
