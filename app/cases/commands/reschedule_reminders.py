"""The reminders beside a task, written anew when its term moved from outside."""

from __future__ import annotations

from sqlalchemy import delete, insert

from app.cases.deadlines import Due, reminders_of
from app.cases.models import Task, Timer
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id


def remind_anew(act: Act, task: Task, due: Due, *, overdue: bool) -> None:
    """Drop the reminders of a task and write those of its present term; `overdue` as for `reminders_of`."""
    db.session.execute(delete(Timer).where(Timer.task_id == task.id, Timer.kind != "diagram"))
    rows = [
        {
            "id": new_id(),
            "case_id": task.case_id,
            "task_id": task.id,
            "key": None,
            "element": task.element,
            "kind": kind,
            "policy": when.policy,
            "anchor": act.at,
            "due_at": when.moment,
        }
        for kind, when in reminders_of(due, act.at, overdue=overdue)
    ]
    if rows:
        db.session.execute(insert(Timer), rows)
