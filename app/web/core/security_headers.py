"""Security headers from the first page: a strict content policy, no framing, no sniffing, caching told apart."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_talisman import Talisman

from app.web.core import static_files

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": ["'self'", "data:"],
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
DRAWS = frozenset({"inbox", "tasks", "cases", "processes"})
"""Rooms whose pages draw diagrams: the drawing sets style attributes, and nothing else may. What is missing there is
answered as anywhere else, to the last header."""


def install(app: Flask) -> None:
    """Set the headers of every answer."""
    secure = app.extensions["depter"].settings.secure_cookies
    app.after_request(_finish)
    Talisman(
        app,
        force_https=False,
        strict_transport_security=secure,
        session_cookie_secure=secure,
        session_cookie_http_only=True,
        session_cookie_samesite="Lax",
        content_security_policy=POLICY,
        referrer_policy="same-origin",
        frame_options="DENY",
    )


def _finish(response: Response) -> Response:
    drawn = request.blueprint in DRAWS and response.status_code != 404
    if drawn and "Content-Security-Policy" in response.headers:
        response.headers["Content-Security-Policy"] += "; style-src-attr 'unsafe-inline'"
    if request.endpoint == "static":
        response.headers["Cache-Control"] = static_files.caching()
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-store"
    return response
