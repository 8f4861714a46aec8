"""Queries of the account pages of one person: active sessions, substitutions, roles, account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select

from app.audit.words import unseal_texts
from app.kernel.act import ReadingLimits
from app.kernel.db import db
from app.people.audit_limits_rules import build_limits
from app.people.models import Account, LoginSession, RoleGrant, Substitute
from app.people.queries import load_names


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One active session."""

    id: UUID
    user_agent: str
    address: str
    created_at: datetime
    seen_at: datetime


def load_active_sessions(person: UUID, now: datetime) -> Sequence[SessionRow]:
    """Return active sessions, last used first, at most 50; one statement."""
    found = db.session.execute(
        select(
            LoginSession.id,
            LoginSession.user_agent,
            LoginSession.address,
            LoginSession.created_at,
            LoginSession.seen_at,
        )
        .where(
            LoginSession.person_id == person,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
        )
        .order_by(LoginSession.seen_at.desc())
        .limit(50)
    )
    return [SessionRow(*row) for row in found]


@dataclass(frozen=True, slots=True)
class SubstitutionRow:
    """One substitution, named by the person (`mine`) or naming him as substitute."""

    id: UUID
    mine: bool
    absent: str
    substitute: str
    role: str | None
    valid_from: date
    valid_until: date
    reason: str


def load_unended_substitutions(person: UUID, today: date) -> Sequence[SubstitutionRow]:
    """Return current and future substitutions by and for the person; at most three statements."""
    found = db.session.scalars(
        select(Substitute)
        .where(
            or_(Substitute.absent_id == person, Substitute.substitute_id == person),
            Substitute.revoked_at.is_(None),
            Substitute.valid_until >= today,
        )
        .order_by(Substitute.valid_from)
    ).all()
    reasons = unseal_texts((row.absent_id, row.reason) for row in found)
    known = load_names([each for row in found for each in (row.absent_id, row.substitute_id)])
    return [
        SubstitutionRow(
            id=row.id,
            mine=row.absent_id == person,
            absent=known[row.absent_id].full,
            substitute=known[row.substitute_id].full,
            role=row.role,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            reason=reason,
        )
        for row, reason in zip(found, reasons, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class RoleGrantRow:
    """One role of a person: past, current or future."""

    id: UUID
    role: str
    unit: UUID | None
    deputy: bool
    valid_from: date
    valid_until: date | None
    from_outside: bool = False
    limits: ReadingLimits | None = None


def load_person_role_grants(person: UUID) -> Sequence[RoleGrantRow]:
    """Return every role of a person, newest first; one statement."""
    found = db.session.execute(
        select(
            RoleGrant.id,
            RoleGrant.role,
            RoleGrant.unit_id,
            RoleGrant.deputy,
            RoleGrant.valid_from,
            RoleGrant.valid_until,
            RoleGrant.from_outside,
            RoleGrant.covers_from,
            RoleGrant.covers_until,
            RoleGrant.kinds,
        )
        .where(RoleGrant.person_id == person)
        .order_by(RoleGrant.valid_from.desc(), RoleGrant.id)
    )
    return [
        RoleGrantRow(*row[:7], build_limits(row.covers_from, row.covers_until, row.kinds)) for row in found
    ]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """The account of a person."""

    login: str
    closed_at: datetime | None


def find_account(person: UUID) -> AccountRow | None:
    """Return the account of a person, or None; one statement."""
    row = db.session.execute(
        select(Account.login, Account.disabled_at).where(Account.person_id == person)
    ).one_or_none()
    return AccountRow(*row) if row else None
