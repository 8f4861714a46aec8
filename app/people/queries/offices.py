"""Query of the roles that persons held in the past, with their units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.kernel.db import db
from app.people.models import RoleGrant


@dataclass(frozen=True, slots=True)
class HeldOffice:
    """A role of a person from and until a day, both included; `until` None: without an end."""

    role: str
    unit: UUID | None
    since: date
    until: date | None

    def is_held_on(self, day: date) -> bool:
        """Return whether the role was held on this day."""
        return self.since <= day and (self.until is None or day <= self.until)


def load_offices_of_persons(persons: Iterable[UUID]) -> dict[UUID, tuple[HeldOffice, ...]]:
    """Return every role these persons ever held, in order of time; one statement, none without persons."""
    wanted = set(persons)
    if not wanted:
        return {}
    found: dict[UUID, list[HeldOffice]] = {}
    statement = (
        select(
            RoleGrant.person_id,
            RoleGrant.role,
            RoleGrant.unit_id,
            RoleGrant.valid_from,
            RoleGrant.valid_until,
        )
        .where(RoleGrant.person_id.in_(wanted))
        .order_by(RoleGrant.valid_from, RoleGrant.role, RoleGrant.id)
    )
    for person, role, unit, since, until in db.session.execute(statement):
        found.setdefault(person, []).append(HeldOffice(role, unit, since, until))
    return {person: tuple(held) for person, held in found.items()}
