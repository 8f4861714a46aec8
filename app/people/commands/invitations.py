"""One-time links that open an account: created by an operator, used once by the person. The row keeps a
hash of the key.

Person and role exist from the creation of the link, so that the audit records each grant with its person;
the link adds the account. A person has at most one valid link.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.audit.record import record_audit_event
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Refused
from app.kernel.ids import new_id
from app.people.commands.passwords import create_own_account, require_available_login
from app.people.commands.sessions import hash_key_for_storage
from app.people.models import Account, Invitation, Person
from app.people.rules import OPEN_INVITATION, invitation_stage

LINK_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class InvitationLink:
    """A new link: its secret, returned once, and its expiry."""

    key: str
    person: UUID
    expires_at: datetime


def invite_person(
    act: Act, person: UUID, life: timedelta = LINK_LIFETIME, login: str | None = None
) -> InvitationLink:
    """Create a link for a person without an account; his earlier links become invalid.

    `login` is the suggestion on the page. Raises Missing, Refused (there is an account), Invalid (`login`).
    """
    # Lock the person: he must not get two valid links.
    if db.session.scalar(select(Person.id).where(Person.id == person).with_for_update()) is None:
        raise Missing
    if db.session.get(Account, person) is not None:
        raise Refused("people.account.there_already")
    offered = require_available_login(login) if login else None
    db.session.execute(
        update(Invitation)
        .where(Invitation.person_id == person, Invitation.used_at.is_(None), Invitation.replaced_at.is_(None))
        .values(replaced_at=act.at)
    )
    key = secrets.token_urlsafe(32)
    made = Invitation(
        id=new_id(),
        person_id=person,
        key_hash=hash_key_for_storage(key),
        login=offered,
        made_at=act.at,
        expires_at=act.at + life,
    )
    db.session.add(made)
    db.session.flush()
    after = {"expires_at": made.expires_at}
    record_audit_event(act, "people.invitation.made", ("people.person", person), None, after, subject=person)
    return InvitationLink(key, person, made.expires_at)


def accept_invitation(act: Act, key_hash: bytes, login: str, password: str, again: str) -> UUID:
    """Create the account with a login and password chosen by the person; return the person.

    Of two simultaneous requests one succeeds. Raises Missing (no such link), Refused
    `people.invitation.used`, `.replaced`, `.expired`, Invalid (`login`, `new`, `again`).
    """
    found = db.session.scalar(
        select(Invitation).where(Invitation.key_hash == key_hash).with_for_update(of=Invitation)
    )
    if found is None:
        raise Missing
    has_account = db.session.get(Account, found.person_id) is not None
    stage = invitation_stage(found.used_at, found.replaced_at, found.expires_at, has_account, act.at)
    if stage != OPEN_INVITATION:
        raise Refused(f"people.invitation.{stage}")
    if password != again:
        raise Invalid.field("again", "people.password.not_the_same")
    create_own_account(act, found.person_id, login, password)
    found.used_at = act.at
    db.session.flush()
    record_audit_event(
        act,
        "people.invitation.used",
        ("people.person", found.person_id),
        None,
        None,
        subject=found.person_id,
    )
    person: UUID = found.person_id
    return person
