"""Append audit records in the transaction of the change they describe (1.4.4).

The body is canonical JSON, so the same event always has the same bytes. Values about a person and free text
are wrapped in `PrivateValue` by the caller and stored encrypted under the key of that person (`subject`).
Destroying the key erases them and leaves every hash as it was. What `before` and `after` do not say and a replay needs
to build the rows of the event again is in `rows` (`audit.replay`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit.about import find_what_deed_is_about
from app.audit.keys import load_or_create_person_keys
from app.audit.models import AuditRecord
from app.audit.stored_rows import StoredRow, rows_as_audit_values, split_rows, take_stored_rows
from app.kernel import door
from app.kernel.act import Act
from app.kernel.canonical import canonical_json
from app.kernel.db import db
from app.kernel.prepared import PreparedInsert, open_pipeline
from app.kernel.sealing import seal_bytes

_RECORDS_PER_STATEMENT = 1000
"""Records in one INSERT: those of an import can have many rows."""
ROWS_STORED = "audit.rows.stored"
"""The event of rows that no other record of their act holds: written after the last one, or too many for one."""
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
    "at",
    "on_behalf_of",
    "subject",
    "clause",
    "offering_id",
    "unit_id",
    "group_id",
    "late",
    "imported",
    # The application may not choose the number of a record, and a rehearsal must not draw one of the sequence.
    rehearsed=False,
)


@dataclass(frozen=True, slots=True)
class PrivateValue:
    """A value that needs the data subject's key to be read: a mark, a reason, a name. `of` is the person whose key it
    needs, None: the subject of its event."""

    value: Any
    of: UUID | None = None


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One audit event to append.

    `object` is (kind, id), e.g. ("journal.cell", id), `clause` its clause,
    `subject` the person its `PrivateValue` values belong to, `offering` the journal the deed is about, where neither
    the object nor the values name it. `rows` is what only a replay needs: values of the rows that the event wrote, as
    the reducer of its type reads them (`audit.replay.rules`).
    """

    event_type: str
    object: tuple[str, UUID]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    clause: str | None = None
    subject: UUID | None = None
    offering: UUID | None = None
    rows: Mapping[str, Any] | None = None


def record_audit_event(
    act: Act,
    event_type: str,
    object: tuple[str, UUID],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    clause: str | None = None,
    *,
    subject: UUID | None = None,
    offering: UUID | None = None,
    rows: Mapping[str, Any] | None = None,
) -> None:
    """Append one audit event to the running transaction; its `PrivateValue` values belong to `subject`."""
    record_audit_events(act, [AuditEvent(event_type, object, before, after, clause, subject, offering, rows)])


def record_audit_events(act: Act, events: Sequence[AuditEvent]) -> None:
    """Append many audit events in one round trip."""
    if not events:
        return
    _insert_audit_rows(build_sealed_audit_rows(act, events))


