"""Rate limits of sign-in and of passwords: refusals are counted in Redis, else in memory.

Wrong passwords are counted by user name and address together, so that nobody locks a colleague out; in a browser that
is known for the user name they are counted apart. An address alone has a wide limit, which a known browser is free of:
many people share the address of a building.
"""

from __future__ import annotations

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from app.web.core.known_devices import is_known_device

LIMIT_BY_LOGIN = "8 per 5 minutes"
LIMIT_BY_ADDRESS = "300 per 5 minutes"
LIMIT_OF_PASSWORD_CHANGES = "8 per 5 minutes"
LIMIT_OF_LETTERS_BY_LOGIN = "3 per 1 hour"
LIMIT_OF_LETTERS_BY_ADDRESS = "60 per 1 hour"
"""Requests for a new password by mail: each counts, because each may send a letter to somebody else."""


def create_rate_limiter(app: Flask) -> Limiter:
    """Create the limiter of the application; only routes decorated with a limit are limited."""
    # No `in_memory_fallback`: such limits would apply to every page.
    url = app.extensions["depter"].settings.redis_url
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=url.replace("unix://", "redis+unix://", 1),
        in_memory_fallback_enabled=True,
        key_prefix="depter:throttle",
        headers_enabled=False,
    )
    app.extensions["depter.limiter"] = limiter
    return limiter


def is_refused_sign_in(response: Response) -> bool:
    """Return whether a response counts against the limit: only refused sign-ins do."""
    return response.status_code in (401, 403)


def login_rate_limit_key() -> str:
    """Return the key of the limit by login: with the address, or for a browser that is known for it."""
    login = _posted_login()
    place = "known" if is_known_device(login) else get_remote_address()
    return f"login:{place}:{login}"


def posted_login_rate_limit_key() -> str:
    """Return the key of a limit by the login that was typed, from whatever address."""
    return f"letters:{_posted_login()}"


def is_from_known_device() -> bool:
    """Return whether the browser is known for the login that was typed."""
    return is_known_device(_posted_login())


def _posted_login() -> str:
    """Return the login of the form or of the JSON body, case-folded; "" when there is none."""
    given = request.get_json(silent=True) if request.is_json else request.form
    login = (given or {}).get("login", "") if hasattr(given, "get") else ""
    return str(login).strip().casefold()[:80]


def is_refused_form_response(response: Response) -> bool:
    """Return whether a form was refused; only refusals count against the limit of password changes."""
    return response.status_code == 422
