"""Cells a teacher wants to have corrected, as the form of the request shows them. Decides nothing, asks the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.journal.corrections.rules import may_request_correction
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import see, teachers_of
from app.journal.gradebook.cell_state import (
    GRADE,
    CellFacts,
)
from app.journal.tables import Lesson
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Missing


@dataclass(frozen=True, slots=True)
class AskedCell:
    """One cell of a request: where it is, what it holds, its version; `refusal` says why it cannot be asked for."""

    lesson: UUID
    student: UUID
    kind: str
    student_name: str
    starts_at: datetime
    type: str
    value: str | None
    version: int
    refusal: DepterError | None


@dataclass(frozen=True, slots=True)
class Asked:
    """The cells of one journal."""

    offering: UUID
    names: Mapping[str, str]
    group: str
    cells: Sequence[AskedCell]


def cells_to_correct(viewer: Act, places: Sequence[load_gradebook.Place]) -> Asked:
    """These cells as they are now, in the order given; five statements. Raises Missing, also for several journals."""
    lessons = list(
        db.session.scalars(select(Lesson).where(Lesson.id.in_({lesson for lesson, _, _ in places})))
    )
    offerings = {lesson.offering_id for lesson in lessons}
    if len(offerings) != 1:
        raise Missing
    offering = see(viewer, offerings.pop())
    calendar = load_gradebook.terms_of(offering, viewer.at)
    persons = teachers_of(viewer)
    cells = []
    for one in load_gradebook.find_cells(offering, lessons, places):
        cell = one.cell
        refusal = may_request_correction(
            cell, cell.version, other_value(cell), persons, offering.teachers, calendar, viewer.at
        )
        cells.append(
            AskedCell(
                lesson=cell.lesson.id,
                student=cell.student,
                kind=cell.kind,
                student_name=one.student.name,
                starts_at=cell.lesson.starts_at,
                type=cell.lesson.type,
                value=cell.value,
                version=cell.version,
                refusal=refusal,
            )
        )
    return Asked(offering.id, offering.names, offering.group_name, cells)


def other_value(cell: CellFacts) -> str:
    """A value that differs from the present one, to ask whether any correction is possible."""
    if cell.kind == GRADE:
        return "1" if cell.value == "0" else "0"
    return "PRESENT" if cell.value == "ABSENT" else "ABSENT"
