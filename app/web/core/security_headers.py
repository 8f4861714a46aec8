"""Security headers of every response: content security policy, framing, sniffing, caching."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_talisman import Talisman

from app.web.core import static_files

CONTENT_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": ["'self'", "data:"],
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
DIAGRAM_BLUEPRINTS = frozenset({"inbox", "tasks", "cases", "processes", "studio", "incidents"})
"""Blueprints whose pages draw diagrams: only these drawings may set style attributes."""


FRAMED_ENDPOINTS = frozenset({"studio.show_form_preview"})
"""Pages that our own pages show in a frame: they hold nothing that can be sent."""


def install_security_headers(app: Flask) -> None:
    """Set the security headers of every response."""
    secure = app.extensions["depter"].settings.needs_secure_cookies
    app.after_request(_set_style_and_cache_headers)
    Talisman(
        app,
        force_https=False,
        strict_transport_security=secure,
        session_cookie_secure=secure,
        session_cookie_http_only=True,
        session_cookie_samesite="Lax",
        content_security_policy=CONTENT_POLICY,
        referrer_policy="same-origin",
        frame_options="DENY",
    )


def _set_style_and_cache_headers(response: Response) -> Response:
    """Allow style attributes on pages with diagrams and frames of our own, and set Cache-Control."""
    # A 404 must not differ between blueprints, in no header: it would reveal that an object exists.
    has_diagram = request.blueprint in DIAGRAM_BLUEPRINTS and response.status_code != 404
    if has_diagram and "Content-Security-Policy" in response.headers:
        response.headers["Content-Security-Policy"] += "; style-src-attr 'unsafe-inline'"
    if request.endpoint in FRAMED_ENDPOINTS and response.status_code == 200:
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        policy = response.headers.get("Content-Security-Policy", "")
        response.headers["Content-Security-Policy"] = policy.replace(
            "frame-ancestors 'none'", "frame-ancestors 'self'"
        )
    if request.endpoint == "static":
        response.headers["Cache-Control"] = static_files.static_cache_control()
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-store"
    return response
