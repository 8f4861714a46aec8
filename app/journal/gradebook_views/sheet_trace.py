"""The results of a grade sheet as they stood at a moment, from their unchanging versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from app.journal.tables import GradeSheet, Result
from app.kernel.db import db

MAX_RESULTS = 500
"""Versions of results on one page; a sheet has one line a student."""


def find_sheet(sheet: UUID) -> GradeSheet | None:
    """Return a grade sheet, or None; one statement."""
    return db.session.get(GradeSheet, sheet)


def load_result_versions(
    sheet: UUID, until: datetime, limits: Sequence[ColumnElement[bool]] = ()
) -> Sequence[Result]:
    """Return every version of a result that was published before a moment, within the limits of the reader, by student,
    newest first; one statement."""
    return db.session.scalars(
        select(Result)
        .where(Result.sheet_id == sheet, Result.published_at < until, *limits)
        .order_by(Result.student_id, Result.version.desc())
        .limit(MAX_RESULTS)
    ).all()
