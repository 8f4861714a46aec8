"""Reads what was recorded of an object, a case or a person, with the values that may still be read."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.keys import readable_keys
from app.audit.models import AuditRecord
from app.kernel.db import db
from app.kernel.sealing import Unreadable, unseal

ERASED = "…"
"""Stands where a value was erased with its subject's key."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record, opened."""

    id: int
    recorded_at: datetime
    at: datetime
    fact: str
    object: tuple[str, UUID]
    person: UUID | None
    on_behalf_of: UUID | None
    case: UUID | None
    clause: str | None
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def of_object(object_id: UUID, limit: int = 200) -> list[Entry]:
    """The life of one object, oldest first; two statements."""
    return _entries(AuditRecord.object_id == object_id, limit)


def of_objects(object_ids: Iterable[UUID], limit: int = 1000) -> list[Entry]:
    """The lives of several objects together, oldest first; two statements."""
    return _entries(AuditRecord.object_id.in_(list(object_ids)), limit)


def of_case(case_id: UUID, limit: int = 500) -> list[Entry]:
    """Everything done under one case, oldest first; two statements."""
    return _entries(AuditRecord.case_id == case_id, limit)


def _entries(condition: Any, limit: int) -> list[Entry]:
    found = db.session.execute(select(AuditRecord).where(condition).order_by(AuditRecord.id).limit(limit))
    records = [(record, json.loads(record.body)) for record in found.scalars()]
    owners = {_owner(body) for _, body in records}
    keys = readable_keys({owner for owner in owners if owner})
    return [_entry(record, body, keys) for record, body in records]


def _owner(body: dict[str, Any]) -> UUID | None:
    subject = body["subject"] or body["person"]
    return UUID(subject) if subject else None


def _entry(record: AuditRecord, body: dict[str, Any], keys: dict[UUID, bytes]) -> Entry:
    owner = _owner(body)
    opened = _open(body, keys.get(owner) if owner else None)
    return Entry(
        id=record.id,
        recorded_at=record.recorded_at,
        at=datetime.fromisoformat(body["at"]),
        fact=record.fact,
        object=(record.object_kind, record.object_id),
        person=record.person,
        on_behalf_of=UUID(body["on_behalf_of"]) if body["on_behalf_of"] else None,
        case=record.case_id,
        clause=body["clause"],
        reason=opened["reason"],
        before=opened["before"],
        after=opened["after"],
    )


def _open(value: Any, key: bytes | None) -> Any:
    if isinstance(value, dict):
        if set(value) == {"sealed"}:
            return _unsealed(value["sealed"], key)
        return {name: _open(part, key) for name, part in value.items()}
    if isinstance(value, list):
        return [_open(part, key) for part in value]
    return value


def _unsealed(sealed: str, key: bytes | None) -> Any:
    if key is None:
        return ERASED
    try:
        return json.loads(unseal(key, base64.b64decode(sealed)))
    except Unreadable:
        return ERASED
