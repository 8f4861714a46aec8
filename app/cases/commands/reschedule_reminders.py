"""Write the reminders of a task again when its due date moved."""

from __future__ import annotations

from sqlalchemy import delete, insert

from app.cases.deadlines import DueDate, iterate_reminder_due_dates
from app.cases.models import Task, Timer
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id


def replace_task_reminders(act: Act, task: Task, due: DueDate, *, overdue: bool) -> None:
    """Replace the reminders of a task by those of its new due date; `overdue` as for `iterate_reminder_due_dates`."""
    db.session.execute(delete(Timer).where(Timer.task_id == task.id, Timer.kind != "diagram"))
    rows = [
        {
            "id": new_id(),
            "case_id": task.case_id,
            "task_id": task.id,
            "key": None,
            "element": task.element,
            "kind": kind,
            "policy": reminder.policy,
            "anchor": act.at,
            "due_at": reminder.moment,
        }
        for kind, reminder in iterate_reminder_due_dates(due, act.at, overdue=overdue)
    ]
    if rows:
        db.session.execute(insert(Timer), rows)
