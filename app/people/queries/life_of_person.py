"""What the trace of a person shows beside his deeds: his account, who could enter it, and for whom he acted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.kernel.db import db
from app.people.models import Account, AccountReset, Invitation, LoginSession

MAX_RESETS = 50


@dataclass(frozen=True, slots=True)
class AccountLife:
    """An account (`login` None: there is none), its sessions, and the newest of its resets and invitations."""

    login: str | None
    disabled_at: datetime | None
    sessions: int
    last_session_at: datetime | None
    resets: Sequence[AccountReset]
    invitations: Sequence[Invitation]


def load_account_life(person: UUID) -> AccountLife:
    """Return the account of a person with its resets, invitations and the number of its sessions; four statements."""
    account = db.session.get(Account, person)
    sessions, last = db.session.execute(
        select(func.count(), func.max(LoginSession.created_at)).where(LoginSession.person_id == person)
    ).one()
    resets = select(AccountReset).where(AccountReset.person_id == person)
    invitations = select(Invitation).where(Invitation.person_id == person)
    return AccountLife(
        account.login if account else None,
        account.disabled_at if account else None,
        sessions,
        last,
        db.session.scalars(resets.order_by(AccountReset.at.desc()).limit(MAX_RESETS)).all(),
        db.session.scalars(invitations.order_by(Invitation.made_at.desc()).limit(MAX_RESETS)).all(),
    )
