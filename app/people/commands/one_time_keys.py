"""One-time keys: the secret of a link or the code of a slip. The row keeps only the hash; a new key of a person ends
his earlier ones."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from app.audit.record import AuditEvent, record_audit_events
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id
from app.people.code_rules import CODE_LENGTH, CODE_LETTERS
from app.people.commands.sessions import hash_key_for_storage
from app.people.models import Invitation

LINK_LIFETIME = timedelta(hours=24)
SLIP_LIFETIME = timedelta(days=14)
"""Slips of a group wait until each of its students was at the university."""
RESET_SLIP_LIFETIME = timedelta(hours=72)
LETTER_LIFETIME = timedelta(days=14)

ACCOUNT_PURPOSE, PASSWORD_PURPOSE = "account", "password"
HANDED_AS_LINK, HANDED_AS_SLIP, HANDED_AS_LETTER = "link", "slip", "letter"


@dataclass(frozen=True, slots=True)
class InvitationLink:
    """A new one-time key: its secret, returned once, and its expiry."""

    key: str
    person: UUID
    expires_at: datetime


def create_one_time_keys(
    act: Act,
    persons: Sequence[UUID],
    life: timedelta,
    *,
    purpose: str = ACCOUNT_PURPOSE,
    handed: str = HANDED_AS_LINK,
    login: str | None = None,
) -> list[InvitationLink]:
    """Create a key for each of these persons, whom the caller has locked; their earlier keys become invalid.

    A slip gets a code of `CODE_LENGTH` letters, everything else a secret of 256 bits. Three statements for any number.
    """
    if not persons:
        return []
    end_open_keys(act, persons)
    expires_at = act.at + life
    made = [InvitationLink(_draw_secret(handed), person, expires_at) for person in persons]
    rows = [
        {
            "id": new_id(),
            "person_id": one.person,
            "key_hash": hash_key_for_storage(one.key),
            "login": login,
            "purpose": purpose,
            "handed": handed,
            "made_by": act.person,
            "made_at": act.at,
            "expires_at": expires_at,
        }
        for one in made
    ]
    db.session.execute(insert(Invitation), rows)
    after: dict[str, Any] = {"expires_at": expires_at}
    if (purpose, handed) != (ACCOUNT_PURPOSE, HANDED_AS_LINK):
        after |= {"purpose": purpose, "handed": handed}
    events = [
        AuditEvent("people.invitation.made", ("people.person", person), None, after, "3.2", subject=person)
        for person in persons
    ]
    record_audit_events(act, events)
    return made


def end_open_keys(act: Act, persons: Sequence[UUID]) -> None:
    """End every key of these persons that was neither used nor replaced; one statement."""
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.person_id.in_(persons), Invitation.used_at.is_(None), Invitation.replaced_at.is_(None)
        )
        .values(replaced_at=act.at)
    )


def _draw_secret(handed: str) -> str:
    """Return a new secret."""
    if handed == HANDED_AS_SLIP:
        return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return secrets.token_urlsafe(32)
