"""The signed session cookie: the key of the session and the last few flashed messages."""

from __future__ import annotations

from uuid import UUID

from flask import Response, current_app, session

from app.people import commands, queries

SESSION_KEY_NAME = "key"
FLASHED_MESSAGES_NAME = "_flashes"
GUEST_LOCALE_NAME = "guest_locale"
YEAR_SECONDS = 365 * 86400
MAX_MESSAGES = 5
"""Flashed messages that are kept. Browsers drop a cookie of over 4 KB, and the session with it."""


def signing_secrets() -> list[str]:
    """Return the secrets that signatures are checked with, the present one last, as itsdangerous wants it."""
    return [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]


def session_key_hash() -> bytes | None:
    """Return the hash of the session key in this browser's cookie, or None."""
    key = session.get(SESSION_KEY_NAME)
    return commands.hash_key_for_storage(key) if isinstance(key, str) else None


def store_session_key(key: str) -> None:
    """Store this session key in the cookie and clear everything else in it."""
    session.clear()
    session[SESSION_KEY_NAME] = key


def store_locale_of_guest(locale: str) -> None:
    """Store the language that a guest chose, for the account with which he signs in next."""
    session[GUEST_LOCALE_NAME] = locale


def take_locale_of_guest() -> str | None:
    """Return the language chosen before signing in, once; None where none was chosen."""
    return session.pop(GUEST_LOCALE_NAME, None)


def session_owner_id() -> UUID | None:
    """Return the person of this browser's session, also of one that has ended; one statement."""
    found = session_key_hash()
    return queries.find_session_owner_id(found) if found else None


def set_choice_cookie(response: Response, name: str, value: str) -> Response:
    """Set a cookie with a choice of this browser for a year, protected like the session."""
    secure = current_app.extensions["depter"].settings.needs_secure_cookies
    response.set_cookie(name, value, max_age=YEAR_SECONDS, samesite="Lax", httponly=True, secure=secure)
    return response


def limit_flashed_messages(response: Response) -> Response:
    """Drop all but the newest flashed messages after a request."""
    # A client that posts without ever showing a page would collect messages until the cookie is too large.
    waiting = session.get(FLASHED_MESSAGES_NAME, ())
    if len(waiting) > MAX_MESSAGES:
        session[FLASHED_MESSAGES_NAME] = waiting[-MAX_MESSAGES:]
    return response
