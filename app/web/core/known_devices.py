"""The cookie by which a browser is known: the last user names that signed in with it, as keyed hashes.

Wrong passwords from elsewhere do not lock out a browser that a person has used before.
"""

from __future__ import annotations

import hashlib
import hmac

from flask import Response, request
from itsdangerous import BadSignature, URLSafeSerializer

from app.web.core.session_cookie import set_choice_cookie, signing_secrets

DEVICE_COOKIE_NAME = "device"
MAX_KNOWN_LOGINS = 20
"""User names that one browser is known for: a computer room has many users."""


def is_known_device(login: str) -> bool:
    """Return whether somebody signed in with this user name in this browser before."""
    marks = _read_login_hashes_from_cookie()
    return any(_keyed_login_hash(login, secret) in marks for secret in signing_secrets())


def remember_device(response: Response, login: str) -> Response:
    """Set the cookie that makes this browser known for the user name."""
    mark = _keyed_login_hash(login, signing_secrets()[-1])
    marks = [mark, *(one for one in _read_login_hashes_from_cookie() if one != mark)][:MAX_KNOWN_LOGINS]
    return set_choice_cookie(response, DEVICE_COOKIE_NAME, str(_device_cookie_serializer().dumps(marks)))


def _read_login_hashes_from_cookie() -> list[str]:
    """Return the marks in the cookie; [] for none, or for one that is not ours."""
    try:
        found = _device_cookie_serializer().loads(request.cookies.get(DEVICE_COOKIE_NAME, ""))
    except BadSignature:
        return []
    return [str(one) for one in found] if isinstance(found, list) else []


def _device_cookie_serializer() -> URLSafeSerializer:
    return URLSafeSerializer(signing_secrets(), salt="depter.device")


def _keyed_login_hash(login: str, secret: str) -> str:
    """Return the keyed hash of a user name, so that the cookie names nobody."""
    return hmac.new(
        secret.encode(), f"device:{login.strip().casefold()}".encode(), hashlib.sha256
    ).hexdigest()[:16]
