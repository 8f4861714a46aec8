"""`record` appends what was done, in the transaction that does it (1.4.4). Knows no rule and no page.

The body is canonical JSON, so the same deed always has the same bytes. Values that tell about a person, and
free text, are wrapped in `Private` by the caller and stand as ciphertext under the key of that person
(`subject`); destroying the key erases them and leaves every hash as it was.
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

from app.audit.keys import subject_keys
from app.audit.models import AuditRecord
from app.kernel.act import Act
from app.kernel.canonical import canonical
from app.kernel.prepared import PreparedInsert, pipelined
from app.kernel.sealing import seal

FORMAT = 1
APPEND = PreparedInsert(
    AuditRecord, "format", "fact", "object_kind", "object_id", "person", "case_id", "body"
)


@dataclass(frozen=True, slots=True)
class Private:
    """A value only the holder of the subject's key may read: a mark, a reason, a name."""

    value: Any


@dataclass(frozen=True, slots=True)
class Deed:
    """One record to append. `object` is (kind, id), e.g. ("journal.cell", id); `clause` is its ground."""

    fact: str
    object: tuple[str, UUID]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    clause: str | None = None
    subject: UUID | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def record(
    act: Act,
    fact: str,
    object: tuple[str, UUID],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    clause: str | None = None,
    *,
    subject: UUID | None = None,
) -> None:
    """Append one deed to the running transaction. `subject` is the person its `Private` values belong to."""
    record_all(act, [Deed(fact, object, before, after, clause, subject)])


def record_all(act: Act, deeds: Sequence[Deed]) -> None:
    """Append many deeds in one round trip."""
    if not deeds:
        return
    made = rows(act, deeds)
    with pipelined() as wire:
        wire.send(APPEND, *made)


def rows(act: Act, deeds: Sequence[Deed]) -> list[dict[str, Any]]:
    """The rows of these deeds for `APPEND`; fetches or makes the keys they need."""
    told_of = {deed.subject or act.person for deed in deeds if act.reason or _has_private(deed)}
    keys = subject_keys({subject for subject in told_of if subject})
    return [_row(act, deed, keys) for deed in deeds]


def _row(act: Act, deed: Deed, keys: Mapping[UUID, bytes]) -> dict[str, Any]:
    subject = deed.subject or act.person
    key = keys.get(subject) if subject else None
    body = {
        "format": FORMAT,
        "fact": deed.fact,
        "object": {"kind": deed.object[0], "id": str(deed.object[1])},
        "at": _plain(act.at, None),
        "person": _plain(act.person, None),
        "on_behalf_of": _plain(act.on_behalf_of, None),
        "case": _plain(act.case, None),
        "clause": deed.clause,
        "subject": _plain(deed.subject, None),
        "reason": _plain(Private(act.reason), key) if act.reason else None,
        "before": _plain(deed.before, key),
        "after": _plain(deed.after, key),
    }
    return {
        "format": FORMAT,
        "fact": deed.fact,
        "object_kind": deed.object[0],
        "object_id": deed.object[1],
        "person": act.person,
        "case_id": act.case,
        "body": canonical(body).decode(),
    }


def _plain(value: Any, key: bytes | None) -> Any:
    if isinstance(value, Private):
        text = json.dumps(_plain(value.value, key), ensure_ascii=False)
        return {"sealed": base64.b64encode(seal(key, text.encode())).decode()} if key else json.loads(text)
    if isinstance(value, Mapping):
        return {str(name): _plain(part, key) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part, key) for part in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, (UUID, date, Decimal)):
        return str(value)
    return value


def _has_private(deed: Deed) -> bool:
    return _any_private(deed.before) or _any_private(deed.after)


def _any_private(value: Any) -> bool:
    if isinstance(value, Private):
        return True
    if isinstance(value, Mapping):
        return any(_any_private(part) for part in value.values())
    return isinstance(value, (list, tuple)) and any(_any_private(part) for part in value)
