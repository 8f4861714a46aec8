"""Which current grades count in a module for each student (4.3.1, 2.1e): own and transferred ones, each once.

The second module begins after the last day the first one covers; for a student whose first module was fixed
in another group, after the last day it covers there. A grade that was entered after the first one was signed,
inside its own deadline, counts in the second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Date, cast, func, or_, select

from app.journal.gradebook.cell_state import GRADE, LESSON_STATES_WITHOUT_MARKS
from app.journal.grading.rating import MODULE1, MODULE2, TransferOrigin
from app.journal.grading.transferred_grades import TransferredGrades
from app.journal.tables import Cell, GradeSheet, Lesson
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class CountedGrades:
    """The grades of a student in a module, in the order of the lessons; `brought` are those from another
    group."""

    grades: tuple[Decimal, ...] = ()
    brought: tuple[tuple[TransferOrigin, tuple[Decimal, ...]], ...] = ()


NO_GRADES = CountedGrades()


def load_counted_grades(
    offering: UUID, kind: str, known: Mapping[str, GradeSheet], last: date, transferred: TransferredGrades
) -> dict[UUID, CountedGrades]:
    """Return the grades up to the day `last` that count in this module, by student; one statement.

    `known` are the existing module sheets of the journal, by kind.
    """
    before = known.get(MODULE1) if kind == MODULE2 else None
    usual, signed = (before.covers_until, before.signed_at) if before else (None, None)

    def module_start_of_student(student: UUID) -> date | None:
        fixed = transferred.result(student, MODULE1) if kind == MODULE2 else None
        return fixed.covers_until if fixed else usual

    elsewhere = [day for day in map(module_start_of_student, transferred.results) if day]
    first = min([usual, *elsewhere]) if usual else None
    found: dict[UUID, list[tuple[datetime, Decimal, TransferOrigin | None]]] = {}
    for grade in _load_own_journal_grades(offering, first, last, signed):
        began = module_start_of_student(grade.student)
        late = signed is not None and grade.entered_at > signed and began == usual
        if late or _is_after_or_unbounded(local_day(grade.at), began):
            found.setdefault(grade.student, []).append((grade.at, grade.value, None))
    for student, grades in transferred.grades.items():
        for one in grades:
            if one.day <= last and _is_after_or_unbounded(one.day, module_start_of_student(student)):
                found.setdefault(student, []).append((one.at, one.value, one.origin))
    return {student: _build_counted_grades(grades) for student, grades in found.items()}


def _is_after_or_unbounded(day: date, since: date | None) -> bool:
    return since is None or day > since


def _build_counted_grades(grades: list[tuple[datetime, Decimal, TransferOrigin | None]]) -> CountedGrades:
    ordered = sorted(grades, key=lambda one: one[0])
    origins = dict.fromkeys(origin for _at, _value, origin in ordered if origin is not None)
    return CountedGrades(
        grades=tuple(value for _at, value, _origin in ordered),
        brought=tuple(
            (origin, tuple(value for _at, value, its in ordered if its == origin)) for origin in origins
        ),
    )


@dataclass(frozen=True, slots=True)
class _OwnJournalGrade:
    """A grade of this journal: its student, the moment of its lesson, when it was entered first, the
    points."""

    student: UUID
    at: datetime
    entered_at: datetime
    value: Decimal


def _load_own_journal_grades(
    offering: UUID, since: date | None, last: date, entered_after: datetime | None
) -> list[_OwnJournalGrade]:
    """Load the grades of this journal for lessons after `since`, or entered after `entered_after`, and until
    `last`, by lesson."""
    day = cast(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at), Date)
    later = [day > since] if since else []
    if later and entered_after is not None:
        later = [or_(*later, Cell.first_entered_at > entered_after)]
    found = db.session.execute(
        select(Cell.student_id, Lesson.starts_at, Cell.first_entered_at, Cell.value)
        .join(Lesson, Lesson.id == Cell.lesson_id)
        .where(
            Lesson.offering_id == offering,
            Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS),
            Cell.kind == GRADE,
            Cell.value.is_not(None),
            day <= last,
            *later,
        )
        .order_by(Lesson.starts_at, Lesson.id)
    )
    return [
        _OwnJournalGrade(student, at, entered, Decimal(value or 0)) for student, at, entered, value in found
    ]
