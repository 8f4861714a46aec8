"""The open cases about what a grade sheet covers: its results, or cells of its lessons."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_, select

from app.cases.models import Case
from app.journal.sheet_closing.queries import BlockingCase, SheetReach
from app.kernel.db import db
from app.operations import ASIDE, CellRange, affected_cells, kind_of_blocker, overlap


def over_sheet(reach: SheetReach) -> list[BlockingCase]:
    """Every case that has not ended and touches the sheet, oldest first; one statement.

    Whose subject names a sheet is about that one alone. The others are told by the cells they speak of: those of this
    journal by its lessons, an excuse by its students and days.
    """
    mine = [
        CellRange(None, None, str(lesson), day.isoformat(), day.isoformat()) for lesson, day in reach.lessons
    ]
    students = list(reach.students)
    found = db.session.execute(
        select(Case.id, Case.number, Case.diagram, Case.subject, Case.about)
        .where(
            Case.closed_at.is_(None),
            Case.diagram.not_in(ASIDE),
            or_(Case.subject.contains({"offering": str(reach.offering)}), Case.about.overlap(students)),
        )
        .order_by(Case.opened_at, Case.id)
    )
    members = set(reach.students)
    return [
        BlockingCase(row.id, row.number, kind_of_blocker(row.diagram))
        for row in found
        if _touches(row.subject, [one for one in row.about if one in members], reach, mine)
    ]


def _touches(subject: dict[str, object], about: list[UUID], reach: SheetReach, mine: list[CellRange]) -> bool:
    if subject.get("sheet"):
        return subject["sheet"] == str(reach.sheet)
    offering = subject.get("offering")
    if offering is not None and offering != str(reach.offering):
        return False
    return overlap(mine, affected_cells(subject, about))
