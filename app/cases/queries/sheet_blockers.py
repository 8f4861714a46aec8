"""Open cases that block a grade sheet: about its results, or about cells of its lessons."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_, select

from app.cases.models import Case
from app.journal.sheet_closing.queries import BlockingCase, SheetCoverage
from app.kernel.db import db
from app.operations import (
    NEVER_BLOCKING_DIAGRAMS,
    CellRange,
    affected_cells_of_subject,
    closing_blocker_kind_of_process,
    has_common_cell,
)


def load_cases_blocking_sheet(reach: SheetCoverage) -> list[BlockingCase]:
    """Return every open case that touches the sheet, oldest first; one statement.

    A case whose subject names a sheet is about that sheet alone. Other cases are matched by their cells:
    those of this journal by its lessons, an excuse by its students and days.
    """
    sheet_cells = [
        CellRange(None, None, str(lesson), day.isoformat(), day.isoformat()) for lesson, day in reach.lessons
    ]
    students = list(reach.students)
    rows = db.session.execute(
        select(Case.id, Case.number, Case.diagram, Case.subject, Case.about)
        .where(
            Case.closed_at.is_(None),
            Case.diagram.not_in(NEVER_BLOCKING_DIAGRAMS),
            or_(Case.subject.contains({"offering": str(reach.offering)}), Case.about.overlap(students)),
        )
        .order_by(Case.opened_at, Case.id)
    )
    members = set(reach.students)
    return [
        BlockingCase(row.id, row.number, closing_blocker_kind_of_process(row.diagram))
        for row in rows
        if _is_subject_touching_sheet(
            row.subject, [person for person in row.about if person in members], reach, sheet_cells
        )
    ]


def _is_subject_touching_sheet(
    subject: dict[str, object], about: list[UUID], reach: SheetCoverage, sheet_cells: list[CellRange]
) -> bool:
    """Return whether the subject of a case touches this sheet."""
    if subject.get("sheet"):
        return subject["sheet"] == str(reach.sheet)
    offering = subject.get("offering")
    if offering is not None and offering != str(reach.offering):
        return False
    return has_common_cell(sheet_cells, affected_cells_of_subject(subject, about))
