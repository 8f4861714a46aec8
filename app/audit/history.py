"""Read audit entries of an object, a case or a person, with the values that can still be decrypted."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.keys import load_existing_person_keys
from app.audit.models import AuditRecord
from app.kernel.db import db
from app.kernel.sealing import UnreadableSeal, unseal_bytes

ERASED_VALUE_TEXT = "…"
"""Replaces a value that was erased with the key of its data subject."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One audit record with decrypted values."""

    id: int
    recorded_at: datetime
    at: datetime
    event_type: str
    object: tuple[str, UUID]
    person: UUID | None
    on_behalf_of: UUID | None
    case: UUID | None
    clause: str | None
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def load_object_audit_entries(object_id: UUID, limit: int = 200) -> list[AuditEntry]:
    """Return the entries of one object, oldest first; two statements."""
    return _load_audit_entries_where(AuditRecord.object_id == object_id, limit)


def load_audit_entries_of_objects(object_ids: Iterable[UUID], limit: int = 1000) -> list[AuditEntry]:
    """Return the entries of several objects together, oldest first; two statements."""
    return _load_audit_entries_where(AuditRecord.object_id.in_(list(object_ids)), limit)


def load_case_audit_entries(case_id: UUID, limit: int = 500) -> list[AuditEntry]:
    """Return the entries of everything done under one case, oldest first; two statements."""
    return _load_audit_entries_where(AuditRecord.case_id == case_id, limit)


def _load_audit_entries_where(condition: Any, limit: int) -> list[AuditEntry]:
    """Return the entries under the condition, oldest first; two statements."""
    rows = db.session.execute(select(AuditRecord).where(condition).order_by(AuditRecord.id).limit(limit))
    records = [(record, json.loads(record.body)) for record in rows.scalars()]
    owners = {_person_whose_key_seals_body(body) for _, body in records}
    keys = load_existing_person_keys({owner for owner in owners if owner})
    return [_decrypt_audit_entry(record, body, keys) for record, body in records]


def _person_whose_key_seals_body(body: dict[str, Any]) -> UUID | None:
    """Return the person whose key seals the values of this body: the data subject, else the actor."""
    subject = body["subject"] or body["person"]
    return UUID(subject) if subject else None


def _decrypt_audit_entry(record: AuditRecord, body: dict[str, Any], keys: dict[UUID, bytes]) -> AuditEntry:
    """Return the entry of one record."""
    owner = _person_whose_key_seals_body(body)
    opened = _unseal_values(body, keys.get(owner) if owner else None)
    return AuditEntry(
        id=record.id,
        recorded_at=record.recorded_at,
        at=datetime.fromisoformat(body["at"]),
        event_type=record.event_type,
        object=(record.object_kind, record.object_id),
        person=record.person,
        on_behalf_of=UUID(body["on_behalf_of"]) if body["on_behalf_of"] else None,
        case=record.case_id,
        clause=body["clause"],
        reason=opened["reason"],
        before=opened["before"],
        after=opened["after"],
    )


def _unseal_values(value: Any, key: bytes | None) -> Any:
    """Return the value with every sealed part in it decrypted."""
    if isinstance(value, dict):
        if set(value) == {"sealed"}:
            return _unseal_value_or_erased(value["sealed"], key)
        return {name: _unseal_values(part, key) for name, part in value.items()}
    if isinstance(value, list):
        return [_unseal_values(part, key) for part in value]
    return value


def _unseal_value_or_erased(ciphertext: str, key: bytes | None) -> Any:
    """Return the decrypted value; `ERASED_VALUE_TEXT` without its key."""
    if key is None:
        return ERASED_VALUE_TEXT
    try:
        return json.loads(unseal_bytes(key, base64.b64decode(ciphertext)))
    except UnreadableSeal:
        return ERASED_VALUE_TEXT
