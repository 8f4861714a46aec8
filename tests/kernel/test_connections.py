"""Prepared statements outlive the end of a read; a rollback still takes everything back."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from app.kernel.connections import StatementKeepingConnection

PREPARED = "SELECT count(*) FROM pg_prepared_statements"


@pytest.fixture
def connection(database: Any) -> Any:
    with StatementKeepingConnection.connect(database.url().replace("+psycopg", "")) as opened:
        yield opened
        if not opened.closed:
            opened.rollback()


def prepared(connection: Any) -> int:
    return int(connection.execute(PREPARED, prepare=False).fetchone()[0])


def test_a_statement_stays_prepared_after_a_rollback(connection):
    for _ in range(3):
        assert connection.execute("SELECT 1", prepare=True).fetchone() == (1,)
        assert prepared(connection) == 1
        connection.rollback()
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_rollback_takes_back_what_was_written(connection):
    connection.execute("CREATE TEMPORARY TABLE written (number integer)")
    connection.commit()
    connection.execute("INSERT INTO written VALUES (1)")
    connection.rollback()
    assert connection.execute("SELECT count(*) FROM written").fetchone() == (0,)


def test_after_an_error_the_connection_goes_on(connection):
    connection.execute("SELECT 1", prepare=True)
    with pytest.raises(psycopg.errors.DivisionByZero):
        connection.execute("SELECT 1/0")
    connection.rollback()
    assert connection.execute("SELECT 1", prepare=True).fetchone() == (1,)


def test_a_rollback_in_a_pipeline_is_that_of_psycopg(connection):
    with connection.pipeline():
        connection.execute("SELECT 1", prepare=True)
        connection.rollback()
    assert connection.execute("SELECT 1", prepare=True).fetchone() == (1,)


def test_a_dead_connection_says_so(connection, database):
    connection.execute("SELECT 1")
    with database.connect() as owner:
        owner.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    assert connection.closed


def test_a_page_prepares_its_statements_once(app, client):
    from sqlalchemy import text

    from app.kernel.db import db
    from app.kernel.prepared import PreparedStatement, fetch_rows

    statement = PreparedStatement(text("SELECT 'a page', count(*) FROM people.person"))
    counts = []
    for _ in range(2):
        with app.app_context():
            fetch_rows(statement, {})
            counts.append(db.session.scalar(text(PREPARED + " WHERE statement LIKE '%''a page''%'")))
    assert counts == [1, 1]
