"""Connections that keep their prepared statements when a transaction is rolled back."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.pq import ExecStatus, PipelineStatus, TransactionStatus
from sqlalchemy import Engine, event

MAX_PREPARED_STATEMENTS = 300
"""Statements that a connection keeps prepared; the least recently used one is given up first."""


class StatementKeepingConnection(psycopg.Connection[Any]):
    """A connection whose rollback after successful statements does not forget the prepared ones."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.prepared_max = MAX_PREPARED_STATEMENTS

    def rollback(self) -> None:
        """Roll the transaction back.

        Every read ends here. psycopg would send DEALLOCATE ALL after each ROLLBACK, because a statement may
        refer to a table that the rolled-back transaction made; no transaction of the application makes one.
        """
        if not self._is_idle_after_success():
            return super().rollback()
        with self.lock:
            result = self.pgconn.exec_(b"ROLLBACK")
        if result.status != ExecStatus.COMMAND_OK:
            super().rollback()

    def _is_idle_after_success(self) -> bool:
        """Return whether a transaction is open, no statement in it failed and none is under way."""
        info = self.info
        return (
            info.transaction_status == TransactionStatus.INTRANS
            and info.pipeline_status == PipelineStatus.OFF
        )


def open_statement_keeping_connection(
    dialect: Any, record: Any, args: Any, options: Any
) -> StatementKeepingConnection:
    """Open a connection for an engine; a listener of `do_connect`."""
    return StatementKeepingConnection.connect(*args, **options)


def use_statement_keeping_connections(engine: Engine) -> None:
    """Make the engine open connections of this kind; to be called before its first connection."""
    event.listen(engine, "do_connect", open_statement_keeping_connection)
