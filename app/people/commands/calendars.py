"""The secret address of a person's calendar: made, made anew, taken away. The row keeps a hash, never the secret."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, update
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import record
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.outbox.post import post
from app.people.commands.sessions import hash_key
from app.people.models import CalendarKey

MADE = "people.calendar.made"
NOTED_EVERY = timedelta(hours=1)


def make_calendar(act: Act) -> str:
    """A new secret for the calendar of the act's person; answered once, an earlier one opens nothing any more.

    The person is told, so that an address made by somebody else does not stay unknown (3.2).
    """
    person = _oneself(act)
    key = secrets.token_urlsafe(32)
    fresh = {"key_hash": hash_key(key), "made_at": act.at, "seen_at": None}
    added = insert(CalendarKey).values(person_id=person, **fresh)
    db.session.execute(added.on_conflict_do_update(index_elements=["person_id"], set_=fresh))
    record(act, MADE, ("people.person", person), None, None, "3.2")
    post(act, MADE, {"recipients": [str(person)], "url": "/account#calendar", "clause": "3.2"})
    return key


def end_calendar(act: Act) -> None:
    """Take the address away; harmless when there is none."""
    person = _oneself(act)
    gone = delete(CalendarKey).where(CalendarKey.person_id == person).returning(CalendarKey.person_id)
    if db.session.scalar(gone) is not None:
        record(act, "people.calendar.ended", ("people.person", person), None, None, "3.2")


def note_calendar_use(person: UUID, at: datetime) -> None:
    """Remember that a program asked for it; at most once an hour."""
    db.session.execute(
        update(CalendarKey)
        .where(
            CalendarKey.person_id == person,
            or_(CalendarKey.seen_at.is_(None), CalendarKey.seen_at < at - NOTED_EVERY),
        )
        .values(seen_at=at)
    )


def _oneself(act: Act) -> UUID:
    if act.person is None:
        raise Missing
    return act.person
