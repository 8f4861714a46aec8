"""Queries of the pages of the structure: units in reach of a role, groups, programmes, curators, heads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB

from app.kernel.act import RoleAssignment
from app.kernel.db import db
from app.kernel.i18n import LOCALES
from app.kernel.search_text import every_word_condition
from app.people.audit_limits_rules import build_limits
from app.people.models import GroupCurator, Membership, Person, Programme, RoleGrant, StudyGroup, Unit
from app.people.queries.persons import PersonName, build_person_name
from app.people.queries.units import load_unit_and_parent_ids
from app.people.rules import PermissionScope, is_permitted

HEAD_ROLES = ("department_head", "programme_head", "directorate")
"""Roles whose holders a unit's page shows as its heads."""


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """A group in a list; `students` are its members on the day asked for."""

    id: UUID
    name: str
    unit: UUID
    programme: Mapping[str, str] | None
    year: int | None
    curator: PersonName | None
    students: int
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class ListedProgramme:
    """A programme in a list; `groups` go on."""

    id: UUID
    code: str
    names: Mapping[str, str]
    unit: UUID
    groups: int
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class CuratorPeriod:
    """A curator of a group from and until a day (None: unknown, open)."""

    person: UUID
    name: PersonName
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class UnitHead:
    """A head of a unit, or a deputy, today."""

    person: UUID
    name: PersonName
    unit: UUID
    role: str
    deputy: bool


def load_units_in_reach(assignments: Collection[RoleAssignment], verb: str) -> frozenset[UUID] | None:
    """Return the units in which these roles permit the verb, with all below them; None: everywhere. One statement.

    The days of an auditor are left to the rows (`audited_rows_condition`).
    """
    assignments = [_without_days(one) for one in assignments]
    if is_permitted(assignments, verb):
        return None
    above = dict(load_unit_and_parent_ids())
    found = set()
    for unit in above:
        path: set[UUID] = set()
        at: UUID | None = unit
        while at is not None and at not in path:
            path.add(at)
            at = above.get(at)
        if is_permitted(assignments, verb, PermissionScope(units=frozenset(path))):
            found.add(unit)
    return frozenset(found)


def _without_days(assignment: RoleAssignment) -> RoleAssignment:
    """Return the assignment with its unit and kinds alone."""
    limits = assignment.limits
    return replace(assignment, limits=build_limits(None, None, limits.kinds)) if limits else assignment


def matches_text(text: str, *columns: Any) -> ColumnElement[bool]:
    """Return a condition: the columns (texts, or names by language) together contain every word of the text."""
    parts = [
        part
        for column in columns
        for part in ([column[one].astext for one in LOCALES] if isinstance(column.type, JSONB) else [column])
    ]
    return every_word_condition(func.concat_ws(" ", *parts), text)


def load_groups_page(
    today: date,
    units: Collection[UUID] | None,
    text: str = "",
    programme: UUID | None = None,
    after: tuple[str, UUID] | None = None,
    most: int = 51,
) -> list[ListedGroup]:
    """Return groups of these units (None: of all) by name after a key; one statement."""
    students = (
        select(func.count(Membership.person_id.distinct()))
        .where(Membership.group_id == StudyGroup.id, Membership.starts_on <= today)
        .where(or_(Membership.ends_on.is_(None), Membership.ends_on >= today))
        .scalar_subquery()
    )
    statement = (
        select(
            StudyGroup,
            Programme.names,
            Person.family_name,
            Person.given_name,
            Person.patronymic,
            students.label("students"),
        )
        .outerjoin(Programme, Programme.id == StudyGroup.programme_id)
        .outerjoin(Person, Person.id == StudyGroup.curator_id)
        .order_by(StudyGroup.name, StudyGroup.id)
        .limit(most)
    )
    if units is not None:
        statement = statement.where(StudyGroup.unit_id.in_(units))
    if text:
        statement = statement.where(matches_text(text, StudyGroup.name))
    if programme is not None:
        statement = statement.where(StudyGroup.programme_id == programme)
    if after is not None:
        statement = statement.where(tuple_(StudyGroup.name, StudyGroup.id) > tuple_(*after))
    return [
        ListedGroup(
            row.StudyGroup.id,
            row.StudyGroup.name,
            row.StudyGroup.unit_id,
            row.names,
            row.StudyGroup.year_of_study,
            build_person_name(row.StudyGroup.curator_id, row.family_name, row.given_name, row.patronymic)
            if row.family_name
            else None,
            row.students,
            row.StudyGroup.ends_on,
        )
        for row in db.session.execute(statement)
    ]


