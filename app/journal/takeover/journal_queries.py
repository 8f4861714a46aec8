"""Reads of journals as a takeover needs them: students with their numbers, lessons with their cells, module sheets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.journal.gradebook.cell_state import ATTENDANCE, CELL_KINDS, CellState, LessonState
from app.journal.gradebook.load import (
    GroupStudent,
    OfferingState,
    build_lesson_state,
    load_offerings,
    load_present_and_past_students,
)
from app.journal.gradebook.load_cells import CellKey, build_cell_state, load_cell_rows
from app.journal.grading.rating import MODULES
from app.journal.tables import Cell, Course, GradeSheet, Lesson, Offering, Result, Semester, SheetEntry
from app.kernel.db import db
from app.people.models import Person, StudyGroup


@dataclass(frozen=True, slots=True)
class JournalKey:
    """A journal as a workbook names it."""

    id: UUID
    group: str
    course: str
    institute: UUID
    ends_on: date | None
    state: str


@dataclass(frozen=True, slots=True)
class JournalMarks:
    """A journal with everything that a takeover compares: lessons by their beginning, cells, sheets of the modules with
    the students who have a result, and which of them somebody has begun."""

    key: JournalKey
    offering: OfferingState
    students: tuple[GroupStudent, ...]
    numbers: Mapping[UUID, str]
    lessons: tuple[LessonState, ...]
    rows: Mapping[CellKey, Cell]
    sheets: Mapping[str, GradeSheet]
    results: Mapping[tuple[str, UUID], Result]
    begun: frozenset[str]

    def cell(self, lesson: LessonState, student: GroupStudent, kind: str) -> CellState:
        """Return the state of a cell."""
        row = self.rows.get((lesson.id, student.id, kind))
        return build_cell_state(lesson, student.id, kind, row, student.is_member_on(lesson.day))


def load_journal_keys(semester: UUID) -> list[JournalKey]:
    """Return the journals of a semester by group and code; one statement."""
    found = db.session.execute(
        _journal_keys_statement()
        .where(Offering.semester_id == semester)
        .order_by(StudyGroup.name, Course.code, Offering.id)
    )
    return [JournalKey(*row) for row in found]


def find_journal_key(offering: UUID) -> JournalKey | None:
    """Return one journal, or None; one statement."""
    row = db.session.execute(_journal_keys_statement().where(Offering.id == offering)).one_or_none()
    return JournalKey(*row) if row else None


def _journal_keys_statement() -> Any:
    return (
        select(
            Offering.id, StudyGroup.name, Course.code, StudyGroup.unit_id, Offering.ends_on, Offering.state
        )
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
    )


def load_institutes_of_journals(ids: Collection[UUID]) -> set[UUID]:
    """Return the institutes of the groups of these journals; one statement."""
    wanted = select(StudyGroup.unit_id).join(Offering, Offering.group_id == StudyGroup.id)
    return set(db.session.scalars(wanted.where(Offering.id.in_(list(ids))).distinct()))


def load_journal_marks(key: JournalKey, *, lock: bool = False) -> JournalMarks:
    """Return a journal with its marks; with `lock` its lessons and cells are locked first; seven statements."""
    lessons = select(Lesson).where(Lesson.offering_id == key.id)
    if lock:
        # In the order of their ids, as everybody locks lessons.
        locked = lessons.order_by(Lesson.id).with_for_update().execution_options(populate_existing=True)
        found: Sequence[Lesson] = db.session.scalars(locked).all()
    else:
        found = db.session.scalars(lessons).all()
    offering = load_offerings([key.id])[key.id]
    students = load_present_and_past_students(offering.group)
    rows = load_cell_rows([one.id for one in found], [one.id for one in students], lock=lock)
    numbers = db.session.execute(
        select(Person.id, Person.identifier).where(Person.id.in_([one.id for one in students]))
    )
    sheets_wanted = select(GradeSheet).where(GradeSheet.offering_id == key.id, GradeSheet.kind.in_(MODULES))
    if lock:
        sheets_wanted = (
            sheets_wanted.order_by(GradeSheet.id).with_for_update().execution_options(populate_existing=True)
        )
    sheets = {one.kind: one for one in db.session.scalars(sheets_wanted)}
    kinds = {one.id: kind for kind, one in sheets.items()}
    results = db.session.scalars(
        select(Result).where(Result.sheet_id.in_(list(kinds))).order_by(Result.version)
    )
    entered = set(
        db.session.scalars(select(SheetEntry.sheet_id).where(SheetEntry.sheet_id.in_(list(kinds))).distinct())
    )
    ordered = sorted(found, key=lambda one: (one.starts_at, one.id))
    return JournalMarks(
        key,
        offering,
        tuple(students),
        {id: number or str(id) for id, number in numbers},
        tuple(build_lesson_state(one, offering) for one in ordered),
        rows,
        sheets,
        {(kinds[one.sheet_id], one.student_id): one for one in results},
        frozenset(kind for kind, sheet in sheets.items() if sheet.state != "DRAFT" or sheet.id in entered),
    )


def module_days(semester: Semester) -> dict[str, tuple[date | None, date | None]]:
    """Return first and last day of each module of a semester."""
    return {
        MODULES[0]: (semester.module1_from, semester.module1_until),
        MODULES[1]: (semester.module2_from, semester.module2_until),
    }


def kinds_of_lesson(lesson: LessonState) -> tuple[str, ...]:
    """Return the kinds of marks that a lesson takes."""
    return CELL_KINDS if lesson.takes_roll else tuple(kind for kind in CELL_KINDS if kind != ATTENDANCE)
