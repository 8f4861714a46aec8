"""The whole life of one cell, and a journal as it stood at a moment: both from the append-only versions of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from app.journal.tables import Cell, CellVersion, Course, Lesson, Offering
from app.kernel.db import db
from app.people.models import StudyGroup

MAX_VERSIONS = 50
"""Versions of a cell on one page."""


@dataclass(frozen=True, slots=True)
class JournalPlace:
    """A journal in words and the units it belongs to: that of its discipline and that of its group."""

    offering: UUID
    code: str
    names: dict[str, str]
    group_id: UUID
    group: str
    units: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class CellPlace:
    """Where a cell stands. `other` is the cell of the same student and lesson of the other kind, if it was ever
    written."""

    id: UUID
    kind: str
    student: UUID
    lesson: UUID
    starts_at: datetime
    lesson_type: str
    topic: str
    journal: JournalPlace
    other: UUID | None


@dataclass(frozen=True, slots=True)
class StoodCell:
    """One cell as it stood at a moment."""

    id: UUID
    lesson: UUID
    student: UUID
    kind: str
    value: str | None
    version: int


@dataclass(frozen=True, slots=True)
class StoodLesson:
    """One lesson of a journal."""

    id: UUID
    starts_at: datetime
    type: str


_PLACE_COLUMNS = (
    Offering.id.label("offering"),
    Course.code,
    Course.names,
    StudyGroup.id.label("group_id"),
    StudyGroup.name.label("group_name"),
    Course.department_id,
    StudyGroup.unit_id,
)


def find_journal_place(offering: UUID) -> JournalPlace | None:
    """Return a journal with its units, or None; one statement."""
    row = db.session.execute(
        select(*_PLACE_COLUMNS)
        .select_from(Offering)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(Offering.id == offering)
    ).one_or_none()
    return _journal_place(row) if row else None


def find_cell_place(cell_id: UUID) -> CellPlace | None:
    """Return where a cell stands, or None for no cell; one statement."""
    other = aliased(Cell)
    row = db.session.execute(
        select(
            Cell.id,
            Cell.kind,
            Cell.student_id,
            Lesson.id.label("lesson_id"),
            Lesson.starts_at,
            Lesson.type,
            Lesson.topic,
            other.id.label("other"),
            *_PLACE_COLUMNS,
        )
        .select_from(Cell)
        .join(Lesson, Lesson.id == Cell.lesson_id)
        .join(Offering, Offering.id == Lesson.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .outerjoin(
            other,
            (other.lesson_id == Cell.lesson_id)
            & (other.student_id == Cell.student_id)
            & (other.kind != Cell.kind),
        )
        .where(Cell.id == cell_id)
    ).one_or_none()
    if row is None:
        return None
    return CellPlace(
        row.id,
        row.kind,
        row.student_id,
        row.lesson_id,
        row.starts_at,
        row.type,
        row.topic or "",
        _journal_place(row),
        row.other,
    )


def find_cell_ids(lesson: UUID, student: UUID) -> list[UUID]:
    """Return the cells of a student at a lesson that were ever written, the grade first; one statement."""
    return list(
        db.session.scalars(
            select(Cell.id)
            .where(Cell.lesson_id == lesson, Cell.student_id == student)
            .order_by(Cell.kind.desc())
        )
    )


def load_cell_versions(
    cell_id: UUID,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = MAX_VERSIONS,
    limits: Sequence[ColumnElement[bool]] = (),
) -> Sequence[CellVersion]:
    """Return versions of a cell, newest first: those written before the moment `until` and older than the version
    `before`, within the limits of the reader; one statement."""
    wanted: list[ColumnElement[bool]] = [CellVersion.cell_id == cell_id, *limits]
    if until is not None:
        wanted.append(CellVersion.at < until)
    if before is not None:
        wanted.append(CellVersion.version < before)
    statement = select(CellVersion).where(*wanted).order_by(CellVersion.version.desc()).limit(limit)
    return db.session.scalars(statement).all()


def load_lessons_until(offering: UUID, until: datetime) -> list[StoodLesson]:
    """Return the lessons of a journal that had begun before a moment, in order; one statement."""
    rows = db.session.execute(
        select(Lesson.id, Lesson.starts_at, Lesson.type)
        .where(Lesson.offering_id == offering, Lesson.starts_at < until)
        .order_by(Lesson.starts_at, Lesson.id)
    )
    return [StoodLesson(*row) for row in rows]


def load_cells_as_they_stood(
    offering: UUID, until: datetime, limits: Sequence[ColumnElement[bool]] = ()
) -> list[StoodCell]:
    """Return every cell of a journal with the last value written before a moment, within the limits of the reader; one
    statement."""
    version: Any = (
        select(
            CellVersion.cell_id,
            CellVersion.lesson_id,
            CellVersion.student_id,
            CellVersion.kind,
            CellVersion.new_value,
            CellVersion.version,
        )
        .ext(distinct_on(CellVersion.cell_id))
        .where(CellVersion.offering_id == offering, CellVersion.at < until, *limits)
        .order_by(CellVersion.cell_id, CellVersion.version.desc())
    )
    return [StoodCell(*row) for row in db.session.execute(version)]


def _journal_place(row: Any) -> JournalPlace:
    return JournalPlace(
        row.offering,
        row.code,
        row.names,
        row.group_id,
        row.group_name,
        tuple(dict.fromkeys((row.department_id, row.unit_id))),
    )
