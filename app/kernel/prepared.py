"""Statements that are built and compiled once and then go straight to psycopg, several in one round trip.

For the paths that are walked all day. SQLAlchemy builds the statement, so names and types stand in the
models; executing it through the session costs several times what PostgreSQL needs for it. Knows no table.
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

from app.kernel.db import Base, db, table

Row = Mapping[str, Any]

_dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]


class Prepared:
    """One statement. Its values are given by the names of its bind parameters."""

    __slots__ = ("_given", "_own", "_plain", "text")

    def __init__(self, statement: ClauseElement) -> None:
        compiled = cast(SQLCompiler, statement.compile(dialect=_dialect))
        processors = cast(Mapping[str, Callable[[Any], Any]], compiled._bind_processors)
        binds = {bind.key: name for bind, name in compiled.bind_names.items() if bind.required}
        self.text = str(compiled)
        self._own = {
            name: processors[name](bind.value) if name in processors else bind.value
            for bind, name in compiled.bind_names.items()
            if not bind.required
        }
        self._given = [(key, processors[key]) for key in binds if key in processors]
        self._plain = not self._given and not self._own

    def values(self, given: Row) -> Row:
        """The values as psycopg takes them: JSON wrapped, literals of the statement added."""
        if self._plain:
            return given
        made = {**self._own, **given}
        for name, processor in self._given:
            made[name] = processor(made[name])
        return made

    def sending(self, rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
        """The texts to execute, with their values, to do this for each row."""
        for row in rows:
            yield self.text, self.values(row)


class PreparedInsert(Prepared):
    """INSERT of some columns of a model; nothing comes back. Several rows travel as one array a column."""

    __slots__ = ("_many",)

    def __init__(self, model: type[Base], *columns: str) -> None:
        target = table(model)
        kinds = {name: target.c[name].type for name in columns}
        super().__init__(insert(target).values({name: _bound(name, kind) for name, kind in kinds.items()}))
        arrays = any(isinstance(kind, ARRAY) for kind in kinds.values())
        self._many = None if arrays else _unnesting(target, kinds)

    def sending(self, rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
        """The texts with their values that insert these rows: one, or one a row where a column is itself an
        array.
        """
        if len(rows) > 1 and self._many is not None:
            made = [self.values(row) for row in rows]
            yield self._many, {name: [row[name] for row in made] for name in made[0]}
        else:
            for row in rows:
                yield self.text, self.values(row)


def _bound(name: str, kind: TypeEngine[Any]) -> BindParameter[Any]:
    return bindparam(name, type_=kind, required=True)


def _unnesting(target: Table, kinds: Mapping[str, TypeEngine[Any]]) -> str:
    names = ", ".join(f'"{name}"' for name in kinds)
    arrays = ", ".join(f"%({name})s::{kind.compile(dialect=_dialect)}[]" for name, kind in kinds.items())
    return f'INSERT INTO {target.schema}."{target.name}" ({names}) SELECT * FROM unnest({arrays})'


class Wire:
    """An open pipeline of the running transaction: what is sent travels together and is answered together."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def send(self, statement: Prepared, *rows: Row) -> None:
        """Write these rows. An error is raised at the end of the pipeline."""
        for text, values in statement.sending(rows):
            self._connection.execute(text, values, prepare=True)

    def ask(self, statement: Prepared, given: Row) -> Callable[[], Sequence[tuple[Any, ...]]]:
        """Send a question; call what comes back once everything is sent, to read the rows."""
        cursor: Cursor[Any] = self._connection.execute(statement.text, statement.values(given), prepare=True)
        return cursor.fetchall


def rows(statement: Prepared, given: Row) -> Sequence[tuple[Any, ...]]:
    """The rows a question finds, in one round trip of the session's transaction."""
    return _driver().execute(statement.text, statement.values(given), prepare=True).fetchall()


def _driver() -> Connection[Any]:
    return cast(Connection[Any], db.session.connection().connection.driver_connection)


@contextmanager
def pipelined() -> Iterator[Wire]:
    """One round trip for everything sent inside this block, in the session's transaction (psycopg's
    pipeline).
    """
    connection = _driver()
    with connection.pipeline():
        yield Wire(connection)
