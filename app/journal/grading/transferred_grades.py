"""Grades and results of a transferred student that count in his new journal: those given in another group of
the same discipline, and results fixed there (cross-cutting 9).

Nothing is copied: grades and results are read where they were entered and signed, and each counts once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Date, and_, cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.journal.gradebook.cell_state import GRADE, LESSON_STATES_WITHOUT_MARKS
from app.journal.gradebook.load import GroupStudent, OfferingState
from app.journal.grading.rating import MODULES, TransferOrigin
from app.journal.grading.sheet_states import DRAFT
from app.journal.tables import Cell, GradeSheet, Lesson, Result
from app.journal.transfers.transferred_marks import select_students_joined_after, transfers_subquery
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class TransferredGrade:
    """A current grade given in the student's earlier group."""

    at: datetime
    value: Decimal
    origin: TransferOrigin

    @property
    def day(self) -> date:
        """Return the day of its lesson."""
        return local_day(self.at)


@dataclass(frozen=True, slots=True)
class TransferredResult:
    """The result of a module fixed in the earlier group, and the last day of the student's lessons there that
    it covers.

    `reopened`: its sheet was returned for rework, so that it may still change.
    """

    result: Result
    origin: TransferOrigin
    covers_until: date
    reopened: bool


@dataclass(frozen=True, slots=True)
class TransferredGrades:
    """The transferred grades and results of one journal: grades in the order of their lessons, results by
    module."""

    grades: Mapping[UUID, tuple[TransferredGrade, ...]] = field(default_factory=dict)
    results: Mapping[UUID, Mapping[str, TransferredResult]] = field(default_factory=dict)

    def result(self, student: UUID, kind: str) -> TransferredResult | None:
        """Return the student's result of this module, if it was fixed elsewhere."""
        return self.results.get(student, {}).get(kind)


NO_TRANSFER = TransferredGrades()


def load_transferred_grades_of_offering(
    offering: OfferingState, students: Iterable[GroupStudent]
) -> TransferredGrades:
    """Load what belongs to the students who joined after the semester began; two statements, none without
    them."""
    joined = select_students_joined_after(students, offering.starts_on)
    return (
        load_transferred_grades_by_offering([offering.id], joined).get(offering.id, NO_TRANSFER)
        if joined
        else NO_TRANSFER
    )


def load_transferred_grades_by_offering(
    offerings: Collection[UUID], students: Collection[UUID]
) -> dict[UUID, TransferredGrades]:
    """Load the transferred grades and results of these students, by journal; two statements."""
    grades: dict[UUID, dict[UUID, tuple[TransferredGrade, ...]]] = {}
    for here, student, at, value, origin in _load_transferred_grades(offerings, students):
        by_student = grades.setdefault(here, {})
        by_student[student] = (*by_student.get(student, ()), TransferredGrade(at, value, origin))
    results: dict[UUID, dict[UUID, dict[str, TransferredResult]]] = {}
    for here, student, kind, found in _load_transferred_results(offerings, students):
        results.setdefault(here, {}).setdefault(student, {})[kind] = found
    return {
        here: TransferredGrades(grades.get(here, {}), results.get(here, {})) for here in {*grades, *results}
    }


def _load_transferred_grades(
    offerings: Collection[UUID], students: Collection[UUID]
) -> list[tuple[UUID, UUID, datetime, Decimal, TransferOrigin]]:
    """Load each grade once, however many orders led here; by lesson."""
    moves = transfers_subquery(offerings, students)
    day = cast(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at), Date)
    found = db.session.execute(
        select(
            moves.c.here,
            moves.c.student,
            Lesson.starts_at,
            Cell.value,
            moves.c.group,
            moves.c.order_no,
            Cell.id,
        )
        .ext(distinct_on(moves.c.here, Lesson.starts_at, Cell.id))
        .join(
            Lesson,
            and_(
                Lesson.offering_id == moves.c.there, day.between(moves.c.belonged_from, moves.c.belonged_to)
            ),
        )
        .join(Cell, and_(Cell.lesson_id == Lesson.id, Cell.student_id == moves.c.student))
        .where(Cell.kind == GRADE, Cell.value.is_not(None), Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS))
        .order_by(moves.c.here, Lesson.starts_at, Cell.id, moves.c.since)
    )
    return [
        (here, student, at, Decimal(value or 0), TransferOrigin(group, order))
        for here, student, at, value, group, order, _cell in found
    ]


def _load_transferred_results(
    offerings: Collection[UUID], students: Collection[UUID]
) -> list[tuple[UUID, UUID, str, TransferredResult]]:
    """Load the current version of each result; of two groups the earlier result, because it was fixed
    first."""
    moves = transfers_subquery(offerings, students)
    newest = (
        select(Result.id)
        .ext(distinct_on(Result.sheet_id, Result.student_id))
        .where(Result.student_id.in_(list(students)))
        .order_by(Result.sheet_id, Result.student_id, Result.version.desc())
    )
    found = db.session.execute(
        select(
            moves.c.here,
            moves.c.student,
            GradeSheet,
            Result,
            moves.c.group,
            moves.c.order_no,
            moves.c.belonged_to,
        )
        .ext(distinct_on(moves.c.here, moves.c.student, GradeSheet.kind))
        .join(GradeSheet, GradeSheet.offering_id == moves.c.there)
        .join(Result, and_(Result.sheet_id == GradeSheet.id, Result.student_id == moves.c.student))
        .where(GradeSheet.kind.in_(MODULES), Result.id.in_(newest))
        .order_by(
            moves.c.here,
            moves.c.student,
            GradeSheet.kind,
            moves.c.belonged_from,
            GradeSheet.id,
            moves.c.since,
        )
    )
    return [
        (
            here,
            student,
            sheet.kind,
            TransferredResult(
                row, TransferOrigin(group, order), min(sheet.covers_until, left), sheet.state == DRAFT
            ),
        )
        for here, student, sheet, row, group, order, left in found
    ]
