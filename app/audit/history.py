"""Read audit entries of an object, a case or a person, with the values that can still be decrypted."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
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
_SEALED_FOR_ANOTHER = {"sealed", "key_of"}
"""The names of a part that is sealed for another person than the data subject."""


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
    subject: UUID | None = None
    offering: UUID | None = None
    unit: UUID | None = None
    group: UUID | None = None
    late: bool = False
    imported: bool = False
    db_user: str = ""


def load_object_audit_entries(object_id: UUID, limit: int = 200) -> list[AuditEntry]:
    """Return the entries of one object, oldest first; two statements."""
    return _load_audit_entries_where(AuditRecord.object_id == object_id, limit)


def load_audit_entries_of_objects(object_ids: Iterable[UUID], limit: int = 1000) -> list[AuditEntry]:
    """Return the entries of several objects together, oldest first; two statements."""
    return _load_audit_entries_where(AuditRecord.object_id.in_(list(object_ids)), limit)


def load_case_audit_entries(case_id: UUID, limit: int = 500) -> list[AuditEntry]:
    """Return the entries of everything done under one case, oldest first; two statements."""
    return _load_audit_entries_where(AuditRecord.case_id == case_id, limit)


def unseal_audit_bodies(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return parsed bodies with their values decrypted, `ERASED_VALUE_TEXT` without their key. One statement."""
    keys = load_existing_person_keys({owner for body in bodies for owner in persons_whose_keys_seal(body)})
    return [unseal_body(body, keys) for body in bodies]


def _load_audit_entries_where(condition: Any, limit: int) -> list[AuditEntry]:
    """Return the entries under the condition, oldest first; two statements."""
    rows = db.session.execute(select(AuditRecord).where(condition).order_by(AuditRecord.id).limit(limit))
    return decrypt_audit_records(rows.scalars())


def decrypt_audit_records(rows: Iterable[AuditRecord]) -> list[AuditEntry]:
    """Return records with their values opened, in the order given; one statement for the keys."""
    records = [(record, json.loads(record.body)) for record in rows]
    keys = load_existing_person_keys(
        {owner for _, body in records for owner in persons_whose_keys_seal(body)}
    )
    return [_decrypt_audit_entry(record, body, keys) for record, body in records]


def persons_whose_keys_seal(body: dict[str, Any]) -> set[UUID]:
    """Return the persons whose keys seal values of this body: the data subject or actor, and those a value names."""
    owner = _person_whose_key_seals_body(body)
    named = {UUID(one) for one in _named_key_owners(body)}
    return named if owner is None else named | {owner}


def _named_key_owners(value: Any) -> Iterator[str]:
    """Yield the person that each sealed part of a value names."""
    if isinstance(value, dict):
        if set(value) == _SEALED_FOR_ANOTHER:
            yield value["key_of"]
        else:
            for part in value.values():
                yield from _named_key_owners(part)
    elif isinstance(value, list):
        for part in value:
            yield from _named_key_owners(part)


def _person_whose_key_seals_body(body: dict[str, Any]) -> UUID | None:
    """Return the person whose key seals the values of this body: the data subject, else the actor."""
    subject = body["subject"] or body["person"]
    return UUID(subject) if subject else None


def _decrypt_audit_entry(record: AuditRecord, body: dict[str, Any], keys: dict[UUID, bytes]) -> AuditEntry:
    """Return the entry of one record."""
    opened = unseal_body(body, keys)
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
        subject=record.subject,
        offering=record.offering_id,
        unit=record.unit_id,
        group=record.group_id,
        late=record.late,
        imported=record.imported,
        db_user=record.db_user,
    )


def unseal_body(body: dict[str, Any], keys: Mapping[UUID, bytes]) -> dict[str, Any]:
    """Return the body of a record with every sealed part decrypted; `ERASED_VALUE_TEXT` where the key is gone."""
    owner = _person_whose_key_seals_body(body)
    opened: dict[str, Any] = _unseal_values(body, owner, keys)
    return opened


def _unseal_values(value: Any, owner: UUID | None, keys: Mapping[UUID, bytes]) -> Any:
    """Return the value with every sealed part in it decrypted."""
    if isinstance(value, dict):
        if set(value) == _SEALED_FOR_ANOTHER:
            return _unseal_value_or_erased(value["sealed"], keys.get(UUID(value["key_of"])))
        if set(value) == {"sealed"}:
            return _unseal_value_or_erased(value["sealed"], keys.get(owner) if owner else None)
        return {name: _unseal_values(part, owner, keys) for name, part in value.items()}
    if isinstance(value, list):
        return [_unseal_values(part, owner, keys) for part in value]
    return value


def _unseal_value_or_erased(ciphertext: str, key: bytes | None) -> Any:
    """Return the decrypted value; `ERASED_VALUE_TEXT` without its key."""
    if key is None:
        return ERASED_VALUE_TEXT
    try:
        return json.loads(unseal_bytes(key, base64.b64decode(ciphertext)))
    except UnreadableSeal:
        return ERASED_VALUE_TEXT
