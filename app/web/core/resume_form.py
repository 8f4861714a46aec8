"""Keeps what was typed into a form whose session had ended: signed, handed through the sign-in page, shown again.

Only to the person who typed it. A browser that never held a session of ours carries nothing, so nobody can have
fields of his own choice shown to somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from app.texts.translate import gettext as _
from app.texts.translate import mark
from app.web.core.session_cookie import whose

LIFE = 3600
NEVER = frozenset({"csrf_token", "password", "old", "new"})
MOST = 60_000


LABELS = {
    "reason": mark("Reason"),
    "text": mark("Comment"),
    "topic": mark("Topic"),
    "methods": mark("Methods"),
    "task": mark("Task"),
}
"""What a field is called where somebody reads again what he typed into it."""


def shown(fields: Iterable[Sequence[str]]) -> list[SimpleNamespace]:
    """The fields as the page of resuming draws them; `label` is empty for what nobody typed by hand."""
    return [SimpleNamespace(key=key, value=value, label=_label(key, value)) for key, value in fields]


def _label(key: str, value: str) -> str:
    if not value.strip() or key == "decision":
        return ""
    if key in LABELS:
        return _(LABELS[key])
    by_hand = not value.isascii() or any(sign.isspace() for sign in value)
    return _("What you typed") if by_hand else ""


def typed() -> list[tuple[str, str]]:
    """The fields of this POST that may be shown again; [] when there are none or far too many."""
    if request.method != "POST" or request.is_json:
        return []
    fields = [(key, value) for key, value in request.form.items(multi=True) if key not in NEVER]
    return fields if sum(len(key) + len(value) for key, value in fields) <= MOST else []


def carried() -> str:
    """The fields of this POST, where it was going and who typed it, signed; "" when there is nothing to keep."""
    fields = typed()
    person = whose() if fields else None
    if person is None:
        return ""
    kept = {"to": request.full_path.rstrip("?"), "fields": fields, "person": str(person)}
    return str(_signer().dumps(kept))


def unpack(text: str, person: UUID) -> dict[str, Any] | None:
    """`{to, fields}` of what `carried` made of this person's typing within the last hour, else None."""
    try:
        found = _signer().loads(text, max_age=LIFE)
    except (BadData, json.JSONDecodeError):
        return None
    return found if isinstance(found, dict) and found.get("person") == str(person) else None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="carry")
