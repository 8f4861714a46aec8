"""Typed form fields that survive the end of a session: signed, passed through the sign-in page, shown again.

They are shown only to the person who typed them. A browser that never held a session gets none, so nobody can
have fields of his own choice shown to another person.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import request
from itsdangerous import BadData, URLSafeTimedSerializer

from app.texts.translate import N_
from app.texts.translate import gettext as _
from app.web.core.session_cookie import session_owner_id, signing_secrets

LIFETIME_SECONDS = 3600
UNSAVED_FIELDS = frozenset({"csrf_token", "password", "old", "new", "again"})
MAX_CHARACTERS = 60_000


TYPED_FIELD_LABELS = {
    "reason": N_("Reason"),
    "text": N_("Comment"),
    "topic": N_("Topic"),
    "methods": N_("Methods"),
    "task": N_("Task"),
}
"""Labels of fields on the page that shows typed fields again."""


def posted_field_views(fields: Iterable[Sequence[str]]) -> list[SimpleNamespace]:
    """Return the fields for `resume.html`; `label` is "" for a field that nobody typed by hand."""
    return [
        SimpleNamespace(key=key, value=value, label=_posted_field_label(key, value)) for key, value in fields
    ]


def _posted_field_label(key: str, value: str) -> str:
    """Return the label of a field; "" when its value was not typed by hand."""
    if not value.strip() or key == "decision":
        return ""
    if key in TYPED_FIELD_LABELS:
        return _(TYPED_FIELD_LABELS[key])
    # Hidden fields hold ids and codes: ASCII without a space.
    by_hand = not value.isascii() or any(sign.isspace() for sign in value)
    return _("What you typed") if by_hand else ""


def read_resendable_posted_fields() -> list[tuple[str, str]]:
    """Return the fields of this POST that may be shown again; [] when there are none or they are too long."""
    if request.method != "POST" or request.is_json:
        return []
    fields = [(key, value) for key, value in request.form.items(multi=True) if key not in UNSAVED_FIELDS]
    return fields if sum(len(key) + len(value) for key, value in fields) <= MAX_CHARACTERS else []


def sign_posted_fields() -> str:
    """Return fields, address and person of this POST, signed; "" when there is nothing to keep."""
    fields = read_resendable_posted_fields()
    person = session_owner_id() if fields else None
    if person is None:
        return ""
    payload = {"to": request.full_path.rstrip("?"), "fields": fields, "person": str(person)}
    return str(_posted_fields_signer().dumps(payload))


def verified_posted_fields_or_none(text: str, person: UUID) -> dict[str, Any] | None:
    """Return `{to, fields}` that this person typed within the last hour, from the signed text; else None."""
    try:
        found = _posted_fields_signer().loads(text, max_age=LIFETIME_SECONDS)
    except (BadData, json.JSONDecodeError):
        return None
    return found if isinstance(found, dict) and found.get("person") == str(person) else None


def _posted_fields_signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(signing_secrets(), salt="carry")
