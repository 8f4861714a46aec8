"""Queries of a student's day: the lessons of this day with the attendance, and the next lesson (6.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, and_, cast, func, or_, select

from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import (
    ATTENDANCE,
    LESSON_STATES_WITHOUT_MARKS,
    LESSON_TYPES_WITHOUT_ROLL,
    attendance_status,
)
from app.journal.gradebook.load_cells import build_cell_state
from app.journal.tables import Cell, Course, Lesson, Offering, Teaching
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.people import queries as people
from app.people.models import Membership

_LESSON_DAY_EXPRESSION = cast(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at), Date)


@dataclass(frozen=True, slots=True)
class DayLesson:
    """A lesson of its student: `status` by annex 2; `is_held` is False for a cancelled or moved one."""

    id: UUID
    names: Mapping[str, str]
    teachers: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    type: str
    room: str
    topic: str
    task: str
    state: str
    status: str
    takes_roll: bool
    roll_taken_at: datetime | None

    @property
    def is_held(self) -> bool:
        """Return whether the lesson is held."""
        return self.state not in LESSON_STATES_WITHOUT_MARKS


@dataclass(frozen=True, slots=True)
class StudentDay:
    """The lessons of this day in their order, and the next one to begin, of this day or of a later one."""

    lessons: Sequence[DayLesson]
    next: DayLesson | None


def load_student_day(student: UUID, now: datetime) -> StudentDay:
    """Return the day of a student in all groups; three statements."""
    day_start = datetime.combine(local_day(now), time.min, UNIVERSITY_ZONE)
    day_end = day_start + timedelta(days=1)
    found = db.session.execute(
        _student_lessons_statement(student).where(Lesson.starts_at >= day_start, Lesson.starts_at < day_end)
    ).all()
    ahead = db.session.execute(
        _student_lessons_statement(student)
        .where(Lesson.starts_at > now, Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS))
        .limit(1)
    ).all()
    names = people.load_names({person for row in (*found, *ahead) for person in row[2] or ()})
    lessons = [_build_day_lesson(row, student, names) for row in found]
    return StudentDay(lessons, _build_day_lesson(ahead[0], student, names) if ahead else None)


def _student_lessons_statement(student: UUID) -> Select[Any]:
    """Return the select of lessons on the student's days of membership, with discipline, teachers of the day
    and the mark."""
    teachers = (
        select(func.array_agg(Teaching.person_id.distinct()))
        .where(
            Teaching.offering_id == Offering.id,
            Teaching.starts_on <= _LESSON_DAY_EXPRESSION,
            or_(Teaching.ends_on.is_(None), Teaching.ends_on >= _LESSON_DAY_EXPRESSION),
        )
        .correlate(Offering, Lesson)
        .scalar_subquery()
    )
    return (
        select(Lesson, Course.names, teachers, Cell)
        .join(Offering, Offering.id == Lesson.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(
            Membership,
            and_(
                Membership.group_id == Offering.group_id,
                Membership.person_id == student,
                Membership.starts_on <= _LESSON_DAY_EXPRESSION,
                or_(Membership.ends_on.is_(None), Membership.ends_on >= _LESSON_DAY_EXPRESSION),
            ),
        )
        .outerjoin(
            Cell, and_(Cell.lesson_id == Lesson.id, Cell.student_id == student, Cell.kind == ATTENDANCE)
        )
        .order_by(Lesson.starts_at, Lesson.id)
    )


def _build_day_lesson(row: Any, student: UUID, names: Mapping[UUID, people.PersonName]) -> DayLesson:
    lesson, titles, teaching, mark = row
    cell = build_cell_state(load_gradebook.lesson_state_for_display(lesson), student, ATTENDANCE, mark, True)
    return DayLesson(
        id=lesson.id,
        names=titles,
        teachers=tuple(sorted(names[person].short for person in teaching or ())),
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        type=lesson.type,
        room=lesson.room,
        topic=lesson.topic,
        task=lesson.task,
        state=lesson.state,
        status=attendance_status(cell),
        takes_roll=lesson.type not in LESSON_TYPES_WITHOUT_ROLL,
        roll_taken_at=lesson.roll_taken_at,
    )
