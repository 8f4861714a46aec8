"""Which of these tasks wait for nobody any more."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from app.cases.models import Task
from app.kernel.db import db


def settled_tasks(tasks: Collection[UUID]) -> frozenset[UUID]:
    """Those that were closed; one statement, none for no tasks."""
    if not tasks:
        return frozenset()
    return frozenset(
        db.session.scalars(select(Task.id).where(Task.id.in_(tasks), Task.closed_at.is_not(None)))
    )