def _insert_audit_rows(audit_rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert records in one round trip, `_RECORDS_PER_STATEMENT` a statement."""
    with open_pipeline() as pipe:
        for start in range(0, len(audit_rows), _RECORDS_PER_STATEMENT):
            pipe.send_statement(INSERT_AUDIT_RECORD, *audit_rows[start : start + _RECORDS_PER_STATEMENT])


def build_sealed_audit_rows(act: Act, events: Sequence[AuditEvent]) -> list[dict[str, Any]]:
    """Return the rows of these events for `INSERT_AUDIT_RECORD`; load or create the keys they need."""
    if stored := take_stored_rows(db.session()):
        events = _events_with_stored_rows(list(events), stored)
    return _seal_events(act, events)


def _seal_events(act: Act, events: Sequence[AuditEvent]) -> list[dict[str, Any]]:
    """Return the rows of these events as they are; load or create the keys they need."""
    owners: set[UUID | None] = set()
    for event in events:
        data_subject = event.subject or act.person
        if act.reason:
            owners.add(data_subject)
        for part in (event.before, event.after, event.rows):
            _collect_key_owners(part, data_subject, owners)
    keys = load_or_create_person_keys({owner for owner in owners if owner})
    return [_build_sealed_audit_row(act, event, keys) for event in events]


def record_rows_without_event(session: Session, act: Act) -> None:
    """Record what an act has written since its last record; no statement when there is nothing."""
    session.flush()
    if stored := take_stored_rows(session):
        _insert_audit_rows(_seal_events(act, _events_with_stored_rows([], stored)))


door.before_commit_hooks.append(record_rows_without_event)


def _events_with_stored_rows(events: list[AuditEvent], stored: Sequence[StoredRow]) -> list[AuditEvent]:
    """Return the events, the last of which holds the rows; what is too much for one record follows in others."""
    for number, part in enumerate(split_rows(stored)):
        values = {"stored": rows_as_audit_values(part, PrivateValue)}
        if number == 0 and events:
            events[-1] = replace(events[-1], rows={**(events[-1].rows or {}), **values})
        else:
            events.append(
                AuditEvent(ROWS_STORED, ("audit.rows", UUID(int=0)), None, {"rows": len(part)}, rows=values)
            )
    return events


def _build_sealed_audit_row(act: Act, event: AuditEvent, keys: Mapping[UUID, bytes]) -> dict[str, Any]:
    """Return the row of one event, with its private values sealed."""
    data_subject = event.subject or act.person
    body = {
        "format": AUDIT_BODY_FORMAT,
        "event_type": event.event_type,
        "object": {"kind": event.object[0], "id": str(event.object[1])},
        **{
            name: _json_value_with_sealed_parts(value, data_subject, keys)
            for name, value in {
                "at": act.at,
                "person": act.person,
                "on_behalf_of": act.on_behalf_of,
                "case": act.case,
                "subject": event.subject,
                "reason": PrivateValue(act.reason) if act.reason else None,
                "before": event.before,
                "after": event.after,
                **({"rows": event.rows} if event.rows else {}),
            }.items()
        },
        "clause": event.clause,
    }
    about = find_what_deed_is_about(event.event_type, event.object, event.before, event.after, event.offering)
    return {
        "format": AUDIT_BODY_FORMAT,
        "event_type": event.event_type,
        "object_kind": event.object[0],
        "object_id": event.object[1],
        "person": act.person,
        "case_id": act.case,
        "body": canonical_json(body).decode(),
        "at": act.at,
        "on_behalf_of": act.on_behalf_of,
        "subject": event.subject,
        "clause": event.clause,
        "offering_id": about.offering,
        "unit_id": about.unit,
        "group_id": about.group,
        "late": about.late,
        "imported": about.imported,
    }


def _json_value_with_sealed_parts(value: Any, data_subject: UUID | None, keys: Mapping[UUID, bytes]) -> Any:
    """Return the value as canonical JSON can hold it; seal `PrivateValue` parts under the key of their person."""
    if isinstance(value, PrivateValue):
        return _seal_private_value(value, data_subject, keys)
    if isinstance(value, Mapping):
        return {
            str(name): _json_value_with_sealed_parts(item, data_subject, keys) for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_json_value_with_sealed_parts(item, data_subject, keys) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, (UUID, date, Decimal)):
        return str(value)
    return value


def _seal_private_value(value: PrivateValue, data_subject: UUID | None, keys: Mapping[UUID, bytes]) -> Any:
    """Return a private value sealed, with its person where it is not the data subject; as it is without a person."""
    owner = value.of or data_subject
    plain = _json_value_with_sealed_parts(value.value, data_subject, keys)
    key = keys.get(owner) if owner else None
    if key is None:
        return plain
    sealed = {
        "sealed": base64.b64encode(seal_bytes(key, json.dumps(plain, ensure_ascii=False).encode())).decode()
    }
    return sealed if owner == data_subject else {**sealed, "key_of": str(owner)}


def _collect_key_owners(value: Any, data_subject: UUID | None, owners: set[UUID | None]) -> None:
    """Add every person whose key seals a private value inside this value."""
    if isinstance(value, PrivateValue):
        owners.add(value.of or data_subject)
    elif isinstance(value, Mapping):
        for item in value.values():
            _collect_key_owners(item, data_subject, owners)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _collect_key_owners(item, data_subject, owners)
