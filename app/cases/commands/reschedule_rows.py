"""Rows that a moved deadline writes: task, timer, reminders, history entry and audit event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.audit.record import AuditEvent
from app.audit.record import build_sealed_audit_rows as audit_rows
from app.cases.audit_rows import audit_rows_of_case, history_audit_row
from app.cases.deadline_moves import RescheduledDeadline
from app.cases.deadlines import DueDate, is_task_closed_by_timer_at_deadline, iterate_reminder_due_dates
from app.cases.history import history_row
from app.cases.models import Task
from app.diagrams.versions import VersionDamaged, load_version
from app.kernel.act import Act
from app.kernel.ids import new_id

DEADLINE_RESCHEDULED_EVENT = "cases.deadline.moved"
DEADLINE_MOVED_KIND = "deadline_moved"
"""The kind of the history entry of a moved deadline."""


def task_due_date_update_row(act: Act, change_id: UUID, move: RescheduledDeadline) -> dict[str, Any]:
    """Return the new due date of a task with its computation and its previous due date."""
    computation = move.new.as_json()
    previous = {"kind": "moved", "at": move.old.due_at.isoformat(), "change": str(change_id)}
    return {
        "id": move.old.id,
        "due_at": move.new.moment,
        "computation": {**computation, "steps": [*computation["steps"], previous]},
    }


def timer_due_date_update_row(move: RescheduledDeadline) -> dict[str, Any]:
    """Return the new due date of a diagram timer."""
    return {"id": move.old.id, "due_at": move.new.moment, "anchor": move.old.anchor, "attempts": 0}


def future_reminder_rows(act: Act, task: Task, move: RescheduledDeadline) -> list[dict[str, Any]]:
    """Return the future reminders of a task; for a past one the notification of the move is enough."""
    due = DueDate(move.new.moment, task.policy, {})
    kinds = iterate_reminder_due_dates(
        due, task.opened_at, overdue=not _is_task_closed_by_timer_at_deadline(task)
    )
    return [
        {
            "id": new_id(),
            "case_id": task.case_id,
            "task_id": task.id,
            "key": None,
            "element": task.element,
            "kind": kind,
            "policy": reminder.policy,
            "anchor": task.opened_at,
            "due_at": reminder.moment,
        }
        for kind, reminder in kinds
        if reminder.moment > act.at
    ]


def _is_task_closed_by_timer_at_deadline(task: Task) -> bool:
    """Return whether a timer closes the task at its deadline; True for a version that cannot be read."""
    try:
        return is_task_closed_by_timer_at_deadline(load_version(task.version_id).model, task.element)
    # The damaged version already has its incident.
    except VersionDamaged:
        return True


def moved_deadline_row(act: Act, change_id: UUID, move: RescheduledDeadline) -> dict[str, Any]:
    """Return the row of the list of moved deadlines."""
    return {
        "id": new_id(),
        "change_id": change_id,
        "case_id": move.old.case,
        "task_id": move.old.task,
        "element": move.old.element,
        "due_before": move.old.due_at,
        "due_after": move.new.moment,
        "at": act.at,
    }


def moved_deadline_history_row(act: Act, change_id: UUID, move: RescheduledDeadline) -> dict[str, Any]:
    """Return the history entry of a moved deadline."""
    answers = {
        "before": move.old.due_at.isoformat(),
        "after": move.new.moment.isoformat(),
        "change": str(change_id),
    }
    return history_row(
        act,
        move.old.case,
        DEADLINE_MOVED_KIND,
        element=move.old.element,
        task_id=move.old.task,
        answers=answers,
        clause=move.new.clause,
    )


def moved_deadline_audit_rows(
    act: Act,
    change_id: UUID,
    move: RescheduledDeadline,
    due_date: Mapping[str, Any] | None,
    entry: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    """Return the audit rows of a moved deadline: `due_date` as its task has it, `entry` of the history if it is
    shown."""
    before = {"element": move.old.element, "due_at": move.old.due_at}
    after = {"element": move.old.element, "due_at": move.new.moment, "change": change_id}
    act = act.with_case(move.old.case)
    event = AuditEvent(
        DEADLINE_RESCHEDULED_EVENT,
        ("cases.case", move.old.case),
        before,
        after,
        move.new.clause,
        rows=audit_rows_of_case(
            tasks=[due_date] if due_date else [], history=[history_audit_row(act, entry)] if entry else []
        ),
    )
    return audit_rows(act, [event])
