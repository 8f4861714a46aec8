"""Queries of one-time links and of whether any account exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select

from app.kernel.clock import local_day
from app.kernel.db import db
from app.people.invitation_rules import OPEN_INVITATION, REPLACED_INVITATION, invitation_stage
from app.people.models import Account, Invitation, Person, RoleGrant
from app.people.queries.persons import build_person_name

PASSWORD_PURPOSE = "password"


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """A link or code: its person and suggested login, or the login of the account whose password it sets.

    `stage` is `open`, `used`, `replaced` or `expired`.
    """

    person: UUID
    name: str
    login: str
    expires_at: datetime
    stage: str
    sets_password: bool


def find_invitation(key_hash: bytes, now: datetime) -> InvitationRow | None:
    """Return the link with this key, or None; one statement."""
    row = db.session.execute(
        select(Invitation, Person, Account.login)
        .join(Person, Person.id == Invitation.person_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Invitation.key_hash == key_hash)
    ).one_or_none()
    if row is None:
        return None
    found, person, login = row
    sets_password = found.purpose == PASSWORD_PURPOSE
    has_account = login is not None and not sets_password
    stage = invitation_stage(found.used_at, found.replaced_at, found.expires_at, has_account, now)
    if stage == OPEN_INVITATION and person.ended_at is not None:
        stage = REPLACED_INVITATION
    name = build_person_name(person.id, person.family_name, person.given_name, person.patronymic)
    return InvitationRow(
        person.id,
        name.full,
        login or found.login or person.proposed_login or "",
        found.expires_at,
        stage,
        sets_password,
    )


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
