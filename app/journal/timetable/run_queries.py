"""Reads of the runs by which the worker generates the lessons of a semester."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.journal.tables import TimetableRun
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class TimetableRunRow:
    """A run with its progress: journals done of all, lessons written, journals with hours left over."""

    id: UUID
    unit: UUID | None
    state: str
    asked_by: UUID
    asked_at: datetime
    ended_at: datetime | None
    done: int
    journals: int
    inserted: int
    moved: int
    removed: int
    left: int


def load_latest_runs(semester: UUID, most: int) -> list[TimetableRunRow]:
    """Return the latest runs of a semester, newest first; one statement."""
    found: Any = db.session.execute(
        select(
            TimetableRun.id,
            TimetableRun.unit_id,
            TimetableRun.state,
            TimetableRun.asked_by,
            TimetableRun.asked_at,
            TimetableRun.ended_at,
            TimetableRun.done,
            TimetableRun.journals,
            TimetableRun.inserted,
            TimetableRun.moved,
            TimetableRun.removed,
            TimetableRun.left,
        )
        .where(TimetableRun.semester_id == semester)
        .order_by(TimetableRun.asked_at.desc())
        .limit(most)
    )
    return [TimetableRunRow(*row) for row in found]
