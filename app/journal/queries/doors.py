"""Until when what a case allowed stands: a journal or a sheet opened once more, a personal last day (P04, P21)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from app.journal.models import EntryWindow, GradeSheet, SheetPlea, WorkoffExtension
from app.kernel.db import db


def open_until(diagram: str, subject: UUID) -> datetime | date | None:
    """The end of what this request was given: a moment of a door, a day of a work-off; None when nothing stands open.

    A sheet that was opened anew for other lines answers None for the earlier request.
    """
    if diagram == "late_entry":
        return db.session.scalar(
            select(EntryWindow.closes_at).where(EntryWindow.request_id == subject).limit(1)
        )
    if diagram == "late_workoff":
        return db.session.scalar(select(WorkoffExtension.until).where(WorkoffExtension.plea_id == subject))
    if diagram == "late_sheet":
        return db.session.scalar(
            select(GradeSheet.open_until)
            .join(SheetPlea, SheetPlea.sheet_id == GradeSheet.id)
            .where(SheetPlea.id == subject, SheetPlea.students == GradeSheet.open_for)
        )
    return None
