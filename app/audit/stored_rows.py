"""Collect the rows that an act writes, so that its audit records hold them as they are stored (1.4.4).

The session is watched: rows of the unit of work, and rows of statements executed with it, whose keys and values a
RETURNING brings in the same round trip. `audit.record` takes what was collected into the next record of the act; what
is written after the last one goes into a record of its own before the commit. SQL as text that writes such a table has
to return what it writes (`execute_watched`); a test finds any other.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ClauseElement, Column, Insert, Table, TextClause, event, inspect
from sqlalchemy.engine import IteratorResult, Result
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.orm import InstanceState, Mapper, ORMExecuteState, Session, SessionTransaction

from app.audit.rebuilt_columns import (
    find_table,
    list_identifying_columns,
    list_key_columns,
    list_sealed_columns,
)
from app.audit.rebuilt_tables import OWNER_BY_STORED_TABLE
from app.kernel.db import db

NEW, CHANGED, DELETED = "new", "changed", "deleted"
MAX_ROWS_PER_RECORD = 200
"""Rows in one record: its body stays below some 100 kB."""
_SESSION_KEY, _WATCHED = "stored_rows", "stored_rows_watched"
RowPlace = tuple[str, tuple[Any, ...]]
"""The table of a row, `schema.table`, and the values of its key."""


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as an act leaves it: all columns of a `new` one, the written ones of a `changed` one, none of a `deleted`
    one. The key is always among the `values`."""

    table: str
    deed: str
    values: Mapping[str, Any]


@dataclass(slots=True)
class _Collected:
    """The rows of a transaction: `waiting` for a record, and what records hold already, None for a deleted row."""

    waiting: dict[RowPlace, StoredRow] = field(default_factory=dict)
    recorded: dict[RowPlace, dict[str, Any] | None] = field(default_factory=dict)
    before_savepoint: dict[SessionTransaction, tuple[Any, Any]] = field(default_factory=dict)
    last_ended: tuple[SessionTransaction, Any, Any] | None = None

    def add(self, row: StoredRow) -> None:
        """Add a row, on top of what waits for the same one."""
        place = row.table, tuple(row.values[name] for name in list_key_columns(row.table))
        before = self.waiting.pop(place, None)
        if before is not None and before.deed != DELETED and row.deed == CHANGED:
            row = StoredRow(row.table, before.deed, {**before.values, **row.values})
        self.waiting[place] = row

    def add_of_unit_of_work(self, row: StoredRow) -> None:
        """Add what is not recorded yet of a row of the unit of work, which is seen before and after its flush."""
        place = row.table, tuple(row.values[name] for name in list_key_columns(row.table))
        if place in self.recorded:
            known = self.recorded[place]
            if row.deed == DELETED:
                if known is None and place not in self.waiting:
                    return
            elif known is not None:
                row = StoredRow(row.table, CHANGED, row.values)
        waiting = self.waiting.get(place)
        latest = {
            **(self.recorded.get(place) or {}),
            **(waiting.values if waiting and waiting.deed != DELETED else {}),
        }
        if row.deed == CHANGED:
            named = list_identifying_columns(row.table)
            changed = {
                name: value
                for name, value in row.values.items()
                if name in named or name not in latest or latest[name] != value
            }
            if not changed.keys() - set(named):
                return
            row = StoredRow(row.table, CHANGED, changed)
        self.add(row)

    def take(self) -> list[StoredRow]:
        """Return the rows that wait for a record, which holds them from now on."""
        taken = list(self.waiting.values())
        for place, row in self.waiting.items():
            known = self.recorded.get(place) if row.deed == CHANGED else None
            self.recorded[place] = None if row.deed == DELETED else {**(known or {}), **row.values}
        self.waiting.clear()
        return taken


def take_stored_rows(session: Session) -> list[StoredRow]:
    """Return the rows of the running act that no record holds yet, also those that wait for a flush; no statement."""
    _collect_unit_of_work(session)
    collected: _Collected | None = session.info.get(_SESSION_KEY)
    return collected.take() if collected is not None else []


