"""Statements compiled once and executed by psycopg directly, several in one round trip.

For the code that runs on every request. SQLAlchemy builds the statement, so names and types stay in the
models; executing it through the session costs several times what PostgreSQL needs for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from psycopg import Connection, Cursor
from sqlalchemy import BindParameter, ClauseElement, Table, bindparam, insert
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from app.kernel.db import Base, db, model_table
from app.kernel.rehearsal import Rehearsal, current_rehearsal

StatementValues = Mapping[str, Any]

_dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]


class PreparedStatement:
    """One compiled statement. Its values are passed by the names of its bind parameters."""

    __slots__ = ("_literals", "_needs_no_work", "_processors", "text")

    def __init__(self, statement: ClauseElement) -> None:
        compiled = cast(SQLCompiler, statement.compile(dialect=_dialect))
        processors = cast(Mapping[str, Callable[[Any], Any]], compiled._bind_processors)
        binds = {bind.key: name for bind, name in compiled.bind_names.items() if bind.required}
        self.text = str(compiled)
        self._literals = {
            name: processors[name](bind.value) if name in processors else bind.value
            for bind, name in compiled.bind_names.items()
            if not bind.required
        }
        self._processors = [(key, processors[key]) for key in binds if key in processors]
        self._needs_no_work = not self._processors and not self._literals

    def convert_values_for_psycopg(self, values: StatementValues) -> StatementValues:
        """Return the values as psycopg takes them: JSON wrapped, literals of the statement added."""
        if self._needs_no_work:
            return values
        bound = {**self._literals, **values}
        for name, processor in self._processors:
            bound[name] = processor(bound[name])
        return bound

    def iter_sql_texts_with_row_values(
        self, value_rows: Sequence[StatementValues]
    ) -> Iterator[tuple[str, StatementValues]]:
        """Yield for each row the text to execute with its values."""
        for row in value_rows:
            yield self.text, self.convert_values_for_psycopg(row)

    def iter_rehearsal_sql_texts_with_row_values(
        self, value_rows: Sequence[StatementValues], _rehearsal: Rehearsal
    ) -> Iterator[tuple[str, StatementValues]]:
        """Yield the same as `iter_sql_texts_with_row_values`, without drawing a number of a sequence."""
        yield from self.iter_sql_texts_with_row_values(value_rows)


class PreparedInsert(PreparedStatement):
    """INSERT of some columns of a model, without RETURNING. Several rows are sent as one array a column.

    Rows that are not `rehearsed` are not inserted in a rehearsal.
    """

    __slots__ = ("_many_rows_text", "_numbered_text", "_rehearsed")

    def __init__(self, model: type[Base], *columns: str, rehearsed: bool = True) -> None:
        target = model_table(model)
        kinds = {name: target.c[name].type for name in columns}
        super().__init__(
            insert(target).values({name: _column_bind_parameter(name, kind) for name, kind in kinds.items()})
        )
        arrays = any(isinstance(kind, ARRAY) for kind in kinds.values())
        # unnest() would flatten an array of arrays, so such columns are inserted row by row.
        self._many_rows_text = None if arrays else _insert_from_unnest_sql_text(target, kinds)
        self._rehearsed = rehearsed
        self._numbered_text = (
            _add_identity_column_to_insert_text(self.text) if _has_identity_column(target) else None
        )

    def iter_sql_texts_with_row_values(
        self, value_rows: Sequence[StatementValues]
    ) -> Iterator[tuple[str, StatementValues]]:
        """Yield the texts with their values that insert these rows: one text, or one a row where a column is
        itself an array.
        """
        if len(value_rows) > 1 and self._many_rows_text is not None:
            made = [self.convert_values_for_psycopg(row) for row in value_rows]
            yield self._many_rows_text, {name: [row[name] for row in made] for name in made[0]}
        else:
            for row in value_rows:
                yield self.text, self.convert_values_for_psycopg(row)

    def iter_rehearsal_sql_texts_with_row_values(
        self, value_rows: Sequence[StatementValues], rehearsal: Rehearsal
    ) -> Iterator[tuple[str, StatementValues]]:
        """Yield one text a row; a table with an identity column gets the numbers of the rehearsal."""
        if not self._rehearsed:
            return
        if self._numbered_text is None:
            yield from self.iter_sql_texts_with_row_values(value_rows)
            return
        for row in value_rows:
            yield (
                self._numbered_text,
                {**self.convert_values_for_psycopg(row), "id": next(rehearsal.row_numbers)},
            )


def _has_identity_column(target: Table) -> bool:
    return "id" in target.c and target.c.id.identity is not None


def _add_identity_column_to_insert_text(insert_text: str) -> str:
    """Return the text of an INSERT that names its identity column `id` as well."""
    into, values = insert_text.split(" VALUES (", 1)
    return f"{into.replace('(', '(id, ', 1)} OVERRIDING SYSTEM VALUE VALUES (%(id)s, {values}"


def _column_bind_parameter(name: str, kind: TypeEngine[Any]) -> BindParameter[Any]:
    return bindparam(name, type_=kind, required=True)


def _insert_from_unnest_sql_text(target: Table, kinds: Mapping[str, TypeEngine[Any]]) -> str:
    names = ", ".join(f'"{name}"' for name in kinds)
    arrays = ", ".join(f"%({name})s::{kind.compile(dialect=_dialect)}[]" for name, kind in kinds.items())
    return f'INSERT INTO {target.schema}."{target.name}" ({names}) SELECT * FROM unnest({arrays})'


class Pipeline:
    """An open pipeline of the running transaction: its statements are sent together and answered together."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._rehearsal = current_rehearsal()

    def send_statement(self, statement: PreparedStatement, *rows: StatementValues) -> None:
        """Execute the statement for these rows. An error is raised at the end of the pipeline."""
        texts = (
            statement.iter_rehearsal_sql_texts_with_row_values(rows, self._rehearsal)
            if self._rehearsal
            else statement.iter_sql_texts_with_row_values(rows)
        )
        for text, values in texts:
            # Prepared at once: psycopg would otherwise wait until a statement was executed five times.
            self._connection.execute(text, values, prepare=True)

    def send_query(
        self, statement: PreparedStatement, values: StatementValues
    ) -> Callable[[], Sequence[tuple[Any, ...]]]:
        """Send a query; call the returned function once everything is sent, to read the rows."""
        cursor: Cursor[Any] = self._connection.execute(
            statement.text, statement.convert_values_for_psycopg(values), prepare=True
        )
        return cursor.fetchall


def fetch_rows(statement: PreparedStatement, values: StatementValues) -> Sequence[tuple[Any, ...]]:
    """Return the rows of a query, in one round trip of the session's transaction."""
    return (
        _driver_connection()
        .execute(statement.text, statement.convert_values_for_psycopg(values), prepare=True)
        .fetchall()
    )


def _driver_connection() -> Connection[Any]:
    return cast(Connection[Any], db.session.connection().connection.driver_connection)


@contextmanager
def open_pipeline() -> Iterator[Pipeline]:
    """Send every statement of this block in one round trip, in the transaction of the session."""
    connection = _driver_connection()
    with connection.pipeline():
        yield Pipeline(connection)
