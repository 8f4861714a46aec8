"""Commands that open, extend, switch and end login sessions. The row keeps a hash of the key, never the
key."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, update

from app.audit.record import record_audit_event
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people.models import LoginSession

SESSION_LIFETIME = timedelta(hours=12)
"""Lifetime of a session after its last use."""
MAX_SESSION_AGE = timedelta(days=14)
"""Maximum age of a session, even in daily use; then the password is required again (3.2)."""


def hash_key_for_storage(key: str) -> bytes:
    """Return the SHA-256 of a key, as stored."""
    return hashlib.sha256(key.encode()).digest()


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session: its key, returned once, and its person."""

    key: str
    session_id: UUID
    person_id: UUID


def open_login_session(
    act: Act, session_id: UUID, person: UUID, user_agent: str = "", address: str = ""
) -> OpenedSession:
    """Open a session for a person whose password was checked."""
    key = secrets.token_urlsafe(32)
    db.session.add(
        LoginSession(
            id=session_id,
            key_hash=hash_key_for_storage(key),
            person_id=person,
            created_at=act.at,
            seen_at=act.at,
            expires_at=act.at + SESSION_LIFETIME,
            user_agent=user_agent[:200],
            address=address[:60],
        )
    )
    db.session.flush()
    record_audit_event(
        act, "people.session.opened", ("people.login_session", session_id), None, {"person": person}
    )
    return OpenedSession(key, session_id, person)


def end_own_session(act: Act, session_id: UUID) -> None:
    """End a session of the act's person; no effect when it is over. Raises Missing."""
    session = db.session.get(LoginSession, session_id)
    if session is None or session.person_id != act.person:
        raise Missing
    if session.revoked_at is None:
        session.revoked_at = act.at
        record_audit_event(act, "people.session.ended", ("people.login_session", session_id), None, None)


def end_all_sessions_of_person(act: Act, person: UUID, but: UUID | None = None) -> None:
    """End every active session of a person except `but`."""
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.person_id == person, LoginSession.revoked_at.is_(None), LoginSession.id != but)
        .values(revoked_at=act.at)
    )
    record_audit_event(act, "people.session.all_ended", ("people.person", person), None, None)


def extend_login_session(act: Act, session_id: UUID) -> None:
    """Store the time of use and extend the session; called at most once every few minutes."""
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id)
        .values(
            seen_at=act.at,
            expires_at=func.least(act.at + SESSION_LIFETIME, LoginSession.created_at + MAX_SESSION_AGE),
        )
    )


def switch_acting_role(
    act: Act, session_id: UUID, role: str | None, unit: UUID | None, on_behalf_of: UUID | None
) -> None:
    """Set the active role, or the person acted for. The web layer has checked that both are allowed."""
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.person_id == act.person)
        .values(role=role, unit_id=unit, on_behalf_of=on_behalf_of)
    )
    after = {"role": role, "unit": unit, "on_behalf_of": on_behalf_of}
    record_audit_event(
        act, "people.session.role_switched", ("people.login_session", session_id), None, after, "3.2"
    )
