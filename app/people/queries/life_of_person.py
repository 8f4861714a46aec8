"""What the trace of a person shows beside his deeds: his account, who could enter it, and for whom he acted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true

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


def load_account_life(
    person: UUID, in_days: Callable[[Any], ColumnElement[bool]] | None = None
) -> AccountLife:
    """Return the account of a person with its resets, invitations and the number of its sessions; four statements.

    `in_days` makes of a column the condition that its moment lies in the days of a limited reader; None: every day.
    """

    def seen(column: Any) -> ColumnElement[bool]:
        return in_days(column) if in_days is not None else true()

    account = db.session.get(Account, person)
    sessions, last = db.session.execute(
        select(func.count(), func.max(LoginSession.created_at)).where(
            LoginSession.person_id == person, seen(LoginSession.created_at)
        )
    ).one()
    resets = select(AccountReset).where(AccountReset.person_id == person, seen(AccountReset.at))
    invitations = select(Invitation).where(Invitation.person_id == person, seen(Invitation.made_at))
    return AccountLife(
        account.login if account else None,
        account.disabled_at if account else None,
        sessions,
        last,
        db.session.scalars(resets.order_by(AccountReset.at.desc()).limit(MAX_RESETS)).all(),
        db.session.scalars(invitations.order_by(Invitation.made_at.desc()).limit(MAX_RESETS)).all(),
    )
