"""Cells selected for a correction, as the request form shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.journal.corrections.rules import refusal_to_request_correction
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.gradebook.cell_state import GRADE, CellState
from app.journal.gradebook.load_cells import CellKey, load_cell_states_with_rows
from app.journal.tables import Lesson
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Missing


@dataclass(frozen=True, slots=True)
class CorrectionCellOption:
    """One cell of a request: lesson, student, value and version; `refusal` is why it cannot be corrected."""

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
class CorrectionForm:
    """The selected cells of one journal."""

    offering: UUID
    names: Mapping[str, str]
    group: str
    cells: Sequence[CorrectionCellOption]


def load_correction_form(viewer: Act, places: Sequence[CellKey]) -> CorrectionForm:
    """Return the present state of these cells in the given order; five statements.

    Raise Missing, also for cells of several journals.
    """
    lessons = list(
        db.session.scalars(select(Lesson).where(Lesson.id.in_({lesson for lesson, _, _ in places})))
    )
    offerings = {lesson.offering_id for lesson in lessons}
    if len(offerings) != 1:
        raise Missing
    offering = require_readable_offering(viewer, offerings.pop())
    calendar = load_gradebook.load_deadline_calendar(offering, viewer.at)
    persons = persons_act_may_teach_as(viewer)
    cells = []
    for one in load_cell_states_with_rows(offering, lessons, places):
        cell = one.cell
        refusal = refusal_to_request_correction(
            cell,
            cell.version,
            pick_differing_cell_value(cell),
            persons,
            offering.teachers,
            calendar,
            viewer.at,
        )
        cells.append(
            CorrectionCellOption(
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
    return CorrectionForm(offering.id, offering.names, offering.group_name, cells)


def pick_differing_cell_value(cell: CellState) -> str:
    """Return a value that differs from the present one, as a probe whether any correction is possible."""
    if cell.kind == GRADE:
        return "1" if cell.value == "0" else "0"
    return "PRESENT" if cell.value == "ABSENT" else "ABSENT"
