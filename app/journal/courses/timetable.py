"""Personal timetables: the lessons a person teaches, and those of the person's groups, in a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, cast, exists, func, or_, select

from app.journal.tables import Course, Lesson, Offering, Teaching
from app.kernel.clock import UNIVERSITY_ZONE
from app.kernel.db import db
from app.people.models import Membership, StudyGroup

_LESSON_DAY_EXPRESSION = cast(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at), Date)


@dataclass(frozen=True, slots=True)
class TimetableLesson:
    """A lesson in a timetable; `version` counts changes of its description."""

    id: UUID
    offering: UUID
    starts_at: datetime
    ends_at: datetime
    type: str
    topic: str
    room: str
    state: str
    version: int
    names: Mapping[str, str]
    group: str


def load_lessons_of_teacher(
    person: UUID, since: datetime, until: datetime, limit: int
) -> Sequence[TimetableLesson]:
    """Return the lessons a person gives on days of the person's teaching parts; those of a lesson's other teacher
    are left out. One statement."""
    return _load_timetable_lessons(
        or_(Lesson.teacher_id.is_(None), Lesson.teacher_id == person)
        & exists().where(
            Teaching.offering_id == Lesson.offering_id,
            Teaching.person_id == person,
            Teaching.starts_on <= _LESSON_DAY_EXPRESSION,
            or_(Teaching.ends_on.is_(None), Teaching.ends_on >= _LESSON_DAY_EXPRESSION),
        ),
        since,
        until,
        limit,
    )


def load_lessons_of_student(
    person: UUID, since: datetime, until: datetime, limit: int
) -> Sequence[TimetableLesson]:
    """Return the lessons of the student's groups on days of membership (2.1b); one statement."""
    return _load_timetable_lessons(
        exists().where(
            Membership.group_id == Offering.group_id,
            Membership.person_id == person,
            Membership.starts_on <= _LESSON_DAY_EXPRESSION,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= _LESSON_DAY_EXPRESSION),
        ),
        since,
        until,
        limit,
    )


def _load_timetable_lessons(
    mine: Any, since: datetime, until: datetime, limit: int
) -> Sequence[TimetableLesson]:
    """Return the lessons of a condition from `since` until before `until`, oldest first."""
    found = db.session.execute(
        select(
            Lesson.id,
            Lesson.offering_id,
            Lesson.starts_at,
            Lesson.ends_at,
            Lesson.type,
            Lesson.topic,
            Lesson.room,
            Lesson.state,
            Lesson.version,
            Course.names,
            StudyGroup.name,
        )
        .join(Offering, Offering.id == Lesson.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(Lesson.starts_at >= since, Lesson.starts_at < until, mine)
        .order_by(Lesson.starts_at, Lesson.id)
        .limit(limit)
    )
    return [TimetableLesson(*row) for row in found]
