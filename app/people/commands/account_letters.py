"""Letters with a one-time link: an invitation to open an account, or a new password for who has forgotten his.

An act only asks for the letter. The worker makes the key in the act that sends it, so no secret stands in the outbox;
an attempt that fails leaves no key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select

from app.audit.record import AuditEvent, record_audit_events
from app.kernel.act import Act
from app.kernel.db import db
from app.outbox.post import OutboxEvent, post_events
from app.people.commands.one_time_keys import (
    ACCOUNT_PURPOSE,
    HANDED_AS_LETTER,
    LETTER_LIFETIME,
    PASSWORD_PURPOSE,
    create_one_time_keys,
)
from app.people.models import Account, Invitation, Person

LINK_LETTER_DUE_EVENT = "people.link_letter.due"
LETTERS_A_MINUTE = 60
"""Letters of one run wait for their minute, so that other letters do not stand behind thousands."""
FORGOTTEN_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LinkLetter:
    """A letter to send: address and language of its reader, the secret of the link, what it is for, and its end."""

    address: str
    locale: str
    key: str
    purpose: str
    expires_at: datetime


def request_invitation_letters(act: Act, persons: Sequence[UUID]) -> int:
    """Ask for an invitation letter to each of these persons who is here, has an address, no account and no open
    invitation; return how many. A repeat asks for none that was sent."""
    open_key = select(Invitation.id).where(
        Invitation.person_id == Person.id,
        Invitation.used_at.is_(None),
        Invitation.replaced_at.is_(None),
        Invitation.expires_at > act.at,
    )
    reachable = set(
        db.session.scalars(
            select(Person.id).where(
                Person.id.in_(persons),
                Person.ended_at.is_(None),
                Person.email.is_not(None),
                ~select(Account.person_id).where(Account.person_id == Person.id).exists(),
                ~open_key.exists(),
            )
        )
    )
    wanted = [person for person in dict.fromkeys(persons) if person in reachable]
    events: list[OutboxEvent] = [
        (
            LINK_LETTER_DUE_EVENT,
            {"person": str(person), "purpose": ACCOUNT_PURPOSE},
            act.at + timedelta(minutes=number // LETTERS_A_MINUTE),
        )
        for number, person in enumerate(wanted)
    ]
    post_events(act, events)
    record_audit_events(
        act,
        [
            AuditEvent("people.invitation.requested", ("people.person", one), None, None, "3.2", subject=one)
            for one in wanted
        ],
    )
    return len(wanted)


def request_password_letter(act: Act, login_or_address: str) -> None:
    """Ask for a letter with a link for a new password, when exactly one open account has this login or address.

    Says nothing about whether there is one.
    """
    typed = login_or_address.strip().casefold()
    found = db.session.scalars(
        select(Person.id)
        .join(Account, Account.person_id == Person.id)
        .where(
            or_(Account.login == typed, func.lower(Person.email) == typed),
            Person.email.is_not(None),
            Person.ended_at.is_(None),
            Account.disabled_at.is_(None),
        )
        .limit(2)
    ).all()
    if len(found) == 1:
        payload = {"person": str(found[0]), "purpose": PASSWORD_PURPOSE}
        post_events(act, [(LINK_LETTER_DUE_EVENT, payload, None)])


def create_link_letter(act: Act, person: UUID, purpose: str, requested_at: datetime) -> LinkLetter | None:
    """Make the key of a requested letter; None when it is not needed any more.

    That is so for who has left, has no address, has an account (an invitation), has no open account (a new
    password), or was given a key for the same after the letter was requested: a slip printed meanwhile stays valid.
    """
    owner = db.session.scalar(select(Person).where(Person.id == person).with_for_update())
    if owner is None or owner.ended_at is not None or not owner.email:
        return None
    account = db.session.get(Account, person)
    has_open_account = account is not None and account.disabled_at is None
    needed = account is None if purpose == ACCOUNT_PURPOSE else has_open_account
    later_key = select(Invitation.id).where(
        Invitation.person_id == person,
        Invitation.purpose == purpose,
        Invitation.made_at >= requested_at,
        Invitation.replaced_at.is_(None),
    )
    if not needed or db.session.scalar(later_key.limit(1)) is not None:
        return None
    life = LETTER_LIFETIME if purpose == ACCOUNT_PURPOSE else FORGOTTEN_LIFETIME
    (made,) = create_one_time_keys(act, [person], life, purpose=purpose, handed=HANDED_AS_LETTER)
    return LinkLetter(owner.email, owner.locale or "ky", made.key, purpose, made.expires_at)