def load_programmes_page(
    units: Collection[UUID] | None,
    text: str = "",
    after: tuple[str, UUID] | None = None,
    most: int = 51,
) -> list[ListedProgramme]:
    """Return programmes of these units (None: of all) by code after a key; one statement."""
    groups = (
        select(func.count())
        .where(StudyGroup.programme_id == Programme.id, StudyGroup.ends_on.is_(None))
        .scalar_subquery()
    )
    statement = select(Programme, groups.label("groups")).order_by(Programme.code, Programme.id).limit(most)
    if units is not None:
        statement = statement.where(Programme.unit_id.in_(units))
    if text:
        statement = statement.where(matches_text(text, Programme.code, Programme.names))
    if after is not None:
        statement = statement.where(tuple_(Programme.code, Programme.id) > tuple_(*after))
    return [
        ListedProgramme(
            row.Programme.id,
            row.Programme.code,
            row.Programme.names,
            row.Programme.unit_id,
            row.groups,
            row.Programme.ends_on,
        )
        for row in db.session.execute(statement)
    ]


def load_programmes_going_on(units: Collection[UUID] | None, today: date) -> list[Programme]:
    """Return the programmes of these units (None: of all) that go on, by code; one statement."""
    statement = select(Programme).where(or_(Programme.ends_on.is_(None), Programme.ends_on >= today))
    if units is not None:
        statement = statement.where(Programme.unit_id.in_(units))
    return list(db.session.scalars(statement.order_by(Programme.code, Programme.id)))


def load_groups_going_on(units: Collection[UUID] | None, today: date) -> list[StudyGroup]:
    """Return the groups of these units (None: of all) that go on, by name; one statement."""
    statement = select(StudyGroup).where(or_(StudyGroup.ends_on.is_(None), StudyGroup.ends_on >= today))
    if units is not None:
        statement = statement.where(StudyGroup.unit_id.in_(units))
    return list(db.session.scalars(statement.order_by(StudyGroup.name, StudyGroup.id)))


def load_group_curators(group: UUID) -> list[CuratorPeriod]:
    """Return the curators of a group, latest first; one statement."""
    found = db.session.execute(
        select(GroupCurator, Person.family_name, Person.given_name, Person.patronymic)
        .join(Person, Person.id == GroupCurator.person_id)
        .where(GroupCurator.group_id == group)
        .order_by(GroupCurator.starts_on.desc().nulls_last())
    )
    return [
        CuratorPeriod(
            row.GroupCurator.person_id,
            build_person_name(row.GroupCurator.person_id, row.family_name, row.given_name, row.patronymic),
            row.GroupCurator.starts_on,
            row.GroupCurator.ends_on,
        )
        for row in found
    ]


def load_unit_heads(units: Iterable[UUID], today: date) -> dict[UUID, list[UnitHead]]:
    """Return the heads of units today, deputies last, by unit; one statement."""
    found = db.session.execute(
        select(RoleGrant, Person.family_name, Person.given_name, Person.patronymic)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            RoleGrant.unit_id.in_(list(units)),
            RoleGrant.role.in_(HEAD_ROLES),
            RoleGrant.valid_from <= today,
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= today),
            Person.ended_at.is_(None),
        )
        .order_by(RoleGrant.deputy, Person.sort_key)
    )
    by_unit: dict[UUID, list[UnitHead]] = {}
    for row in found:
        grant = row.RoleGrant
        name = build_person_name(grant.person_id, row.family_name, row.given_name, row.patronymic)
        head = UnitHead(grant.person_id, name, grant.unit_id, grant.role, grant.deputy)
        by_unit.setdefault(grant.unit_id, []).append(head)
    return by_unit


def is_any_unit_stored() -> bool:
    """Return whether there is any unit; one statement."""
    return db.session.scalar(select(Unit.id).limit(1)) is not None
