"""Queries for the owner of a calendar address and its times of use."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select

from app.kernel.act import RoleAssignment
from app.kernel.db import db
from app.people.audit_limits_rules import build_limits
from app.people.models import Account, CalendarKey, Person, RoleGrant


@dataclass(frozen=True, slots=True)
class CalendarOwner:
    """Owner of a calendar, his language, and the time of last use."""

    person: UUID
    locale: str
    seen_at: datetime | None


def find_calendar_owner(key_hash: bytes) -> CalendarOwner | None:
    """Return the owner of a valid address whose person has not left and whose account is not closed; one
    statement.

    Only the hash of the secret is looked up, so that response times reveal nothing about it.
    """
    row = db.session.execute(
        select(CalendarKey.key_hash, CalendarKey.person_id, Person.locale, CalendarKey.seen_at)
        .join(Person, Person.id == CalendarKey.person_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(CalendarKey.key_hash == key_hash, Person.ended_at.is_(None), Account.disabled_at.is_(None))
    ).one_or_none()
    if row is None or not hmac.compare_digest(row.key_hash, key_hash):
        return None
    return CalendarOwner(row.person_id, row.locale or "ky", row.seen_at)


def find_calendar_link_times(person: UUID) -> tuple[datetime, datetime | None] | None:
    """Return when the person's address was created and last used; None without an address. One statement."""
    row = db.session.execute(
        select(CalendarKey.made_at, CalendarKey.seen_at).where(CalendarKey.person_id == person)
    ).one_or_none()
    return (row.made_at, row.seen_at) if row else None


ASSIGNMENT_COLUMNS = (
    RoleGrant.role,
    RoleGrant.unit_id,
    RoleGrant.covers_from,
    RoleGrant.covers_until,
    RoleGrant.kinds,
)


def role_assignment_of_row(
    role: str, unit: UUID | None, first: date | None, last: date | None, kinds: list[str] | None
) -> RoleAssignment:
    """Return the role assignment of a row of `ASSIGNMENT_COLUMNS`."""
    return RoleAssignment(role, unit, build_limits(first, last, kinds))


def load_roles_on_day(person: UUID, on: date) -> tuple[RoleAssignment, ...]:
    """Return the role assignments of a person on that day; one statement."""
    found = db.session.execute(
        select(*ASSIGNMENT_COLUMNS).where(
            RoleGrant.person_id == person,
            RoleGrant.valid_from <= on,
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= on),
        )
    )
    return tuple(dict.fromkeys(role_assignment_of_row(*row) for row in found))
