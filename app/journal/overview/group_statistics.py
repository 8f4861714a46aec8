"""Queries of groups for their curator and their directorate: absences, make-up work, running deadlines (3.1,
8.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from app.journal.gradebook.cell_state import ABSENT, ATTENDANCE, LESSON_STATES_WITHOUT_MARKS
from app.journal.makeups.debt_queries import WAS_GROUP_MEMBER_CONDITION, load_debts_of_students
from app.journal.tables import Cell, Lesson, Offering
from app.kernel.clock import local_day
from app.kernel.db import db
from app.people import queries as people
from app.people.models import Membership, StudyGroup
from app.regulation.rules import Deadline


@dataclass(frozen=True, slots=True)
class GroupStatistics:
    """A group in a list: its curator, its students of today, and their absences without a confirmed
    reason."""

    id: UUID
    name: str
    curator: UUID | None
    student_count: int
    unconfirmed_absence_count: int


def load_group_statistics(groups: Iterable[UUID], now: datetime) -> list[GroupStatistics]:
    """Return these groups by name with their numbers; two statements, none for no group."""
    wanted, today = list(groups), local_day(now)
    if not wanted:
        return []
    member = aliased(Membership)
    is_member_today = and_(
        member.group_id.in_(wanted),
        member.starts_on <= today,
        or_(member.ends_on.is_(None), member.ends_on >= today),
    )
    students = (
        select(func.count(member.person_id.distinct()))
        .where(member.group_id == StudyGroup.id, is_member_today)
        .correlate(StudyGroup)
        .scalar_subquery()
    )
    found = db.session.execute(
        select(StudyGroup.id, StudyGroup.name, StudyGroup.curator_id, students)
        .where(StudyGroup.id.in_(wanted))
        .order_by(StudyGroup.name)
    ).all()
    missed = db.session.execute(
        select(member.group_id, func.count())
        .select_from(Cell)
        .join(Lesson, Lesson.id == Cell.lesson_id)
        .join(Offering, Offering.id == Lesson.offering_id)
        .join(member, and_(member.person_id == Cell.student_id, is_member_today))
        .where(
            Cell.kind == ATTENDANCE,
            Cell.value == ABSENT,
            Cell.reason.is_(None),
            Cell.made_up.is_(False),
            Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS),
            WAS_GROUP_MEMBER_CONDITION,
        )
        .group_by(member.group_id)
    )
    absences = {row[0]: row[1] for row in missed}
    return [
        GroupStatistics(group, name, curator, count, absences.get(group, 0))
        for group, name, curator, count in found
    ]


@dataclass(frozen=True, slots=True)
class StudentStatistics:
    """A student of a group: absences without a confirmed reason, lessons to make up, the first of their
    deadlines that still runs, and the department that counts it."""

    student: UUID
    name: str
    unconfirmed_absence_count: int
    lessons_to_make_up: int
    nearest_makeup_deadline: Deadline | None
    department: UUID | None


def load_student_statistics(group: UUID, now: datetime) -> list[StudentStatistics]:
    """Return the students of the group today, in alphabetical order; six statements."""
    today = local_day(now)
    members = {
        one.person: one.name.full
        for one in people.load_past_and_present_members(group)
        if one.is_member_on(today)
    }
    return _load_statistics_of_members(members, now)


def _load_statistics_of_members(members: dict[UUID, str], now: datetime) -> list[StudentStatistics]:
    debts = load_debts_of_students(list(members), now) if members else []
    rows = []
    for student, name in members.items():
        own_debts = [debt for debt in debts if debt.student == student]
        running = [debt for debt in own_debts if now <= debt.soft_deadline.moment]
        first = min(running, key=lambda debt: debt.soft_deadline.moment, default=None)
        rows.append(
            StudentStatistics(
                student=student,
                name=name,
                unconfirmed_absence_count=sum(debt.rule_state.cell.reason is None for debt in own_debts),
                lessons_to_make_up=len(own_debts),
                nearest_makeup_deadline=first.soft_deadline if first else None,
                department=first.offering.department if first else None,
            )
        )
    return rows
