"""Counts what goes to PostgreSQL: statements, and round trips. A wrapper around psycopg's cursor and connection.

A statement is one `execute` (or one `executemany`). A round trip is a statement outside a pipeline, a whole
pipeline, the BEGIN that psycopg sends before the first statement of a transaction, or a COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from app.kernel.connections import StatementKeepingConnection, open_statement_keeping_connection


@dataclass(slots=True)
class Count:
    """What was counted since the last `reset`."""

    statements: int = 0
    round_trips: int = 0
    texts: list[str] = field(default_factory=list)
    keep_texts: bool = False

    def reset(self) -> None:
        """Begin anew."""
        self.statements = self.round_trips = 0
        self.texts.clear()


count = Count()


class CountingCursor(psycopg.Cursor[Any]):
    """A cursor that counts."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        _seen(self.connection, query)
        return super().execute(query, params, **options)

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        _seen(self.connection, query)
        super().executemany(query, params_seq, **options)


class CountingConnection(StatementKeepingConnection):
    """A connection that counts commits and pipelines."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.cursor_factory = CountingCursor

    def commit(self) -> None:
        count.round_trips += 1
        super().commit()

    @contextmanager
    def pipeline(self) -> Iterator[psycopg.Pipeline]:
        count.round_trips += 1
        with super().pipeline() as pipeline:
            yield pipeline


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every SQL statement sent to the database inside the block, of all threads."""
    seen, before = list[str](), (count.texts, count.keep_texts)
    count.texts, count.keep_texts = seen, True
    try:
        yield seen
    finally:
        count.texts, count.keep_texts = before


def _seen(connection: Any, query: Any) -> None:
    count.statements += 1
    if count.keep_texts:
        count.texts.append(str(query))
    if connection.pgconn.pipeline_status:
        return
    count.round_trips += 1
    if not connection.autocommit and connection.info.transaction_status == 0:
        count.round_trips += 1


def watch(engine: Any) -> None:
    """Make an SQLAlchemy engine use counting connections; before its first connection."""
    from sqlalchemy import event

    if not event.contains(engine, "do_connect", open_statement_keeping_connection):
        return  # it does already
    event.remove(engine, "do_connect", open_statement_keeping_connection)

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, args: Any, options: Any) -> Any:
        return CountingConnection.connect(*args, **options)
