"""Status of tasks by id."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from app.cases.models import Task
from app.kernel.db import db


def load_closed_task_ids(tasks: Collection[UUID]) -> frozenset[UUID]:
    """Return which of these tasks are closed; one statement, none for no tasks."""
    if not tasks:
        return frozenset()
    return frozenset(
        db.session.scalars(select(Task.id).where(Task.id.in_(tasks), Task.closed_at.is_not(None)))
    )
