"""Cells a teacher wants to have corrected, as the form of the request shows them. Decides nothing, asks the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.journal.models import Lesson
from app.journal.queries import facts
from app.journal.queries.access import see, teachers_of
from app.journal.queries.card import other_value
from app.journal.rules import may_request_correction
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


def cells_to_correct(viewer: Act, places: Sequence[facts.Place]) -> Asked:
    """These cells as they are now, in the order given; five statements. Raises Missing, also for several journals."""
    lessons = list(
        db.session.scalars(select(Lesson).where(Lesson.id.in_({lesson for lesson, _, _ in places})))
    )
    offerings = {lesson.offering_id for lesson in lessons}
    if len(offerings) != 1:
        raise Missing
    offering = see(viewer, offerings.pop())
    terms = facts.terms_of(offering, viewer.at)
    persons = teachers_of(viewer)
    cells = []
    for one in facts.find_cells(offering, lessons, places):
        cell = one.cell
        refusal = may_request_correction(
            cell, cell.version, other_value(cell), persons, offering.teachers, terms, viewer.at
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
