"""The moment of this request: read from the application's clock once, the same for everything it does."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, g


def now() -> datetime:
    """Aware, UTC."""
    if "now" not in g:
        g.now = current_app.extensions["depter"].clock()
    return g.now
