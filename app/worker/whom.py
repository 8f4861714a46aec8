"""Whom a message is for: ids and roles of its payload become recipients with address and language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.i18n import known
from app.notices.commands import Recipient
from app.people.models import Person, RoleGrant

NAMED = {"by": "by_name", "on_behalf_of": "behalf"}
"""Persons that a payload mentions, and under which name a notice words them."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """Who is told, and the names of those whom the payload mentions."""

    recipients: tuple[Recipient, ...]
    names: Mapping[str, str]


def addressed(payload: Mapping[str, Any], now: datetime) -> Addressed:
    """The recipients of a payload: `recipients` (ids of persons), and everybody with the role `role`.

    Who has left the university is told nothing. One statement, two when a role is named.
    """
    told = {UUID(person) for person in payload.get("recipients", ())}
    if payload.get("role"):
        told |= holders(payload["role"], now)
    mentioned = {part: UUID(payload[part]) for part in NAMED if payload.get(part)}
    persons = _persons({*told, *mentioned.values()})
    present = [
        persons[person] for person in sorted(told & persons.keys()) if persons[person].ended_at is None
    ]
    return Addressed(
        recipients=tuple(Recipient(row.id, row.email, known(row.locale)) for row in present),
        names={
            NAMED[part]: f"{persons[person].family_name} {persons[person].given_name}"
            for part, person in mentioned.items()
            if person in persons
        },
    )


def holders(role: str, now: datetime) -> set[UUID]:
    """Everybody who holds a role today, wherever."""
    today = local_day(now)
    found = select(RoleGrant.person_id).where(
        RoleGrant.role == role,
        RoleGrant.valid_from <= today,
        or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= today),
    )
    return set(db.session.scalars(found))


def _persons(ids: Iterable[UUID]) -> dict[UUID, Any]:
    columns = (
        Person.id,
        Person.family_name,
        Person.given_name,
        Person.email,
        Person.locale,
        Person.ended_at,
    )
    rows = db.session.execute(select(*columns).where(Person.id.in_(list(ids))))
    return {row.id: row for row in rows}
