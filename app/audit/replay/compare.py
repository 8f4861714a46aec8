"""Compare the rows that a replay built with the running ones, by statements that name no value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from app.audit.rebuilt_columns import list_key_columns
from app.audit.rebuilt_tables import (
    ATTACHMENT,
    CELL_VERSION,
    HISTORY,
    NOT_COMPARED_COLUMNS,
    OWNER_BY_STORED_TABLE,
    REBUILT_TABLES,
    STATE,
)
from app.audit.replay.rules import ERASED_MARK, SEALED_COLUMNS, WORDS_OF

MAX_STAMP_SECONDS = 600
"""Seconds that the stamps of a history entry and of its audit record may lie apart: the longest transaction."""
_COLUMNS_STATEMENT = (
    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
    " ORDER BY attnum"
)
_KEY_BY_TABLE = {
    HISTORY: "t.case_id || ':' || row_number() OVER (PARTITION BY t.case_id ORDER BY t.id)",
    STATE: "t.case_id::text",
    CELL_VERSION: "t.cell_id || ':' || t.version",
}
_TEXT_TABLES = (HISTORY, ATTACHMENT)


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that differs: `columns` lists what, () when the row is only in the audit (`missing`) or only here."""

    table: str
    key: str
    missing: bool
    extra: bool
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErasedValues:
    """How many values of a column the audit keeps that nobody can read any more."""

    table: str
    column: str
    count: int


def iterate_row_differences(connection: psycopg.Connection[Any]) -> Iterator[RowDifference]:
    """Yield every row that differs, table by table, by the order of its key; a cursor of PostgreSQL holds them."""
    for table in REBUILT_TABLES:
        with connection.cursor(name="replay_differences") as cursor:
            cursor.execute(_difference_statement(connection, table), [table])
            for key, missing, extra, columns in cursor:
                yield RowDifference(table, key, missing, extra, () if missing or extra else tuple(columns))


def count_running_rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Return the number of running rows of each table that is compared."""
    counts = {}
    for table in REBUILT_TABLES:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(_table_name(table))).fetchone()
        counts[table] = row[0] if row else 0
    return counts


def list_erased_values(connection: psycopg.Connection[Any]) -> list[ErasedValues]:
    """Return what a lawful erasure took from the rows, by table and column."""
    found = []
    for table, columns in SEALED_COLUMNS.items():
        for column in sorted(columns):
            statement = "SELECT count(*) FROM replayed_row WHERE kind = %s AND (state->>%s)::boolean"
            row = connection.execute(statement, [table, ERASED_MARK + column]).fetchone()
            if row and row[0]:
                found.append(ErasedValues(table, column, row[0]))
    statement = (
        "SELECT r.kind, substr(e.key, 2), count(*) FROM replayed_row r, jsonb_each(r.state) e"
        " WHERE r.kind = ANY(%s) AND r.state ? %s AND starts_with(e.key, %s) AND length(e.key) > 1"
        " AND e.value = 'true' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    stored = [list(OWNER_BY_STORED_TABLE), ERASED_MARK, ERASED_MARK]
    found += [ErasedValues(*row) for row in connection.execute(statement, stored)]
    for table in _TEXT_TABLES:
        statement = (
            "SELECT count(*) FROM replayed_row WHERE kind = %(table)s AND state->>%(of)s IS NOT NULL AND NOT EXISTS"
            " (SELECT FROM audit.subject_key k WHERE k.subject = (state->>%(of)s)::uuid)"
        )
        row = connection.execute(statement, {"table": table, "of": WORDS_OF}).fetchone()
        if row and row[0]:
            found.append(ErasedValues(table, "name" if table == ATTACHMENT else "words", row[0]))
    return found


def _table_name(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


def _difference_statement(connection: psycopg.Connection[Any], table: str) -> sql.Composed:
    """Return the statement that reads the rows which differ: their key, and the names of their columns that do."""
    name = _table_name(table)
    columns = [row[0] for row in connection.execute(_COLUMNS_STATEMENT, [name.as_string(connection)])]
    compared = [column for column in columns if column not in NOT_COMPARED_COLUMNS.get(table, ())]
    checks = [_column_check(column) for column in compared] + _extra_checks(table)
    return sql.SQL(
        "SELECT * FROM (SELECT coalesce(built.row_key, running.row_key), running.row_key IS NULL AS missing,"
        " built.row_key IS NULL AS extra, array_remove(ARRAY[{checks}]::text[], NULL) AS columns"
        " FROM (SELECT b.key AS row_key, b.state AS row_state, r.* FROM replayed_row b"
        " CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, b.state) r WHERE b.kind = %s) built"
        " FULL JOIN (SELECT {key} AS row_key, t.* FROM {table} t) running ON running.row_key = built.row_key) found"
        " WHERE missing OR extra OR cardinality(columns) > 0 ORDER BY 1"
    ).format(
        checks=sql.SQL(", ").join(checks),
        table=name,
        key=_key_expression(table),
    )


def _key_expression(table: str) -> sql.Composable:
    """Return the expression of the key of a running row, as the replay spells it."""
    if table in _KEY_BY_TABLE:
        return sql.SQL(_KEY_BY_TABLE[table])
    columns = [sql.SQL("t.{}::text").format(sql.Identifier(name)) for name in list_key_columns(table)]
    return sql.SQL(" || ':' || ").join(columns)


def _column_check(column: str) -> sql.Composed:
    """Return the name of the column where it differs; a value that was erased does not."""
    return sql.SQL(
        "CASE WHEN built.{column} IS DISTINCT FROM running.{column}"
        " AND NOT coalesce((built.row_state->>{mark})::boolean, false) THEN {name} END"
    ).format(
        column=sql.Identifier(column),
        mark=sql.Literal(ERASED_MARK + column),
        name=sql.Literal(column),
    )


def _extra_checks(table: str) -> list[sql.Composed]:
    """Return the checks of what the database itself has set or the state of the engine is."""
    if table == HISTORY:
        return [
            sql.SQL(
                "CASE WHEN abs(extract(epoch FROM built.recorded_at - running.recorded_at)) > {most}"
                " THEN 'recorded_at' END"
            ).format(most=sql.Literal(MAX_STAMP_SECONDS))
        ]
    if table == STATE:
        return [
            sql.SQL('CASE WHEN sha256(running.body) <> running."check" THEN {name} END').format(
                name=sql.Literal("body")
            )
        ]
    return []
