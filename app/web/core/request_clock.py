"""The time of the current request, read from the application's clock once."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, g


def request_time() -> datetime:
    """Return the time of this request, an aware datetime in UTC; the same value for the whole request."""
    if "now" not in g:
        g.now = current_app.extensions["depter"].clock()
    return g.now
