"""Cases that touch the same cells: found by their students and lessons, told apart by what their subjects speak of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select

from app.cases.access import seen_by
from app.cases.models import Case
from app.diagrams.versions import Published, load_intact
from app.kernel.act import Act
from app.kernel.db import db
from app.operations import CellRange, affected_cells, cell_range, overlap

SEARCHED = 200
"""So many cases about the same students or lessons are looked through, the newest first."""
LISTS = ("cells", "entries", "missed")
"""Where a subject keeps its lessons; a subject about one cell names its lesson itself."""


@dataclass(frozen=True, slots=True)
class Related:
    """Another case about the same cell, as a page lists it. `published` is its version, None when that is damaged."""

    id: UUID
    number: str
    diagram: str
    status: str
    outcome: str | None
    subject: dict[str, Any]
    published: Published | None

    @property
    def ended(self) -> bool:
        """Whether nothing happens in it any more."""
        return self.status in ("done", "withdrawn")


def related_to(act: Act, case: Case) -> list[Related]:
    """The other cases about a cell of this one that the person of the act may open, newest first; one statement."""
    mine = affected_cells(case.subject, case.about)
    return _related(act, mine, Case.id != case.id)


def about_cell(act: Act, student: UUID, lesson: UUID, day: date) -> list[Related]:
    """The cases about this cell that the person of the act may open and that have not ended; one statement."""
    return _related(act, (cell_range(student, lesson, day.isoformat()),), Case.closed_at.is_(None))


def under_way(diagram: str, mine: Collection[CellRange], subject: UUID | None = None) -> Related | None:
    """The first case of this diagram that has not ended and speaks of one of these cells, with `subject` of this very
    thing; one statement."""
    same = [Case.subject_id == subject] if subject else []
    found = _touching(mine, Case.diagram == diagram, Case.closed_at.is_(None), *same)
    return found[-1] if found else None


def _related(act: Act, mine: Collection[CellRange], *conditions: ColumnElement[bool]) -> list[Related]:
    return _touching(mine, seen_by(act), *conditions)


def _touching(mine: Collection[CellRange], *conditions: ColumnElement[bool]) -> list[Related]:
    if not mine:
        return []
    found = db.session.execute(
        select(
            Case.id,
            Case.number,
            Case.diagram,
            Case.status,
            Case.outcome,
            Case.subject,
            Case.about,
            Case.version_id,
        )
        .where(_near(mine), *conditions)
        .order_by(Case.opened_at.desc(), Case.id.desc())
        .limit(SEARCHED)
    ).all()
    return [_row(row) for row in found if overlap(mine, affected_cells(row.subject, row.about))]


def _near(mine: Collection[CellRange]) -> ColumnElement[bool]:
    """Cases about one of the students, and open ones that name one of the lessons whoever they are about."""
    students = [UUID(student) for student in {touch.student for touch in mine} if student]
    lessons = sorted({touch.lesson for touch in mine if touch.lesson})
    named = or_(false(), *(Case.subject.contains(part) for lesson in lessons for part in _parts(lesson)))
    return or_(Case.about.overlap(students), and_(Case.closed_at.is_(None), named))


def _parts(lesson: str) -> Sequence[dict[str, Any]]:
    return [{"lesson": lesson}, *({name: [{"lesson": lesson}]} for name in LISTS)]


def _row(row: Any) -> Related:
    published = load_intact(row.version_id)
    return Related(row.id, row.number, row.diagram, row.status, row.outcome, row.subject, published)
