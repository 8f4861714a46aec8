"""Keeps what was typed into a form whose session had ended: signed, handed through the sign-in page, shown again."""

from __future__ import annotations

import json
from typing import Any

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

LIFE = 3600
NEVER = frozenset({"csrf_token", "password", "old", "new"})
MOST = 60_000


def carried() -> str:
    """The fields of this POST and where it was going, signed; "" when there is nothing to keep."""
    if request.method != "POST" or request.is_json:
        return ""
    fields = [(key, value) for key, value in request.form.items(multi=True) if key not in NEVER]
    if not fields or sum(len(key) + len(value) for key, value in fields) > MOST:
        return ""
    return str(_signer().dumps({"to": request.full_path.rstrip("?"), "fields": fields}))


def unpack(text: str) -> dict[str, Any] | None:
    """`{to, fields}` of what `carried` made within the last hour, else None."""
    try:
        found = _signer().loads(text, max_age=LIFE)
    except (BadData, json.JSONDecodeError):
        return None
    return found if isinstance(found, dict) else None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="carry")
