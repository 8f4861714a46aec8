"""The signed cookie: it holds the key of a session and nothing else. Knows whose it was when it is over."""

from __future__ import annotations

from uuid import UUID

from flask import session

from app.people import commands, queries

KEY = "key"


def key_hash() -> bytes | None:
    """The hash of the key this browser holds, or None."""
    key = session.get(KEY)
    return commands.hash_key(key) if isinstance(key, str) else None


def keep(key: str) -> None:
    """Hold this key and forget whatever was there before."""
    session.clear()
    session[KEY] = key


def whose() -> UUID | None:
    """The person whose session this browser held, living or over; one statement."""
    found = key_hash()
    return queries.owner_of_session(found) if found else None
