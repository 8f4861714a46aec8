"""Exam days of a person's own calendar, and the recipients of a changed exam day (4.3.3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select

from app.journal.tables import Course, Offering, Teaching
from app.kernel.db import db
from app.people.models import Membership, StudyGroup


@dataclass(frozen=True, slots=True)
class DatedExam:
    """The exam of a journal on its day, for a calendar."""

    offering: UUID
    day: date
    names: Mapping[str, str]
    group: str


@dataclass(frozen=True, slots=True)
class ExamParticipants:
    """Participants of exams: journals by teacher, students by group, journals by group."""

    offerings_by_teacher: Mapping[UUID, Sequence[UUID]]
    students_by_group: Mapping[UUID, Sequence[UUID]]
    offerings_by_group: Mapping[UUID, Sequence[UUID]]


def load_exams_of_teacher(person: UUID, since: date, limit: int) -> list[DatedExam]:
    """Return the exams from `since` on in journals the person teaches on that day; one statement."""
    return _load_dated_exams(
        exists().where(
            Teaching.offering_id == Offering.id,
            Teaching.person_id == person,
            # A substitute teaches single lessons and does not examine.
            Teaching.part != "SUBSTITUTE",
            or_(Teaching.ends_on.is_(None), Teaching.ends_on >= Offering.exam_on),
        ),
        since,
        limit,
    )


def load_exams_of_student(person: UUID, since: date, limit: int) -> list[DatedExam]:
    """Return the exams from `since` on of the student's groups on days of membership; one statement."""
    return _load_dated_exams(
        exists().where(
            Membership.group_id == Offering.group_id,
            Membership.person_id == person,
            Membership.starts_on <= Offering.exam_on,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= Offering.exam_on),
        ),
        since,
        limit,
    )


def _load_dated_exams(mine: ColumnElement[bool], since: date, limit: int) -> list[DatedExam]:
    """Return the dated exams of a condition from `since` on, by day."""
    found: Any = db.session.execute(
        select(Offering.id, Offering.exam_on, Course.names, StudyGroup.name)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(Offering.exam_on >= since, mine)
        .order_by(Offering.exam_on, Offering.id)
        .limit(limit)
    )
    return [DatedExam(*row) for row in found]


def load_exam_participants(offerings: Collection[UUID], today: date) -> ExamParticipants:
    """Return teachers and students of these exams, by teaching and membership
    from `today` on; two statements."""
    taught: dict[UUID, list[UUID]] = {}
    students: dict[UUID, dict[UUID, None]] = {}
    groups: dict[UUID, dict[UUID, None]] = {}
    teaching = db.session.execute(
        select(Teaching.person_id, Teaching.offering_id)
        .where(
            Teaching.offering_id.in_(list(offerings)),
            Teaching.part != "SUBSTITUTE",
            or_(Teaching.ends_on.is_(None), Teaching.ends_on >= today),
        )
        .distinct()
        .order_by(Teaching.person_id, Teaching.offering_id)
    )
    for person, offering in teaching:
        taught.setdefault(person, []).append(offering)
    members = db.session.execute(
        select(Offering.id, Offering.group_id, Membership.person_id)
        .join(
            Membership,
            (Membership.group_id == Offering.group_id)
            & or_(Membership.ends_on.is_(None), Membership.ends_on >= today),
        )
        .where(Offering.id.in_(list(offerings)))
        .distinct()
        .order_by(Offering.id, Membership.person_id)
    )
    for offering, group, person in members:
        students.setdefault(group, {})[person] = None
        groups.setdefault(group, {})[offering] = None
    return ExamParticipants(
        taught,
        {group: list(persons) for group, persons in students.items()},
        {group: list(its) for group, its in groups.items()},
    )
