"""Rows that records hold as they are stored: what they make of the rows that a replay builds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.audit.rebuilt_columns import list_byte_columns, list_key_columns
from app.audit.rebuilt_tables import OWNER_BY_STORED_TABLE
from app.audit.replay.rules import ERASED, ERASED_MARK, ReplayedEvent, RowChange, read_stored_bytes
from app.audit.stored_rows import DELETED, NEW


def read_stored_rows(event: ReplayedEvent) -> list[RowChange]:
    """Return the rows that a record holds as they are stored. Raises KeyError for a table that is none of these."""
    return [
        _stored_change(event.object_id, group, row)
        for group in event.rows.get("stored", ())
        for row in group["rows"]
    ]


def _stored_change(of: str, group: Mapping[str, Any], row: Sequence[Any]) -> RowChange:
    """Return one row of a group; the last of its values is the sealed part, where it has one."""
    table, clear, sealed = group["table"], group["columns"], group["sealed"]
    if table not in OWNER_BY_STORED_TABLE:
        raise KeyError(table)
    values = dict(zip(clear, row[: len(clear)], strict=True))
    if sealed:
        erased = row[-1] == ERASED
        values |= dict.fromkeys(sealed) if erased else dict(zip(sealed, row[-1], strict=True))
        values |= {ERASED_MARK + name: erased for name in sealed}
        if erased:
            values[ERASED_MARK] = True
    for name in list_byte_columns(table):
        if name in values:
            values[name] = read_stored_bytes(values[name])
    key = ":".join(str(values[name]) for name in list_key_columns(table))
    deed = group["deed"]
    return RowChange(table, key, of, values, new=deed == NEW, deleted=deed == DELETED)
