"""Append audit records in the transaction of the change they describe (1.4.4).

The body is canonical JSON, so the same event always has the same bytes. Values about a person and free text
are wrapped in `PrivateValue` by the caller and stored encrypted under the key of that person (`subject`).
Destroying the key erases them and leaves every hash as it was.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.audit.keys import load_or_create_person_keys
from app.audit.models import AuditRecord
from app.kernel.act import Act
from app.kernel.canonical import canonical_json
from app.kernel.prepared import PreparedInsert, open_pipeline
from app.kernel.sealing import seal_bytes

AUDIT_BODY_FORMAT = 1
INSERT_AUDIT_RECORD = PreparedInsert(
    AuditRecord,
    "format",
    "event_type",
    "object_kind",
    "object_id",
    "person",
    "case_id",
    "body",
    # The application may not choose the number of a record, and a rehearsal must not draw one of the sequence.
    rehearsed=False,
)


@dataclass(frozen=True, slots=True)
class PrivateValue:
    """A value that needs the data subject's key to be read: a mark, a reason, a name."""

    value: Any


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One audit event to append.

    `object` is (kind, id), e.g. ("journal.cell", id), `clause` its clause,
    `subject` the person its `PrivateValue` values belong to.
    """

    event_type: str
    object: tuple[str, UUID]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    clause: str | None = None
    subject: UUID | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def record_audit_event(
    act: Act,
    event_type: str,
    object: tuple[str, UUID],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    clause: str | None = None,
    *,
    subject: UUID | None = None,
) -> None:
    """Append one audit event to the running transaction; its `PrivateValue` values belong to `subject`."""
    record_audit_events(act, [AuditEvent(event_type, object, before, after, clause, subject)])


def record_audit_events(act: Act, events: Sequence[AuditEvent]) -> None:
    """Append many audit events in one round trip."""
    if not events:
        return
    audit_rows = build_sealed_audit_rows(act, events)
    with open_pipeline() as pipe:
        pipe.send_statement(INSERT_AUDIT_RECORD, *audit_rows)


def build_sealed_audit_rows(act: Act, events: Sequence[AuditEvent]) -> list[dict[str, Any]]:
    """Return the rows of these events for `INSERT_AUDIT_RECORD`; load or create the keys they need."""
    data_subjects = {
        event.subject or act.person for event in events if act.reason or _event_has_private_values(event)
    }
    keys = load_or_create_person_keys({data_subject for data_subject in data_subjects if data_subject})
    return [_build_sealed_audit_row(act, event, keys) for event in events]


def _build_sealed_audit_row(act: Act, event: AuditEvent, keys: Mapping[UUID, bytes]) -> dict[str, Any]:
    """Return the row of one event, with its private values sealed."""
    data_subject = event.subject or act.person
    key = keys.get(data_subject) if data_subject else None
    body = {
        "format": AUDIT_BODY_FORMAT,
        "event_type": event.event_type,
        "object": {"kind": event.object[0], "id": str(event.object[1])},
        "at": _json_value_with_sealed_parts(act.at, None),
        "person": _json_value_with_sealed_parts(act.person, None),
        "on_behalf_of": _json_value_with_sealed_parts(act.on_behalf_of, None),
        "case": _json_value_with_sealed_parts(act.case, None),
        "clause": event.clause,
        "subject": _json_value_with_sealed_parts(event.subject, None),
        "reason": _json_value_with_sealed_parts(PrivateValue(act.reason), key) if act.reason else None,
        "before": _json_value_with_sealed_parts(event.before, key),
        "after": _json_value_with_sealed_parts(event.after, key),
    }
    return {
        "format": AUDIT_BODY_FORMAT,
        "event_type": event.event_type,
        "object_kind": event.object[0],
        "object_id": event.object[1],
        "person": act.person,
        "case_id": act.case,
        "body": canonical_json(body).decode(),
    }


def _json_value_with_sealed_parts(value: Any, key: bytes | None) -> Any:
    """Return the value as canonical JSON can hold it; seal `PrivateValue` parts under the key, if there is one."""
    if isinstance(value, PrivateValue):
        text = json.dumps(_json_value_with_sealed_parts(value.value, key), ensure_ascii=False)
        return (
            {"sealed": base64.b64encode(seal_bytes(key, text.encode())).decode()} if key else json.loads(text)
        )
    if isinstance(value, Mapping):
        return {str(name): _json_value_with_sealed_parts(item, key) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_value_with_sealed_parts(item, key) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, (UUID, date, Decimal)):
        return str(value)
    return value


def _event_has_private_values(event: AuditEvent) -> bool:
    """Return whether the event has private values."""
    return _has_nested_private_value(event.before) or _has_nested_private_value(event.after)


def _has_nested_private_value(value: Any) -> bool:
    """Return whether a private value is anywhere inside this value."""
    if isinstance(value, PrivateValue):
        return True
    if isinstance(value, Mapping):
        return any(_has_nested_private_value(item) for item in value.values())
    return isinstance(value, (list, tuple)) and any(_has_nested_private_value(item) for item in value)
