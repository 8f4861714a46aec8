"""One-time links and printed codes that open an account or set its password: made by another person, used once by the
owner.

Person and role exist from the creation of the link, so that the audit records each grant with its person;
the link adds the account. A person has at most one valid link or code.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record_audit_event
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Refused
from app.people.commands.one_time_keys import (
    ACCOUNT_PURPOSE,
    HANDED_AS_LINK,
    HANDED_AS_SLIP,
    LINK_LIFETIME,
    PASSWORD_PURPOSE,
    SLIP_LIFETIME,
    InvitationLink,
    create_one_time_keys,
)
from app.people.commands.passwords import create_own_account, require_available_login, set_own_new_password
from app.people.commands.resets import (
    ISSUED_RESET_KIND,
    PASSWORD_RESET_KIND,
    store_account_reset,
    store_and_post_account_reset,
)
from app.people.invitation_rules import OPEN_INVITATION, REPLACED_INVITATION, invitation_stage
from app.people.models import Account, Invitation, Person


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
    offered = require_available_login(login, person) if login else None
    (made,) = create_one_time_keys(act, [person], life, handed=HANDED_AS_LINK, login=offered)
    return made


def issue_account_slips(act: Act, persons: Sequence[UUID]) -> list[InvitationLink]:
    """Create a code for each of these persons who is here and has no account, in their order; earlier codes end.

    Who has an account or has left gets none, so a repeat is harmless.
    """
    # Locked in one order, so that two who print the same group at once do not wait for each other in a circle.
    waiting = set(
        db.session.scalars(
            select(Person.id)
            .where(Person.id.in_(persons), Person.ended_at.is_(None))
            .where(~select(Account.person_id).where(Account.person_id == Person.id).exists())
            .order_by(Person.id)
            .with_for_update()
        )
    )
    wanted = [person for person in dict.fromkeys(persons) if person in waiting]
    return create_one_time_keys(act, wanted, SLIP_LIFETIME, handed=HANDED_AS_SLIP)


def accept_invitation(act: Act, key_hash: bytes, login: str, password: str, again: str) -> UUID:
    """Create the account with a login and password chosen by the person; return the person.

    For a key that sets a password the login is ignored, and his other sessions end. When the key was printed, the
    decisions of its owner are flagged, because whoever printed it could have used it. Of two simultaneous requests
    one succeeds. Raises Missing (no such link), Refused `people.invitation.used`, `.replaced`, `.expired`, Invalid
    (`login`, `new`, `again`).
    """
    found = db.session.scalar(
        select(Invitation).where(Invitation.key_hash == key_hash).with_for_update(of=Invitation)
    )
    if found is None:
        raise Missing
    account, owner = db.session.get(Account, found.person_id), db.session.get_one(Person, found.person_id)
    opens_account = found.purpose == ACCOUNT_PURPOSE
    has_account = opens_account and account is not None
    stage = invitation_stage(found.used_at, found.replaced_at, found.expires_at, has_account, act.at)
    if stage == OPEN_INVITATION and owner.ended_at is not None:
        stage = REPLACED_INVITATION
    if stage != OPEN_INVITATION:
        raise Refused(f"people.invitation.{stage}")
    if password != again:
        raise Invalid.field("again", "people.password.not_the_same")
    printed = found.handed == HANDED_AS_SLIP
    if found.purpose == PASSWORD_PURPOSE:
        set_own_new_password(act, found.person_id, password)
        if printed:
            store_account_reset(act, found.person_id, PASSWORD_RESET_KIND, found.made_by)
    else:
        create_own_account(act, found.person_id, login, password)
        if printed:
            store_and_post_account_reset(act, found.person_id, ISSUED_RESET_KIND, found.made_by)
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
