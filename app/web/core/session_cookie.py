"""The signed cookie: it holds the key of a session and the last few messages. Knows whose it was when it is over."""

from __future__ import annotations

from uuid import UUID

from flask import Response, current_app, session

from app.people import commands, queries

KEY = "key"
MESSAGES = "_flashes"
YEAR = 365 * 86400
FEW = 5
"""Messages that wait for a page to show them. A browser throws a cookie of over 4 KB away, and the session with it."""


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


def remember(response: Response, name: str, value: str) -> Response:
    """Keep a choice of this browser for a year, under the same protection as the session."""
    secure = current_app.extensions["depter"].settings.secure_cookies
    response.set_cookie(name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=secure)
    return response


def keep_few_messages(response: Response) -> Response:
    """After each request: who posts and never looks at a page keeps his session all the same."""
    waiting = session.get(MESSAGES, ())
    if len(waiting) > FEW:
        session[MESSAGES] = waiting[-FEW:]
    return response
