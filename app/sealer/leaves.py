"""The bytes of an audit record that a leaf is the hash of: canonical JSON (RFC 8785) of every column."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

LEAF_KEYS = (
    "id",
    "recorded_at",
    "db_user",
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
)
_MOMENT = "to_char(r.{} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
RECORD_COLUMNS = (
    f"r.id, {_MOMENT.format('recorded_at')}, r.db_user, r.format, r.event_type, r.object_kind, r.object_id::text,"
    f" r.person::text, r.case_id::text, r.body, {_MOMENT.format('at')}, r.on_behalf_of::text,"
    " r.subject::text, r.clause, r.offering_id::text, r.unit_id::text, r.group_id::text, r.late, r.imported"
)
"""What `leaf_content` takes, selected from `audit.record AS r`."""
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def leaf_content(values: Sequence[Any]) -> bytes:
    """Return the bytes of one record, whose `values` are those of `RECORD_COLUMNS`.

    Keys are ASCII and values texts, whole numbers, true, false or null, so that sorted, compact JSON is canonical.
    """
    return _encode(dict(zip(LEAF_KEYS, values, strict=True))).encode()
