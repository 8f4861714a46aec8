"""Reads for changes of single lessons: what depends on one, what is at the same time, and what was changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, any_, func, literal, or_, select

from app.audit.words import unseal_texts
from app.journal.gradebook.cell_state import LESSON_STATES_WITHOUT_MARKS
from app.journal.tables import (
    Cell,
    Course,
    Lesson,
    LessonChange,
    LessonPattern,
    MakeupStage,
    Offering,
)
from app.journal.timetable.lesson_change_rules import TimedLesson
from app.kernel.db import db
from app.people import queries as people
from app.people.models import StudyGroup

OpenCaseQuery = Callable[[UUID, date], tuple[str, ...]]
open_case_queries: list[OpenCaseQuery] = []
"""Functions that return the numbers of the open cases about a lesson; `create_app` adds one, because cases belong to a
room above."""


@dataclass(frozen=True, slots=True)
class OtherLesson:
    """A lesson at the same time with the names that a conflict tells."""

    timed: TimedLesson
    names: Mapping[str, str]
    group_name: str
    teacher_name: str


@dataclass(frozen=True, slots=True)
class LessonChangeRow:
    """A change of a lesson with its reason and the person who made it."""

    kind: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str
    by: str
    at: datetime


def count_marks_of_lesson(lesson: UUID) -> int:
    """Return how many marks the lesson has; one statement."""
    marks = select(func.count()).where(Cell.lesson_id == lesson, Cell.value.is_not(None))
    return db.session.scalar(marks) or 0


def count_makeups_of_lesson(offering: UUID, lesson: UUID) -> int:
    """Return how many students have make-up work about the lesson; one statement."""
    about = select(func.count(MakeupStage.student_id.distinct())).where(
        MakeupStage.offering_id == offering,
        literal(lesson) == any_(MakeupStage.lessons),
    )
    return db.session.scalar(about) or 0


def load_open_case_numbers(lesson: UUID, day: date) -> tuple[str, ...]:
    """Return the numbers of the open cases about a lesson."""
    return tuple(number for query in open_case_queries for number in query(lesson, day))


def load_lessons_at_same_time(lesson: TimedLesson) -> list[OtherLesson]:
    """Return the lessons of other journals and of this one that overlap with a lesson and share its group, its teacher
    or its room; two statements."""
    room = func.lower(func.regexp_replace(Lesson.room, r"\s", "", "g"))
    shared: list[ColumnElement[bool]] = [Offering.group_id == lesson.group]
    if lesson.teacher is not None:
        shared.append(Lesson.teacher_id == lesson.teacher)
    if lesson.room.strip():
        shared.append(room == "".join(lesson.room.split()).lower())
    found = db.session.execute(
        select(
            Lesson.id,
            Offering.group_id,
            Lesson.teacher_id,
            Lesson.room,
            Lesson.starts_at,
            Lesson.ends_at,
            LessonPattern.stream_id,
            Course.names,
            StudyGroup.name,
        )
        .join(Offering, Offering.id == Lesson.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .outerjoin(LessonPattern, LessonPattern.id == Lesson.pattern_id)
        .where(
            and_(Lesson.starts_at < lesson.ends_at, Lesson.ends_at > lesson.starts_at),
            Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS),
            Lesson.id != lesson.id,
            or_(*shared),
        )
        .order_by(Lesson.starts_at, Lesson.id)
        .limit(20)
    ).all()
    names = people.load_names({row.teacher_id for row in found})
    return [
        OtherLesson(
            TimedLesson(*row[:7]),
            row.names,
            row.name,
            names[row.teacher_id].short if row.teacher_id in names else "",
        )
        for row in found
    ]


def stream_of_lesson(lesson: Lesson) -> UUID | None:
    """Return the stream of the pattern of a lesson; at most one statement."""
    if lesson.pattern_id is None:
        return None
    return db.session.scalar(select(LessonPattern.stream_id).where(LessonPattern.id == lesson.pattern_id))


def load_lesson_changes(lesson: UUID) -> list[LessonChangeRow]:
    """Return the changes of a lesson, newest first; three statements."""
    rows = db.session.scalars(
        select(LessonChange)
        .where(LessonChange.lesson_id == lesson)
        .order_by(LessonChange.made_at.desc(), LessonChange.id.desc())
    ).all()
    names = people.load_names({row.made_by for row in rows})
    reasons = unseal_texts([(row.made_by, row.reason) for row in rows])
    return [
        LessonChangeRow(
            row.kind,
            row.before,
            row.after,
            reason,
            names[row.made_by].full if row.made_by in names else "",
            row.made_at,
        )
        for row, reason in zip(rows, reasons, strict=True)
    ]
