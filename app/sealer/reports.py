"""What a sealer says of itself in the database: findings, of which the worker makes incidents, and its state."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from app.sealer import store
from app.sealer.settings import SealerSettings


def report_finding(connection: store.Connection, code: str, subject: str, detail: dict[str, Any]) -> None:
    """Store something that is wrong, once for each code and subject."""
    connection.execute(
        "INSERT INTO sealer.finding (code, subject, detail) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (code, subject, Jsonb(detail)),
    )


def report_status(connection: store.Connection, host: str, state: str) -> None:
    """Say that this sealer works, or why it does not sign."""
    connection.execute(
        "INSERT INTO sealer.status (one, host, state, said_at) VALUES (true, %s, %s, clock_timestamp())"
        " ON CONFLICT (one) DO UPDATE SET host = excluded.host, state = excluded.state, said_at = excluded.said_at",
        (host, state),
    )


def open_sealer_connection(settings: SealerSettings) -> store.Connection:
    """Open the connection of a sealer. Raises psycopg.Error."""
    return psycopg.connect(
        settings.database_url,
        autocommit=True,
        connect_timeout=5,
        application_name="depter sealer",
        # A batch joins 5,000 rows by their keys; without statistics PostgreSQL would read the whole audit each time.
        options="-c idle_in_transaction_session_timeout=60s -c lock_timeout=30s -c enable_hashjoin=off"
        " -c enable_mergejoin=off",
    )