def rows_as_audit_values(
    rows: Sequence[StoredRow], seal: Callable[[Any, UUID | None], Any]
) -> list[dict[str, Any]]:
    """Return rows as a record holds them: those of one table with the same columns together.

    `seal(values, owner)` wraps the values of a row that need the key of a person; `owner` is None where the row is
    about nobody. A group names its columns in the clear and those sealed; a row is the values in the clear, then one
    sealed part.
    """
    groups: dict[tuple[str, str, tuple[str, ...]], list[list[Any]]] = {}
    for row in rows:
        sealed_columns = list_sealed_columns(row.table)
        names = list_key_columns(row.table) if row.deed == DELETED else tuple(sorted(row.values))
        if row.deed == NEW:
            names = tuple(name for name in names if row.values[name] is not None)
        clear = [_audit_value(row.values[name]) for name in names if name not in sealed_columns]
        sealed = [_audit_value(row.values[name]) for name in names if name in sealed_columns]
        if sealed:
            clear.append(seal(sealed, _owner_of(row)))
        groups.setdefault((row.table, row.deed, names), []).append(clear)
    return [
        {
            "columns": [name for name in names if name not in list_sealed_columns(table)],
            "deed": deed,
            "rows": found,
            "sealed": [name for name in names if name in list_sealed_columns(table)],
            "table": table,
        }
        for (table, deed, names), found in groups.items()
    ]


def execute_watched(statement: TextClause, values: Mapping[str, Any], table: str, deed: str) -> Sequence[Any]:
    """Execute SQL as text that writes rows of one table and returns their key and written columns, all columns of new
    ones; return these rows."""
    session = db.session()
    found = session.execute(statement, values, execution_options={_WATCHED: True}).mappings().all()
    collect_rows(session, table, deed, found)
    return found


def collect_rows(session: Session, table: str, deed: str, rows: Sequence[Mapping[Any, Any]]) -> None:
    """Collect rows that the session does not see being written."""
    for row in rows:
        _collected_of(session).add(StoredRow(table, deed, dict(row)))


# --- what the session writes ------------------------------------------------------------------------------


@event.listens_for(Session, "after_flush")
def _collect_flushed_rows(session: Session, _context: Any) -> None:
    """Collect what the unit of work has written."""
    _collect_unit_of_work(session)


def _collect_unit_of_work(session: Session) -> None:
    """Collect the rows of the unit of work that are new, changed or deleted."""
    for deed, rows in ((NEW, session.new), (CHANGED, session.dirty), (DELETED, session.deleted)):
        for row in rows:
            state = cast(InstanceState[Any], inspect(row))
            table = _stored_table_of(state.mapper)
            if table is None:
                continue
            values = _values_of_row(state, table, deed)
            if values is not None:
                _collected_of(session).add_of_unit_of_work(StoredRow(table, deed, values))


def _stored_table_of(mapper: Mapper[Any]) -> str | None:
    """Return the name of the table of a model when its rows are collected."""
    name = str(cast(Table, mapper.local_table).fullname)
    return name if name in OWNER_BY_STORED_TABLE else None


def _values_of_row(state: InstanceState[Any], table: str, deed: str) -> dict[str, Any] | None:
    """Return the values of a row of the unit of work; None for one that has no key yet or no changed column."""
    keys = list_key_columns(table)
    names = {prop.columns[0].name: prop.key for prop in state.mapper.column_attrs}
    known = state.dict
    if deed == DELETED:
        wanted = set(keys)
    elif deed == CHANGED:
        wanted = {
            name
            for name, attribute in names.items()
            if attribute in state.committed_state
            and attribute in known
            and state.committed_state[attribute] != known[attribute]
        }
        if not wanted:
            return None
        wanted |= set(list_identifying_columns(table))
    else:
        wanted = set(names)
    columns = find_table(table).columns
    values = {}
    for name in wanted:
        if names[name] in known:
            value = known[names[name]]
        elif deed == NEW and (columns[name].default is not None or columns[name].server_default is None):
            value = _default_of(columns[name])
        else:
            # The database sets it: the flush brings it.
            continue
        if not isinstance(value, ClauseElement):
            values[name] = value
    return values if all(values.get(name) is not None for name in keys) else None


def _default_of(column: Column[Any]) -> Any:
    """Return the constant default of a column; None without one."""
    default = cast(Any, column.default)
    return default.arg if default is not None and default.is_scalar else None


@event.listens_for(Session, "do_orm_execute")
def _collect_statement_rows(state: ORMExecuteState) -> Result[Any] | None:
    """Execute a statement that writes rows so that it returns them as well, and collect these."""
    if state.is_select or state.execution_options.get(_WATCHED):
        return None
    if not (state.is_insert or state.is_update or state.is_delete):
        return None
    table = str(cast(Any, state.statement).table.fullname)
    if table not in OWNER_BY_STORED_TABLE:
        return None
    return _execute_and_collect(state, table)


