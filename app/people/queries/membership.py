"""Queries of groups and their members over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.kernel.db import db
from app.people.models import Membership, Person, StudyGroup
from app.people.queries.persons import PersonName, build_person_name
from app.people.rules import EnrolmentPeriod, PermissionScope


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A student group."""

    id: UUID
    name: str
    unit: UUID


def load_groups_by_id(ids: Iterable[UUID]) -> dict[UUID, GroupRow]:
    """Return groups by id; one statement."""
    found = db.session.execute(
        select(StudyGroup.id, StudyGroup.name, StudyGroup.unit_id).where(StudyGroup.id.in_(list(ids)))
    )
    return {row.id: GroupRow(*row) for row in found}


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A dated stay of a student in a group, with his name and the number of the order ("" when unknown)."""

    person: UUID
    name: PersonName
    starts_on: date
    ends_on: date | None
    order_no: str = ""

    def is_member_on(self, day: date) -> bool:
        """Return whether the student belonged to the group on this day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


def load_past_and_present_members(group: UUID) -> list[GroupMember]:
    """Return everybody who ever belonged to the group, in the order of the Kyrgyz alphabet; one statement."""
    found = db.session.execute(
        select(
            Membership.person_id,
            Person.family_name,
            Person.given_name,
            Person.patronymic,
            Person.sort_key,
            Membership.starts_on,
            Membership.ends_on,
            Membership.order_no,
        )
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.group_id == group)
        .order_by(Person.sort_key, Person.id, Membership.starts_on)
    )
    return [GroupMember(row[0], build_person_name(*row[:5]), *row[5:]) for row in found]


def load_enrolment_periods(students: Iterable[UUID]) -> dict[UUID, list[EnrolmentPeriod]]:
    """Return every enrolment period of these students, oldest first; one statement, none without students."""
    wanted = list(students)
    by_student: dict[UUID, list[EnrolmentPeriod]] = {student: [] for student in wanted}
    if not wanted:
        return by_student
    found = db.session.execute(
        select(
            Membership.person_id,
            Membership.group_id,
            StudyGroup.unit_id,
            Membership.starts_on,
            Membership.ends_on,
            Membership.order_no,
            Membership.ended_as,
            Membership.end_order_no,
        )
        .join(StudyGroup, StudyGroup.id == Membership.group_id)
        .where(Membership.person_id.in_(wanted))
        .order_by(Membership.starts_on, Membership.id)
    )
    for row in found:
        by_student[row[0]].append(EnrolmentPeriod(*row[1:]))
    return by_student


def load_groups_of_units(units: Iterable[UUID]) -> list[GroupRow]:
    """Return the groups of these institutes by name; one statement, none without units."""
    wanted = list(units)
    if not wanted:
        return []
    found = db.session.execute(
        select(StudyGroup.id, StudyGroup.name, StudyGroup.unit_id)
        .where(StudyGroup.unit_id.in_(wanted))
        .order_by(StudyGroup.name)
    )
    return [GroupRow(*row) for row in found]


def load_curated_groups(person: UUID) -> list[GroupRow]:
    """Return the groups of a curator by name; one statement."""
    found = db.session.execute(
        select(StudyGroup.id, StudyGroup.name, StudyGroup.unit_id)
        .where(StudyGroup.curator_id == person)
        .order_by(StudyGroup.name)
    )
    return [GroupRow(*row) for row in found]


def load_group_permission_scope(group: UUID) -> PermissionScope:
    """Return the scope of a group: its institute and its curator; empty when there is none. One statement."""
    found = db.session.execute(
        select(StudyGroup.unit_id, StudyGroup.curator_id).where(StudyGroup.id == group)
    ).one_or_none()
    if found is None:
        return PermissionScope()
    return PermissionScope(
        units=frozenset({found.unit_id}),
        curators=frozenset({found.curator_id} if found.curator_id else ()),
    )


def curated_students_condition(
    curator: UUID, students: Any, since: ColumnElement[date], today: date
) -> ColumnElement[bool]:
    """Return a condition: one of these students (a column of ids) is of a group of this curator, has joined
    it by `today`, and had not left it before the day `since`."""
    group, stay = aliased(StudyGroup), aliased(Membership)
    return exists().where(
        group.curator_id == curator,
        stay.group_id == group.id,
        stay.person_id == func.any(students),
        stay.starts_on <= today,
        or_(stay.ends_on.is_(None), stay.ends_on >= since),
    )


def load_student_groups(person: UUID, on: date) -> list[GroupRow]:
    """Return the groups of a student on that day; one statement."""
    found = db.session.execute(
        select(StudyGroup.id, StudyGroup.name, StudyGroup.unit_id)
        .join(Membership, Membership.group_id == StudyGroup.id)
        .where(
            Membership.person_id == person,
            Membership.starts_on <= on,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= on),
        )
    )
    return [GroupRow(*row) for row in found]


def load_student_permission_scope(person: UUID, on: date) -> PermissionScope:
    """Return the scope of a student on that day: the institutes of his groups and their curators; one
    statement."""
    found = db.session.execute(
        select(StudyGroup.unit_id, StudyGroup.curator_id)
        .join(Membership, Membership.group_id == StudyGroup.id)
        .where(
            Membership.person_id == person,
            Membership.starts_on <= on,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= on),
        )
    ).all()
    return PermissionScope(
        units=frozenset(row.unit_id for row in found),
        curators=frozenset(row.curator_id for row in found if row.curator_id),
        persons=frozenset({person}),
    )
