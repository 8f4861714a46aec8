"""Deadlines of open tasks for a calendar feed: no names, no content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, union_all

from app.cases.models import Task
from app.cases.queries.inbox import InboxOwner, inbox_view_conditions
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class TaskDeadline:
    """The deadline of one open task."""

    task: UUID
    element: str
    version_id: UUID
    number: str
    clause: str
    subject: dict[str, Any]
    due_at: datetime


def load_open_inbox_deadlines(owner: InboxOwner, limit: int) -> Sequence[TaskDeadline]:
    """Return the open tasks of the person and of his pools, first due first; one statement."""
    columns = (Task.id, Task.element, Task.version_id, Task.number, Task.clause, Task.subject, Task.due_at)
    statements = [
        select(*columns).where(condition).order_by(Task.due_at, Task.id).limit(limit).subquery().select()
        for condition in inbox_view_conditions(owner.statement_shape, "all")
    ]
    merged = union_all(*statements).subquery()
    statement = select(merged).order_by(merged.c.due_at, merged.c.id).limit(limit)
    return [TaskDeadline(*row) for row in db.session.execute(statement, owner.condition_values_by_name)]
