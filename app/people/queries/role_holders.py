"""Queries of the holders of a role in a unit or above it on a day, as `rules.choose_task_assignment` needs them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Date, Text, Uuid, bindparam, cast, func, or_, select, text

from app.kernel.db import db
from app.kernel.prepared import PreparedStatement, open_pipeline
from app.kernel.rehearsal import current_rehearsal
from app.people.assignment_rules import RoleHolder
from app.people.models import Person, RoleGrant, Substitute
from app.people.queries.persons import PersonName, build_person_name
from app.people.rules import MAX_UNIT_DEPTH

_ROLE_HOLDERS_TEXT = f"""
WITH RECURSIVE up (id, parent_id, distance) AS (
  SELECT id, parent_id, 0 FROM people.unit WHERE id = :unit
  UNION ALL
  SELECT u.id, u.parent_id, up.distance + 1 FROM people.unit u JOIN up ON u.id = up.parent_id
   WHERE up.distance < {MAX_UNIT_DEPTH}
), reach (id, distance) AS (
  SELECT id, distance FROM up UNION ALL SELECT CAST(NULL AS uuid), 99
)
SELECT g.person_id, g.unit_id, reach.distance, g.deputy,
  ARRAY(SELECT x.substitute_id FROM people.substitute x
         WHERE x.absent_id = g.person_id AND x.revoked_at IS NULL AND (x.role IS NULL OR x.role = g.role)
           AND x.valid_from <= :on AND x.valid_until >= :on ORDER BY x.valid_from, x.id) AS substitutes
FROM reach
JOIN people.role_grant g ON g.role = :role AND g.unit_id IS NOT DISTINCT FROM reach.id
JOIN people.person p ON p.id = g.person_id AND p.ended_at IS NULL
WHERE g.valid_from <= :on AND (g.valid_until IS NULL OR g.valid_until >= :on) AND NOT g.from_outside
  AND g.kinds IS NULL AND g.covers_from IS NULL AND g.covers_until IS NULL
"""
_IN_ORDER_TEXT = "ORDER BY reach.distance, g.deputy, p.sort_key, g.person_id"
_HOLDER_PARAMETERS = (
    bindparam("role", type_=Text, required=True),
    bindparam("unit", type_=Uuid, required=True),
    bindparam("on", type_=Date, required=True),
)
# Compiled once per process: it runs for every task of a step (docs/adr/0008).
_ROLE_HOLDERS_STATEMENT = PreparedStatement(
    text(_ROLE_HOLDERS_TEXT + _IN_ORDER_TEXT).bindparams(*_HOLDER_PARAMETERS)
)
_REHEARSED_HOLDERS_STATEMENT = PreparedStatement(
    text(f"{_ROLE_HOLDERS_TEXT}  AND g.person_id = ANY(:persons)\n{_IN_ORDER_TEXT}").bindparams(
        *_HOLDER_PARAMETERS, bindparam("persons", type_=ARRAY(Uuid), required=True)
    )
)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A member of staff and his unit."""

    person: UUID
    name: PersonName
    unit: UUID | None


def load_staff_members(on: date) -> list[StaffMember]:
    """Return everybody with a staff role on that day, each once, in alphabetical order; one statement."""
    found = db.session.execute(
        select(
            Person.id,
            Person.family_name,
            Person.given_name,
            Person.patronymic,
            Person.sort_key,
            func.min(cast(RoleGrant.unit_id, Text)),
        )
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(
            RoleGrant.role != "student",
            RoleGrant.valid_from <= on,
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= on),
            Person.ended_at.is_(None),
        )
        .group_by(Person.id)
        .order_by(Person.sort_key, Person.id)
    )
    return [
        StaffMember(row[0], build_person_name(*row[:5]), UUID(row[5]) if row[5] else None) for row in found
    ]


def load_holder_ids_of_roles(roles: Collection[str], on: date) -> list[UUID]:
    """Return everybody who holds one of these roles that day, in whatever unit; one statement, none without roles."""
    if not roles:
        return []
    statement = (
        select(RoleGrant.person_id)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            RoleGrant.role.in_(roles),
            RoleGrant.valid_from <= on,
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= on),
            Person.ended_at.is_(None),
        )
        .distinct()
    )
    return list(db.session.scalars(statement))


def load_role_holders(role: str, unit: UUID | None, on: date) -> list[RoleHolder]:
    """Return everybody who holds the role in the unit or above it that day, with deputies and substitutes;
    one statement."""
    values: dict[str, Any] = {"role": role, "unit": unit, "on": on}
    rehearsal = current_rehearsal()
    statement = _ROLE_HOLDERS_STATEMENT
    if rehearsal is not None:
        statement, values = _REHEARSED_HOLDERS_STATEMENT, values | {"persons": sorted(rehearsal.persons)}
    with open_pipeline() as wire:
        found = wire.send_query(statement, values)()
    return [RoleHolder(row[0], row[1], row[2], row[3], tuple(row[4])) for row in found]


def is_substitute(person: UUID, absent: UUID, roles: Iterable[str], on: date) -> bool:
    """Return whether the person substitutes that day for the absent one, in all his roles or in one of these;
    one statement."""
    found = select(Substitute.id).where(
        Substitute.substitute_id == person,
        Substitute.absent_id == absent,
        Substitute.revoked_at.is_(None),
        or_(Substitute.role.is_(None), Substitute.role.in_(list(roles))),
        Substitute.valid_from <= on,
        Substitute.valid_until >= on,
    )
    return db.session.scalar(found.limit(1)) is not None


def load_substitute_ids_by_absent(
    role: str, absent: Iterable[UUID], on: date
) -> dict[UUID, tuple[UUID, ...]]:
    """Return the substitutes of these persons in this role on that day, by absent person; one statement."""
    found = db.session.execute(
        select(Substitute.absent_id, Substitute.substitute_id)
        .where(
            Substitute.absent_id.in_(set(absent)),
            Substitute.revoked_at.is_(None),
            or_(Substitute.role.is_(None), Substitute.role == role),
            Substitute.valid_from <= on,
            Substitute.valid_until >= on,
        )
        .order_by(Substitute.valid_from, Substitute.id)
    )
    named: dict[UUID, tuple[UUID, ...]] = {}
    for person, substitute in found:
        named[person] = (*named.get(person, ()), substitute)
    return named
