"""Queries of one-time links and of whether any account exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select

from app.kernel.clock import local_day
from app.kernel.db import db
from app.people.models import Account, Invitation, Person, RoleGrant
from app.people.queries.persons import build_person_name
from app.people.rules import invitation_stage


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """A link: its person and suggested login. `stage` is `open`, `used`, `replaced` or `expired`."""

    person: UUID
    name: str
    login: str
    expires_at: datetime
    stage: str


def find_invitation(key_hash: bytes, now: datetime) -> InvitationRow | None:
    """Return the link with this key, or None; one statement."""
    row = db.session.execute(
        select(Invitation, Person, Account.person_id)
        .join(Person, Person.id == Invitation.person_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Invitation.key_hash == key_hash)
    ).one_or_none()
    if row is None:
        return None
    found, person, account = row
    stage = invitation_stage(found.used_at, found.replaced_at, found.expires_at, account is not None, now)
    name = build_person_name(person.family_name, person.given_name, person.patronymic)
    return InvitationRow(person.id, name.full, found.login or "", found.expires_at, stage)


def is_any_account_stored() -> bool:
    """Return whether any account exists; one statement."""
    return bool(db.session.scalar(select(exists(select(Account.person_id)))))


def find_last_invited_person_id(
    role: str, unit: UUID | None, now: datetime, names: tuple[str, str] | None = None
) -> UUID | None:
    """Return the person last invited in this role of a unit, with this family and given name if set, who has
    no account.

    One statement.
    """
    today = local_day(now)
    named = (Person.family_name == names[0], Person.given_name == names[1]) if names else ()
    return db.session.scalar(
        select(Invitation.person_id)
        .join(RoleGrant, RoleGrant.person_id == Invitation.person_id)
        .outerjoin(Account, Account.person_id == Invitation.person_id)
        .join(Person, Person.id == Invitation.person_id)
        .where(RoleGrant.unit_id.is_not_distinct_from(unit))
        .where(RoleGrant.role == role, RoleGrant.valid_from <= today, Account.person_id.is_(None))
        .where((RoleGrant.valid_until.is_(None)) | (RoleGrant.valid_until >= today))
        .where(Person.ended_at.is_(None), *named)
        .order_by(Invitation.made_at.desc())
        .limit(1)
    )
