"""Points of make-up work accepted after the sheet was signed (5.4.3)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.journal.grade_sheets.line_queries import find_current_result
from app.journal.grade_sheets.rules import DRAFT
from app.journal.grading.rating import taken_over_act_or_none
from app.journal.makeups.queries import load_makeup_stage_row
from app.journal.tables import GradeSheet, Lesson, Result
from app.kernel.act import Act
from app.kernel.db import db
from app.outbox.post import post_event

POINTS_AWAIT_COMMISSION = "journal.makeup.awaiting_commission"


def find_result_for_makeup_points(makeup: UUID) -> Result | None:
    """Return the result of the first signed sheet over the lessons, which the points would
    change; None if there is none."""
    row = load_makeup_stage_row(makeup)
    days = db.session.scalars(
        select(Lesson.starts_at).where(Lesson.id.in_(list(map(UUID, map(str, row.lessons)))))
    )
    first = min(days).date()
    sheets = db.session.scalars(
        select(GradeSheet)
        .where(
            GradeSheet.offering_id == row.offering_id,
            GradeSheet.state != DRAFT,
            GradeSheet.covers_until >= first,
            GradeSheet.kind.in_(("MODULE1", "MODULE2")),
        )
        .order_by(GradeSheet.covers_until)
    )
    for sheet in sheets:
        found = find_current_result(sheet.id, row.student_id)
        if found is not None:
            return found
    return None


def post_points_awaiting_commission(act: Act, makeup: UUID) -> None:
    """Publish accepted points as a proposal to a commission, where they would change a result (5.4.3).

    A sum that was taken over has no mean to which they could be added: its student appeals against it (6.3).
    """
    row = load_makeup_stage_row(makeup)
    result = find_result_for_makeup_points(makeup)
    if (
        row.points is not None
        and row.accepted_by is not None
        and result is not None
        and taken_over_act_or_none(result.arithmetic) is None
    ):
        post_event(act, POINTS_AWAIT_COMMISSION, {"makeup": str(row.id), "by": str(row.accepted_by)})
