"""Checks of the parts that an installation needs at every moment: database, tables, Redis, folder of files, clock.

Used by `/readyz`, which tells names only, and by `depter check`, which tells what to do.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from alembic.script import ScriptDirectory
from redis import Redis
from redis.exceptions import RedisError

from app.kernel.clock import system_clock
from app.kernel.schema import alembic_config
from app.kernel.settings import Settings

DATABASE, SCHEMA, REDIS, FILES, CLOCK = "database", "schema", "redis", "files", "clock"
MAX_CLOCK_DIFFERENCE = timedelta(minutes=1)
PATIENCE_SECONDS = 3
"""Seconds to wait for a server; a probe has to answer before the one who asks gives up."""


@dataclass(frozen=True, slots=True)
class FailingPart:
    """A part that does not work: its name, and a sentence that says what is wrong and what to do."""

    name: str
    remedy: str


def newest_schema_version() -> str:
    """Return the newest migration of this release."""
    head = ScriptDirectory.from_config(alembic_config("postgresql://")).get_current_head()
    assert head is not None
    return head


def psycopg_url(url: str) -> str:
    """Return a SQLAlchemy URL as psycopg reads it."""
    return url.replace("+psycopg", "", 1)


@contextmanager
def open_short_connection(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Open a connection that gives up after `PATIENCE_SECONDS`, outside the pool. Raises psycopg.Error."""
    limit = f"-c statement_timeout={PATIENCE_SECONDS}s"
    with psycopg.connect(
        psycopg_url(url), autocommit=True, connect_timeout=PATIENCE_SECONDS, options=limit
    ) as opened:
        yield opened


def list_failing_parts(settings: Settings, head: str) -> list[FailingPart]:
    """Return the parts that do not work now; [] when all do. `head` is the newest schema version."""
    return [
        *_check_database_schema_and_clock(settings.database_url, head),
        *(FailingPart(REDIS, problem) for problem in list_redis_problems(settings.redis_url)),
        *_check_files_folder(settings.data_dir),
    ]


def clock_difference(before: datetime, database_now: datetime, after: datetime) -> timedelta:
    """Return how far PostgreSQL is ahead. It answered between `before` and `after`: no travel time is counted."""
    if database_now < before:
        return database_now - before
    return database_now - after if database_now > after else timedelta(0)


def _check_database_schema_and_clock(url: str, head: str) -> Iterator[FailingPart]:
    """Yield what is wrong with the database; two statements over one connection."""
    try:
        with open_short_connection(url) as connection:
            before = system_clock()
            row = connection.execute("SELECT clock_timestamp()").fetchone()
            difference = clock_difference(before, row[0], system_clock()) if row else timedelta(0)
            yield from _check_schema_version(connection, head)
    except psycopg.Error as problem:
        yield FailingPart(
            DATABASE, f"The database does not answer as depter_app: {database_problem_text(problem)}"
        )
        return
    if abs(difference) > MAX_CLOCK_DIFFERENCE:
        yield FailingPart(
            CLOCK,
            f"The clock of this machine and that of PostgreSQL differ by {round(difference.total_seconds())} seconds,"
            " and no deadline is kept while they do. Run NTP on both machines.",
        )


def _check_schema_version(connection: psycopg.Connection[Any], head: str) -> Iterator[FailingPart]:
    """Yield the schema when the database has other tables than this release."""
    try:
        found = {row[0] for row in connection.execute("SELECT version_num FROM kernel.alembic_version")}
    except (
        psycopg.errors.UndefinedTable,
        psycopg.errors.InvalidSchemaName,
        psycopg.errors.InsufficientPrivilege,
    ):
        found = set()
    if found != {head}:
        seen = ", ".join(sorted(found)) or "none that depter_app may read"
        yield FailingPart(
            SCHEMA,
            f"The database has schema version {seen}; this release needs {head}. Run `depter migrate`.",
        )


def list_redis_problems(url: str) -> list[str]:
    """Return what is wrong with Redis at this address, in words; [] when it answers."""
    try:
        with Redis.from_url(
            url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
        ) as redis:
            redis.ping()
    except (RedisError, ValueError, OSError) as problem:
        return [f"Redis does not answer ({type(problem).__name__}). Start it, or correct REDIS_URL."]
    return []


def _check_files_folder(data: Path) -> Iterator[FailingPart]:
    """Yield the folder when no file can be written, read and removed where uploads are stored."""
    folder = data / "files" if (data / "files").exists() else data
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe-") as probe:
            probe.write(b"depter")
            probe.flush()
    except OSError as problem:
        yield FailingPart(
            FILES,
            f"{folder} cannot be written ({problem.strerror}). Create it, give it to the user that runs Depter,"
            " or free some space.",
        )


def database_problem_text(problem: psycopg.Error) -> str:
    """Return what the server or its driver says, as one line without a password."""
    if isinstance(problem, psycopg.ProgrammingError) and problem.sqlstate is None:
        # The driver quotes an address that it cannot read.
        return "its address cannot be read"
    return " ".join(str(problem).split())[:300].rstrip(".")
