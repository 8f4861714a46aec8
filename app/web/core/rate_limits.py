"""Slows down guessing: failed sign-ins are counted by login and by address, in Redis, or here when Redis is down."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

BY_LOGIN = "8 per 5 minutes"
BY_ADDRESS = "60 per 5 minutes"


def limiter_for(app: Flask) -> Limiter:
    """The limiter of the application; only routes that ask for it are throttled, also while Redis is down.

    No `in_memory_fallback` of its own: such limits would hold for every page.
    """
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


def failed(response: Response) -> bool:
    """Only refused sign-ins count."""
    return response.status_code in (401, 403)


def login_key() -> str:
    """Whom somebody tries to be."""
    given = request.get_json(silent=True) if request.is_json else request.form
    login = (given or {}).get("login", "") if hasattr(given, "get") else ""
    return f"login:{str(login).strip().casefold()[:80]}"
