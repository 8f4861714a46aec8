"""The rows that a replay builds, in tables of its own session: PostgreSQL drops them with the connection."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from app.audit.replay.rules import KnownRows, RowChange, apply_row_change

_CREATE_STATEMENTS = (
    "CREATE TEMP TABLE replayed_row (kind text, key text, of uuid NOT NULL, state jsonb NOT NULL,"
    " PRIMARY KEY (kind, key))",
    "CREATE INDEX ON replayed_row (of) WHERE kind IN ('cases.case', 'cases.task', 'cases.state')",
    "CREATE TEMP TABLE replayed_batch (kind text, key text, of uuid, state jsonb, merged boolean)",
)
_LOAD_STATEMENT = (
    "SELECT kind, key, of::text, state FROM replayed_row"
    " WHERE kind IN ('cases.case', 'cases.task', 'cases.state') AND of = ANY(%s)"
)
_FLUSH_STATEMENTS = (
    "DELETE FROM replayed_row r USING replayed_batch b WHERE r.kind = b.kind AND r.key = b.key AND NOT b.merged",
    "INSERT INTO replayed_row SELECT kind, key, of, state FROM replayed_batch WHERE state IS NOT NULL"
    " ON CONFLICT (kind, key) DO UPDATE SET state = replayed_row.state || excluded.state",
    "DELETE FROM replayed_batch",
)


def create_scratch_tables(connection: psycopg.Connection[Any]) -> None:
    """Create the tables of the session; they hold values of persons and end with it."""
    for statement in _CREATE_STATEMENTS:
        connection.execute(statement)


def insert_shipped_rows(
    connection: psycopg.Connection[Any], shipped: Mapping[str, Sequence[Mapping[str, Any]]]
) -> None:
    """Insert rows that migrations insert, with their `code`: as they run where one has this content, else as they
    should be."""
    for table, rows in shipped.items():
        name = sql.Identifier(*table.split("."))
        statement = sql.SQL(
            "WITH wanted AS (SELECT %s::jsonb AS content, gen_random_uuid() AS number), typed AS"
            " (SELECT content, number, (SELECT jsonb_object_agg(key, value) FROM jsonb_each(to_jsonb("
            "jsonb_populate_record(NULL::{name}, content))) WHERE content ? key) AS part FROM wanted)"
            " INSERT INTO replayed_row SELECT %s, coalesce(t.id::text, w.content->>'code'), coalesce(t.id, w.number),"
            " coalesce(to_jsonb(t), w.content) FROM typed w LEFT JOIN {name} t ON to_jsonb(t) @> w.part LIMIT 1"
        ).format(name=name)
        for row in rows:
            connection.execute(statement, [json.dumps(row), table])


def load_known_rows(
    connection: psycopg.Connection[Any], cases: Collection[str]
) -> dict[str, dict[tuple[str, str], Mapping[str, Any]]]:
    """Return cases, tasks and states that were built before, by case; one statement, none for no cases."""
    known: dict[str, dict[tuple[str, str], Mapping[str, Any]]] = {case: {} for case in cases}
    if cases:
        for table, key, of, state in connection.execute(_LOAD_STATEMENT, [list(cases)]):
            known[of][table, key] = state
    return known


class RowBatch:
    """The changes of some events, to be written together; holds one row a key."""

    def __init__(self, known: Mapping[str, dict[tuple[str, str], Mapping[str, Any]]]) -> None:
        self._known = known
        # The state of a row, None when it was deleted; whether it lies on top of what was built before.
        self._rows: dict[tuple[str, str], tuple[str, dict[str, Any] | None, bool]] = {}

    def known_rows_of(self, of: str) -> KnownRows:
        """Return the rows of a case as they are now."""
        return self._known.get(of, {})

    def apply_changes(self, changes: Sequence[RowChange]) -> None:
        """Apply the changes of one event."""
        for change in changes:
            place = (change.table, change.key)
            of, state, merged = self._rows.get(place, (change.of, {}, True))
            if change.deleted:
                self._rows[place] = (of, None, False)
                continue
            self._rows[place] = (of, apply_row_change(state, change), merged and not change.new)
            known = self._known.get(change.of)
            if known is not None:
                known[place] = apply_row_change(known.get(place), change)

    def write_rows(self, connection: psycopg.Connection[Any]) -> None:
        """Write the rows over those that were built before."""
        copy_statement = "COPY replayed_batch (kind, key, of, state, merged) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(copy_statement) as copy:
            for (table, key), (of, state, merged) in self._rows.items():
                body = None if state is None else json.dumps(state, ensure_ascii=False)
                copy.write_row((table, key, of, body, merged))
        for statement in _FLUSH_STATEMENTS:
            connection.execute(statement)
