"""Rate limits of sign-in: failures are counted by login and by address, in Redis, else in memory."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

LIMIT_BY_LOGIN = "8 per 5 minutes"
LIMIT_BY_ADDRESS = "60 per 5 minutes"


def create_limiter(app: Flask) -> Limiter:
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
    """Return the key of the limit by login, from the form or the JSON body."""
    given = request.get_json(silent=True) if request.is_json else request.form
    login = (given or {}).get("login", "") if hasattr(given, "get") else ""
    return f"login:{str(login).strip().casefold()[:80]}"
