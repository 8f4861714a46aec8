"""Related cases: found by their students and lessons, then matched by the cells their subjects name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select

from app.cases.access import visible_cases_condition
from app.cases.models import Case
from app.diagrams.versions import PublishedDiagram, load_version_unless_damaged
from app.kernel.act import Act
from app.kernel.db import db
from app.operations import CellRange, affected_cells_of_subject, attendance_and_grade_of_cell, has_common_cell

MAX_SEARCHED_CASES = 200
"""Maximum number of cases about the same students or lessons that are compared, newest first."""
SUBJECT_LESSON_LIST_KEYS = ("cells", "entries", "missed")
"""Keys of a subject that hold lists of lessons; a subject about one cell has the key `lesson`."""


@dataclass(frozen=True, slots=True)
class RelatedCase:
    """Another case about the same cell. `published` is its version; None if that is damaged."""

    id: UUID
    number: str
    diagram: str
    status: str
    outcome: str | None
    subject: dict[str, Any]
    published: PublishedDiagram | None

    @property
    def ended(self) -> bool:
        """Return whether the case is done or withdrawn."""
        return self.status in ("done", "withdrawn")


def load_related_cases(act: Act, case: Case) -> list[RelatedCase]:
    """Return the other cases about a cell of this one that the person may open, newest first.

    One statement.
    """
    cells = affected_cells_of_subject(case.subject, case.about)
    return _load_visible_cell_cases(act, cells, Case.id != case.id)


def load_open_cell_cases(act: Act, student: UUID, lesson: UUID, day: date) -> list[RelatedCase]:
    """Return the open cases about this cell that the person of the act may open; one statement."""
    return _load_visible_cell_cases(
        act, (attendance_and_grade_of_cell(student, lesson, day.isoformat()),), Case.closed_at.is_(None)
    )


def load_open_case_numbers_of_lesson(lesson: UUID, day: date) -> tuple[str, ...]:
    """Return the numbers of the open cases about a mark of this lesson, newest first; one statement."""
    cells = (CellRange(None, None, str(lesson), day.isoformat(), day.isoformat()),)
    found = _load_cases_about_given_cells(cells, Case.closed_at.is_(None))
    return tuple(case.number for case in found)


def find_open_case_of_cells(
    diagram: str, cells: Collection[CellRange], *, other_than: UUID | None = None
) -> RelatedCase | None:
    """Return the oldest open case of this diagram about one of these cells; one statement, None without one.

    With `other_than` not this case.
    """
    conditions = [Case.id != other_than] if other_than else []
    cases = load_open_cases_of_cells(diagram, cells, *conditions)
    return cases[-1] if cases else None


def load_open_cases_of_cells(
    diagram: str, cells: Collection[CellRange], *conditions: ColumnElement[bool]
) -> list[RelatedCase]:
    """Return the open cases of this diagram about one of these cells, newest first; one statement."""
    return _load_cases_about_given_cells(
        cells, Case.diagram == diagram, Case.closed_at.is_(None), *conditions
    )


def _load_visible_cell_cases(
    act: Act, cells: Collection[CellRange], *conditions: ColumnElement[bool]
) -> list[RelatedCase]:
    """Return the cases about one of these cells that the person of the act may open."""
    return _load_cases_about_given_cells(cells, visible_cases_condition(act), *conditions)


def _load_cases_about_given_cells(
    cells: Collection[CellRange], *conditions: ColumnElement[bool]
) -> list[RelatedCase]:
    """Return the cases under these conditions that are about one of these cells, newest first."""
    if not cells:
        return []
    rows = db.session.execute(
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
        .where(_related_case_candidates_condition(cells), *conditions)
        .order_by(Case.opened_at.desc(), Case.id.desc())
        .limit(MAX_SEARCHED_CASES)
    ).all()
    return [
        _build_related_case(row)
        for row in rows
        if has_common_cell(cells, affected_cells_of_subject(row.subject, row.about))
    ]


def _related_case_candidates_condition(cells: Collection[CellRange]) -> ColumnElement[bool]:
    """Return the SQL condition for cases about one of the students, or open cases that name a lesson."""
    students = [UUID(student) for student in {cell.student for cell in cells} if student]
    lessons = sorted({cell.lesson for cell in cells if cell.lesson})
    names_lesson = or_(
        false(),
        *(
            Case.subject.contains(pattern)
            for lesson in lessons
            for pattern in _json_patterns_naming_lesson(lesson)
        ),
    )
    # Two indexes serve this condition: one on `about`, and one on `subject` of open cases.
    return or_(Case.about.overlap(students), and_(Case.closed_at.is_(None), names_lesson))


def _json_patterns_naming_lesson(lesson: str) -> Sequence[dict[str, Any]]:
    """Return the JSON patterns of a subject that names this lesson."""
    return [{"lesson": lesson}, *({name: [{"lesson": lesson}]} for name in SUBJECT_LESSON_LIST_KEYS)]


def _build_related_case(row: Any) -> RelatedCase:
    """Return the view of one case."""
    published = load_version_unless_damaged(row.version_id)
    return RelatedCase(row.id, row.number, row.diagram, row.status, row.outcome, row.subject, published)
