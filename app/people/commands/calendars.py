"""Commands for the secret address of a person's calendar: create, replace, delete. The row keeps a hash of
the secret."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, update
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import record_audit_event
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.outbox.post import post_event
from app.people.commands.sessions import hash_key_for_storage
from app.people.models import CalendarKey

CALENDAR_CREATED_EVENT = "people.calendar.made"
CALENDAR_USE_INTERVAL = timedelta(hours=1)


def create_or_replace_calendar_secret(act: Act) -> str:
    """Create a secret for the calendar of the act's person and return it, once; an earlier secret becomes
    invalid.

    The person is notified, so that an address created by somebody else does not stay unknown (3.2).
    """
    person = _require_acting_person_id(act)
    key = secrets.token_urlsafe(32)
    fresh = {"key_hash": hash_key_for_storage(key), "made_at": act.at, "seen_at": None}
    added = insert(CalendarKey).values(person_id=person, **fresh)
    db.session.execute(added.on_conflict_do_update(index_elements=["person_id"], set_=fresh))
    record_audit_event(act, CALENDAR_CREATED_EVENT, ("people.person", person), None, None, "3.2")
    post_event(
        act,
        CALENDAR_CREATED_EVENT,
        {"recipients": [str(person)], "url": "/account#calendar", "clause": "3.2"},
    )
    return key


def delete_calendar_secret(act: Act) -> None:
    """Delete the address; no effect when there is none."""
    person = _require_acting_person_id(act)
    deleted = delete(CalendarKey).where(CalendarKey.person_id == person).returning(CalendarKey.person_id)
    if db.session.scalar(deleted) is not None:
        record_audit_event(act, "people.calendar.ended", ("people.person", person), None, None, "3.2")


def store_calendar_use_time(person: UUID, at: datetime) -> None:
    """Store the time of use by a calendar program; at most once an hour."""
    db.session.execute(
        update(CalendarKey)
        .where(
            CalendarKey.person_id == person,
            or_(CalendarKey.seen_at.is_(None), CalendarKey.seen_at < at - CALENDAR_USE_INTERVAL),
        )
        .values(seen_at=at)
    )


def _require_acting_person_id(act: Act) -> UUID:
    """Return the person of the act; raises Missing for the system."""
    if act.person is None:
        raise Missing
    return act.person