def _execute_and_collect(state: ORMExecuteState, table: str) -> Result[Any]:
    """Execute a statement with RETURNING, collect its rows and return the result that its caller expects."""
    statement: Any = state.statement
    deed = NEW if state.is_insert else CHANGED if state.is_update else DELETED
    columns = find_table(table).columns
    names = _returned_columns(statement, table, deed)
    asked = list(statement._returning)
    attributes = _attributes_by_column(state)
    wide = statement.returning(*(attributes.get(name, columns[name]) for name in names))
    if isinstance(wide, Insert):
        wide._inline = False
    result = state.invoke_statement(statement=wide)
    found = result.all()
    collected = _collected_of(state.session)
    for row in found:
        collected.add(StoredRow(table, deed, dict(zip(names, row[len(asked) :], strict=True))))
    return _ResultAsAsked(
        [getattr(one, "key", str(one)) for one in asked], [row[: len(asked)] for row in found]
    )


def _returned_columns(statement: Any, table: str, deed: str) -> tuple[str, ...]:
    """Return the columns that say what a statement did: all of new rows, key and written ones of changed ones."""
    if deed == DELETED:
        return list_key_columns(table)
    every = tuple(column.name for column in find_table(table).columns)
    written = [getattr(name, "name", name) for name in statement._values or ()]
    if deed == NEW or not written:
        return every
    named = list_identifying_columns(table)
    return (*named, *(name for name in written if name not in named))


def _attributes_by_column(state: ORMExecuteState) -> dict[str, Any]:
    """Return the attributes of the model by column where the statement is about the model, nothing for its table."""
    mapper = state.bind_mapper
    if mapper is None or cast(Any, state.statement)._propagate_attrs.get("plugin_subject") is None:
        return {}
    return {prop.columns[0].name: getattr(mapper.class_, prop.key) for prop in mapper.column_attrs}


class _ResultAsAsked(IteratorResult[Any]):
    """The rows of a statement without the columns that were added to it; `rowcount` counts them all."""

    def __init__(self, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self.rowcount = len(rows)
        super().__init__(SimpleResultMetaData(names), iter([tuple(row) for row in rows]))

    def __bool__(self) -> bool:
        """Return True: the session takes a false result for none."""
        return True


# --- transactions and savepoints --------------------------------------------------------------------------


def _collected_of(session: Session) -> _Collected:
    return session.info.setdefault(_SESSION_KEY, _Collected())


@event.listens_for(Session, "after_transaction_create")
def _remember_rows_before_savepoint(session: Session, transaction: SessionTransaction) -> None:
    """Remember what was collected when a savepoint begins."""
    if transaction.nested:
        collected = _collected_of(session)
        collected.before_savepoint[transaction] = dict(collected.waiting), dict(collected.recorded)


@event.listens_for(Session, "after_transaction_end")
def _end_transaction(session: Session, transaction: SessionTransaction) -> None:
    """Forget the rows with the outermost transaction; the end of a savepoint comes before its rollback is told."""
    collected: _Collected | None = session.info.get(_SESSION_KEY)
    if collected is None:
        return
    if transaction.parent is None:
        session.info.pop(_SESSION_KEY)
    else:
        before = collected.before_savepoint.pop(transaction, None)
        collected.last_ended = (transaction, *before) if before is not None else None


@event.listens_for(Session, "after_soft_rollback")
def _forget_rows_of_savepoint(session: Session, transaction: SessionTransaction) -> None:
    """Forget what was collected since a savepoint that was rolled back: its rows and records are gone."""
    collected: _Collected | None = session.info.get(_SESSION_KEY)
    if collected is not None and collected.last_ended is not None and collected.last_ended[0] is transaction:
        _transaction, collected.waiting, collected.recorded = collected.last_ended
        collected.last_ended = None


# --- values -----------------------------------------------------------------------------------------------


def _owner_of(row: StoredRow) -> UUID | None:
    """Return the person whose key seals values of a row; None where the row is about nobody."""
    return row.values.get(OWNER_BY_STORED_TABLE[row.table])


def _audit_value(value: Any) -> Any:
    """Return a value as a record can hold it; bytes, which are sealed texts, as base64 under `stored`."""
    if isinstance(value, (bytes, memoryview)):
        return {"stored": base64.b64encode(value).decode()}
    return value.isoformat() if isinstance(value, time) else value


def split_rows(rows: Sequence[StoredRow]) -> Iterator[Sequence[StoredRow]]:
    """Yield the rows in parts that fit into one record."""
    for start in range(0, len(rows), MAX_ROWS_PER_RECORD):
        yield rows[start : start + MAX_ROWS_PER_RECORD]
