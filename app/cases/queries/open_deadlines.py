"""What somebody has to do and by when, as a calendar shows it: no names, no content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, union_all

from app.cases.models import Task
from app.cases.queries.inbox import Reader, sources
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class OpenTerm:
    """The term of one open task."""

    task: UUID
    element: str
    version_id: UUID
    number: str
    clause: str
    subject: dict[str, Any]
    due_at: datetime


def open_terms(reader: Reader, limit: int) -> Sequence[OpenTerm]:
    """The open tasks of the person and of his pools, those due first first; one statement."""
    columns = (Task.id, Task.element, Task.version_id, Task.number, Task.clause, Task.subject, Task.due_at)
    parts = [
        select(*columns).where(source).order_by(Task.due_at, Task.id).limit(limit).subquery().select()
        for source in sources(reader, "all")
    ]
    merged = union_all(*parts).subquery()
    found = select(merged).order_by(merged.c.due_at, merged.c.id).limit(limit)
    return [OpenTerm(*row) for row in db.session.execute(found)]
