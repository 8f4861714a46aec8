"""Results a transferred student brings along: same discipline and semester, another group.

Nothing is copied: they are read from the journal in which they were entered, so that a correction there is
visible at once (cross-cutting 9). Read-only: the present teacher enters in the own journal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Subquery, and_, cast, func, select
from sqlalchemy.orm import aliased

from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import ATTENDANCE, attendance_status
from app.journal.gradebook.load_cells import build_cell_state
from app.journal.tables import Cell, Lesson, Offering
from app.kernel.clock import UNIVERSITY_ZONE
from app.kernel.db import db
from app.people.models import Membership, StudyGroup
from app.people.rules import TRANSFER_ORDER

MISSED_STATUSES = ("ABSENT", "EXCUSED", "SICK")


@dataclass(frozen=True, slots=True)
class FormerLessonMarks:
    """One lesson of the former journal: the status of annex 2 and the points."""

    starts_at: datetime
    type: str
    status: str
    grade: str


@dataclass(frozen=True, slots=True)
class FormerJournalMarks:
    """The marks of one student in one former group, and the number of the transfer order."""

    student: UUID
    offering: UUID
    group: str
    order_no: str
    marks: tuple[FormerLessonMarks, ...]

    @property
    def points(self) -> Decimal:
        """Return the sum of the points in the former journal."""
        return sum((Decimal(mark.grade) for mark in self.marks if mark.grade), Decimal(0))

    @property
    def missed_lesson_count(self) -> int:
        """Return the number of missed lessons there that are not made up."""
        return sum(mark.status in MISSED_STATUSES for mark in self.marks)


def load_former_journal_marks(
    offering: UUID, students: Iterable[load_gradebook.GroupStudent], since: date
) -> dict[UUID, list[FormerJournalMarks]]:
    """Return former marks of students who joined after `since`, by student; one
    statement, none without such students."""
    joined = select_students_joined_after(students, since)
    if not joined:
        return {}
    rows = db.session.execute(_former_marks_statement(offering, joined)).all()
    found: dict[tuple[UUID, UUID], list[Any]] = {}
    for row in rows:
        found.setdefault((row.student, row.there), []).append(row)
    brought: dict[UUID, list[FormerJournalMarks]] = {}
    for (student, there), its in found.items():
        one = FormerJournalMarks(
            student, there, its[0].group, its[0].order_no, _build_former_lesson_marks(student, its)
        )
        brought.setdefault(student, []).append(one)
    return brought


def select_students_joined_after(students: Iterable[load_gradebook.GroupStudent], since: date) -> list[UUID]:
    """Return the students who joined the group after this day."""
    return [one.id for one in students if min(start for start, _end in one.periods) > since]


def transfers_subquery(offerings: Collection[UUID], students: Collection[UUID]) -> Subquery:
    """Return the transfers of these students into groups of these journals, from journals
    of the same course and semester.

    Columns: `here` and `there` (journals), `student`, `group` and `order_no` (former group, order), `since`
    (first day here), `belonged_from` and `belonged_to` (days of membership there).
    """
    here, there = aliased(Offering), aliased(Offering)
    now, before = aliased(Membership), aliased(Membership)
    same = and_(there.course_id == here.course_id, there.semester_id == here.semester_id, there.id != here.id)
    # Only the membership that this transfer ended, not an earlier stay in another group.
    left = and_(
        before.person_id == now.person_id,
        before.group_id == there.group_id,
        before.ended_as == TRANSFER_ORDER,
        before.ends_on < now.starts_on,
    )
    return (
        select(
            here.id.label("here"),
            there.id.label("there"),
            now.person_id.label("student"),
            StudyGroup.name.label("group"),
            now.order_no,
            now.starts_on.label("since"),
            before.starts_on.label("belonged_from"),
            before.ends_on.label("belonged_to"),
        )
        .select_from(here)
        .join(there, same)
        .join(now, and_(now.group_id == here.group_id, now.person_id.in_(list(students))))
        .join(before, left)
        .join(StudyGroup, StudyGroup.id == there.group_id)
        .where(here.id.in_(list(offerings)))
        .subquery()
    )


def _former_marks_statement(offering: UUID, students: list[UUID]) -> Any:
    """Select every mark of these students in the same discipline before their
    transfer, on days of membership there."""
    moves = transfers_subquery([offering], students)
    day = cast(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at), Date)
    return (
        select(moves.c.student, moves.c.order_no, moves.c.group, moves.c.there, Lesson, Cell)
        .join(
            Lesson,
            and_(
                Lesson.offering_id == moves.c.there, day.between(moves.c.belonged_from, moves.c.belonged_to)
            ),
        )
        .join(Cell, and_(Cell.lesson_id == Lesson.id, Cell.student_id == moves.c.student))
        .where(Cell.value.is_not(None))
        .order_by(moves.c.student, Lesson.starts_at, Lesson.id, moves.c.since)
    )


def _build_former_lesson_marks(student: UUID, rows: list[Any]) -> tuple[FormerLessonMarks, ...]:
    """Return the marks of one student by lesson."""
    lessons = {row.Lesson.id: row.Lesson for row in rows}
    cells = {(row.Lesson.id, row.Cell.kind): row.Cell for row in rows}
    made = []
    for lesson in lessons.values():
        attendance, grade = cells.get((lesson.id, ATTENDANCE)), cells.get((lesson.id, "GRADE"))
        mark = build_cell_state(
            load_gradebook.lesson_state_for_display(lesson), student, ATTENDANCE, attendance, True
        )
        made.append(
            FormerLessonMarks(
                lesson.starts_at, lesson.type, attendance_status(mark), (grade.value or "") if grade else ""
            )
        )
    return tuple(made)
