"""Load cells with their state for rules and commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from app.journal.gradebook.cell_state import CellState, LessonState
from app.journal.gradebook.load import (
    GroupStudent,
    OfferingState,
    build_lesson_state,
    load_present_and_past_students,
)
from app.journal.tables import Cell, Lesson
from app.kernel.db import db
from app.kernel.errors import Missing

CellKey = tuple[UUID, UUID, str]
"""The key of a cell: lesson, student, kind."""


def load_cell_rows(
    lessons: Iterable[UUID], students: Iterable[UUID], *, lock: bool = False
) -> dict[CellKey, Cell]:
    """Load the rows of these students at these lessons; one statement, with `lock` in the order of their
    ids."""
    wanted = (
        select(Cell)
        .where(Cell.lesson_id.in_(list(lessons)), Cell.student_id.in_(list(students)))
        .order_by(Cell.id)
    )
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return {(cell.lesson_id, cell.student_id, cell.kind): cell for cell in db.session.scalars(wanted)}


def build_cell_state(
    lesson: LessonState, student: UUID, kind: str, row: Cell | Row[Any] | None, applicable: bool
) -> CellState:
    """Return the state of a cell; `row` is None where nothing was ever written."""
    if row is None:
        return CellState(lesson, student, kind, applicable)
    return CellState(
        lesson=lesson,
        student=student,
        kind=kind,
        applicable=applicable,
        stored=row.value,
        version=row.version,
        reason=row.reason,
        made_up=row.made_up,
        stored_at=row.first_entered_at,
        stored_by=row.first_entered_by,
        corrected_at=row.changed_at if row.change_set_id else None,
        excuse_id=row.excused_id,
    )


@dataclass(frozen=True, slots=True)
class LoadedCell:
    """The state of a cell with its row, None where nothing was ever written, and its student."""

    cell: CellState
    row: Cell | None
    student: GroupStudent


def load_cell_states_with_rows(
    offering: OfferingState, lessons: Iterable[Lesson], places: Sequence[CellKey], *, lock: bool = False
) -> list[LoadedCell]:
    """Load the cells of these keys in one offering, in their order; two statements.

    Raises Missing when a lesson is not among `lessons` or a student never belonged to the group.
    """
    states = {lesson.id: build_lesson_state(lesson, offering) for lesson in lessons}
    students = {one.id: one for one in load_present_and_past_students(offering.group)}
    if any(lesson not in states or student not in students for lesson, student, _ in places):
        raise Missing
    rows = load_cell_rows(states, {student for _, student, _ in places}, lock=lock)
    return [
        _build_loaded_cell(states[place[0]], students[place[1]], place, rows.get(place)) for place in places
    ]


def _build_loaded_cell(
    lesson: LessonState, student: GroupStudent, place: CellKey, row: Cell | None
) -> LoadedCell:
    cell = build_cell_state(lesson, student.id, place[2], row, student.is_member_on(lesson.day))
    return LoadedCell(cell, row, student)
