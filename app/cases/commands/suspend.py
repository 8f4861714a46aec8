"""Suspend a case while its student is on leave, and resume it when he is back (cross-cutting 10).

Tasks of a suspended case leave the inbox and its timers do not fire. When it is resumed, the same tasks are
open again and their deadlines are moved by the length of the leave; a date of the academic calendar does not
move (5.3.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from app.audit.record import record_audit_event
from app.cases.audit_rows import audit_rows_of_case, task_audit_row
from app.cases.case_record import save_changed_case
from app.cases.commands.close_from_outside import (
    CaseChangeReason,
    event_payload_of_locked_case,
    load_open_task_assignee_ids,
)
from app.cases.commands.reschedule_reminders import replace_task_reminders
from app.cases.deadlines import DueDate, compute_due_date, earliest_due_moment_of_computation
from app.cases.events import recipient_id_texts
from app.cases.history import append_history
from app.cases.locking import LockedCase
from app.cases.models import Task, Timer
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.outbox.post import post_event

CASE_SUSPENDED_EVENT = "cases.case.suspended"
CASE_RESUMED_EVENT = "cases.case.resumed"
SUSPENDED_STATUS = "suspended"
"""The status of a suspended case, and how its tasks were closed."""
LEAVE_INDEPENDENT_POLICIES = frozenset({"workoff.semester_last"})
"""Policies whose deadline is a day of the academic calendar; a leave does not move it."""


def suspend_case(act: Act, locked: LockedCase, reason: CaseChangeReason) -> bool:
    """Suspend the case; return whether it was open. A repeat is harmless."""
    case = locked.case
    if case.status != "open":
        return False
    act = act.with_case(case.id)
    everybody = recipient_id_texts(case.requester, *case.about, *load_open_task_assignee_ids(case.id))
    case.set_status(SUSPENDED_STATUS)
    save_changed_case(case)
    db.session.execute(
        update(Task)
        .where(Task.case_id == case.id, Task.closed_at.is_(None))
        .values(closed_at=act.at, closed_by=None, closed_how=SUSPENDED_STATUS)
    )
    # Diagram timers stay for the resumption; `fire_due_timers` skips cases that are not open.
    db.session.execute(delete(Timer).where(Timer.case_id == case.id, Timer.kind != "diagram"))
    rows = audit_rows_of_case(case={"status": case.status}, close_open=SUSPENDED_STATUS)
    _record_suspension_change(act, locked, CASE_SUSPENDED_EVENT, reason, everybody, rows)
    return True


def resume_case(act: Act, locked: LockedCase, reason: CaseChangeReason, left_on: date, back_on: date) -> bool:
    """Resume the case after a leave from `left_on` to the day before `back_on`; return whether it waited."""
    case = locked.case
    if case.status != SUSPENDED_STATUS:
        return False
    act = act.with_case(case.id)
    case.set_status("open")
    save_changed_case(case)
    tasks = db.session.scalars(
        select(Task).where(
            Task.case_id == case.id, Task.closed_how == SUSPENDED_STATUS, Task.closed_at.is_not(None)
        )
    ).all()
    model = locked.load_pinned_diagram().model
    for task in tasks:
        task.closed_at = task.closed_how = None
        _reschedule_task_after_leave(
            act, task, left_on, back_on, escalates=bool(model.boundary_timers(task.element))
        )
    for timer in db.session.scalars(select(Timer).where(Timer.case_id == case.id, Timer.kind == "diagram")):
        if timer.policy not in LEAVE_INDEPENDENT_POLICIES:
            unit = next((task.unit_id for task in tasks if task.id == timer.task_id), None)
            timer.anchor += _leave_overlap_with_deadline(timer.anchor, left_on, back_on)
            timer.due_at = compute_due_date(unit, timer.policy, timer.anchor).moment
    db.session.flush()
    everybody = recipient_id_texts(case.requester, *case.about, *(task.assignee for task in tasks))
    columns = ("closed_at", "closed_by", "closed_how", "due_at", "computation")
    rows = audit_rows_of_case(
        case={"status": case.status}, tasks=[task_audit_row(task, *columns) for task in tasks]
    )
    _record_suspension_change(act, locked, CASE_RESUMED_EVENT, reason, everybody, rows)
    return True


def _reschedule_task_after_leave(
    act: Act, task: Task, left_on: date, back_on: date, *, escalates: bool
) -> None:
    """Compute the deadline of a task again, counted from its anchor plus the overlap with the leave."""
    if task.policy not in LEAVE_INDEPENDENT_POLICIES:
        anchor = datetime.fromisoformat(task.computation["steps"][0]["at"])
        due = compute_due_date(
            task.unit_id,
            task.policy,
            anchor + _leave_overlap_with_deadline(anchor, left_on, back_on),
            earliest_due_moment_of_computation(task.computation),
        )
        task.due_at, task.computation = due.moment, due.computation
    replace_task_reminders(
        act, task, DueDate(task.due_at, task.policy, task.computation), overdue=not escalates
    )


def _leave_overlap_with_deadline(anchor: datetime, left_on: date, back_on: date) -> timedelta:
    """Return how much of the leave fell into a deadline counted from `anchor`."""
    return max(back_on - max(left_on, local_day(anchor)), timedelta())


def _record_suspension_change(
    act: Act,
    locked: LockedCase,
    event_type: str,
    reason: CaseChangeReason,
    everybody: Sequence[str],
    rows: Mapping[str, Any],
) -> None:
    """Write history and audit of the change, and post its event to these recipients."""
    case, details = locked.case, reason.as_json()
    kind = event_type.rpartition(".")[2]
    entry = append_history(act, case.id, kind, answers=details, clause=reason.clause)
    record_audit_event(
        act,
        event_type,
        ("cases.case", case.id),
        None,
        {"number": case.number, **details},
        reason.clause,
        rows={**rows, "history": entry},
    )
    post_event(
        act, event_type, {**event_payload_of_locked_case(locked), **details, "recipients": list(everybody)}
    )
