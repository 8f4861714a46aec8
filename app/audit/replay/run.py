"""Run a replay: read the audit in batches, build the rows, compare them. It reads one snapshot and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from app.audit.history import persons_whose_keys_seal, unseal_body
from app.audit.keys import load_existing_person_keys
from app.audit.rebuilt_tables import CASE, WHY_NOT_REBUILT
from app.audit.replay.compare import (
    ErasedValues,
    RowDifference,
    count_running_rows,
    iterate_row_differences,
    list_erased_values,
)
from app.audit.replay.events_without_rows import EVENTS_WITHOUT_ROWS
from app.audit.replay.rules import ReplayedEvent, is_known_event_type, needs_known_rows, reduce_event
from app.audit.replay.scratch import (
    RowBatch,
    create_scratch_tables,
    insert_shipped_rows,
    load_known_rows,
)
from app.audit.replay.stored import read_stored_rows
from app.kernel.readiness import psycopg_url

BATCH_SIZE = 1000
_READ_STATEMENT = (
    "SELECT id, recorded_at, event_type, object_kind, object_id::text, body, offering_id::text FROM audit.record"
    """ WHERE event_type <> ALL(%s) OR body LIKE '%%"stored":[{"columns":[%%' ORDER BY id"""
)
NOT_REBUILT = (
    "sessions (people.login_session)",
    "the state of the engine (cases.state), a cache that follows from the steps; its checksum is compared",
    *(f"{table}, a {why}" for table, why in WHY_NOT_REBUILT.items()),
)
"""What a replay does not build again, besides texts that were erased."""


@dataclass(frozen=True, slots=True)
class UnusableRecord:
    """A record that the replay cannot use: `known` is whether it knows the event; then its values are not whole."""

    id: int
    event_type: str
    known: bool


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What a replay found: the records read, the running rows by table, records that cannot be used, and erasures.

    Differences are handed to the caller one by one, and only counted here.
    """

    records: int
    rows: dict[str, int]
    unusable: tuple[UnusableRecord, ...]
    differences: int
    erased: tuple[ErasedValues, ...]

    @property
    def agrees(self) -> bool:
        """Return whether the running rows are those of the audit."""
        return not self.differences and not self.unusable


def replay_audit(
    database_url: str,
    shipped: Mapping[str, Sequence[Mapping[str, Any]]],
    on_difference: Callable[[RowDifference], None],
    on_progress: Callable[[int], None] = lambda _records: None,
) -> ReplayResult:
    """Build the rows from the audit and compare them with the running ones of the same moment.

    `shipped` are rows by table that the migrations of this release insert, without the columns that differ between
    installations. `database_url` belongs to a login that may read every table. Keys of persons are read through
    `db.session`. Raises psycopg.Error.
    """
    with _open_snapshot(database_url) as (connection, reader):
        insert_shipped_rows(connection, shipped)
        records, unusable = _build_rows(connection, reader, on_progress)
        connection.execute("ANALYZE replayed_row")
        differences = 0
        for difference in iterate_row_differences(connection):
            differences += 1
            on_difference(difference)
        return ReplayResult(
            records,
            count_running_rows(connection),
            tuple(unusable),
            differences,
            tuple(list_erased_values(connection)),
        )


@contextmanager
def _open_snapshot(
    database_url: str,
) -> Iterator[tuple[psycopg.Connection[Any], psycopg.Cursor[Any]]]:
    """Open one snapshot of the database with the tables of the replay, and a cursor over the audit in it."""
    with psycopg.connect(psycopg_url(database_url), autocommit=True) as connection:
        create_scratch_tables(connection)
        # Only tables of the session can be written in it.
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        with connection.cursor(name="replay_records") as reader:
            reader.itersize = BATCH_SIZE
            reader.execute(_READ_STATEMENT, [sorted(EVENTS_WITHOUT_ROWS)])
            yield connection, reader
        connection.execute("ROLLBACK")


def _build_rows(
    connection: psycopg.Connection[Any], reader: psycopg.Cursor[Any], on_progress: Callable[[int], None]
) -> tuple[int, list[UnusableRecord]]:
    """Build the rows of all records, a batch at a time; return the number of records and the unusable ones."""
    records, unusable = 0, []
    while batch := reader.fetchmany(BATCH_SIZE):
        records += len(batch)
        unusable += _build_batch(connection, batch)
        on_progress(records)
    return records, unusable


def _build_batch(connection: psycopg.Connection[Any], batch: Sequence[Any]) -> list[UnusableRecord]:
    """Build the rows of some records; return those that cannot be used."""
    bodies = [_read_body(row[5]) for row in batch]
    keys = load_existing_person_keys(
        {owner for body in bodies if body for owner in persons_whose_keys_seal(body)}
    )
    cases = {row[4] for row in batch if row[3] == CASE and needs_known_rows(row[2], row[3])}
    rows, unusable = RowBatch(load_known_rows(connection, cases)), []
    for row, body in zip(batch, bodies, strict=True):
        try:
            if body is None:
                raise ValueError("no body")
            event = _event_of_record(row, unseal_body(body, keys))
            changes = [*reduce_event(event, rows.known_rows_of(event.object_id)), *read_stored_rows(event)]
            rows.apply_changes(changes)
        except (KeyError, TypeError, ValueError, AttributeError):
            unusable.append(UnusableRecord(row[0], row[2], is_known_event_type(row[2])))
    rows.write_rows(connection)
    return unusable


def _read_body(text: str) -> dict[str, Any] | None:
    """Return the body of a record; None when it is no body."""
    try:
        body = json.loads(text)
        return body if isinstance(body, dict) and {"subject", "person", "at"} <= body.keys() else None
    except ValueError:
        return None


def _event_of_record(row: Sequence[Any], body: dict[str, Any]) -> ReplayedEvent:
    """Return the event of a record. Raises ValueError when body and columns are of different events."""
    if (body["event_type"], body["object"]) != (row[2], {"kind": row[3], "id": row[4]}):
        raise ValueError("the columns are not those of the body")
    return ReplayedEvent(
        id=row[0],
        recorded_at=row[1],
        event_type=row[2],
        object_kind=row[3],
        object_id=row[4],
        at=body["at"],
        person=body["person"],
        on_behalf_of=body["on_behalf_of"],
        case_id=body["case"],
        clause=body["clause"],
        offering_id=row[6],
        before=body["before"] or {},
        after=body["after"] or {},
        rows=body.get("rows") or {},
    )
