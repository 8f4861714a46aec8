"""The test run's PostgreSQL: one migrated template, one copy a worker, put back to a kept state between tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from app.kernel import schema
from app.kernel.db import ROOM_SCHEMAS
from app.kernel.dev_servers import DevServers, ServerAddresses
from app.kernel.servers.parent_watch import hold_file_lock
from tests.scenarios.scenes import SEED, Scenes

TEMPLATE = "depter_template"

_TABLES = """
SELECT n.nspname, c.relname,
  ARRAY(SELECT attname::text FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum),
  ARRAY(SELECT tgname::text FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal AND tgenabled = 'A')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%s) AND c.relkind = 'r' ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of this test run and the folder they live in."""

    folder: Path
    addresses: ServerAddresses

    @classmethod
    def wait_for(cls, folder: Path, keeper: DevServers | None = None, patience: float = 90.0) -> Servers:
        """Those of the keeper, or (in a worker) those that the controller's keeper wrote down."""
        if keeper is not None:
            return cls(folder, keeper.addresses)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            addresses = ServerAddresses.read(folder)
            if addresses is not None:
                return cls(folder, addresses)
            time.sleep(0.05)
        raise TimeoutError(f"the test run's servers did not start; see {folder}/postgres.log")

    def connect(self, name: str, role: str = "depter") -> psycopg.Connection:
        """A raw autocommit connection; `depter` is the superuser."""
        url = self.addresses.database_url(role, name).replace("+psycopg", "")
        return psycopg.connect(url, autocommit=True)

    def database(self, name: str) -> Database:
        """A fresh copy of the migrated template, which the first caller of the run makes."""
        with hold_file_lock(self.folder / "template.lock", wait=120.0), self.connect("postgres") as server:
            if not _exists(server, TEMPLATE):
                self._make_template(server)
            recreate(server, name)
        return Database(self, name)

    def _make_template(self, server: psycopg.Connection) -> None:
        draft = f"{TEMPLATE}_draft"
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(draft)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
        schema.migrate_database(self.addresses.database_url(name=draft))
        with self.connect(draft) as made:
            _keep(made, SEED)
        server.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(TEMPLATE))
        )


def _exists(server: psycopg.Connection, name: str) -> bool:
    return bool(server.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).rowcount)


def recreate(server: psycopg.Connection, name: str) -> None:
    """Drop the database with everybody in it and copy the template again."""
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    server.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(TEMPLATE)
        )
    )


def _keep(made: psycopg.Connection, state: str) -> None:
    """Copy every table that has rows into a schema named after the state."""
    made.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(state)))
    for space, table, columns, _ in made.execute(_TABLES, (list(ROOM_SCHEMAS),)).fetchall():
        source = sql.Identifier(space, table)
        if made.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(source)).rowcount:
            listed = sql.SQL(", ").join(map(sql.Identifier, columns))
            copy = sql.Identifier(state, f"{space}.{table}")
            made.execute(sql.SQL("CREATE TABLE {} AS SELECT {} FROM {}").format(copy, listed, source))


@dataclass(slots=True)
class Database:
    """One worker's database."""

    servers: Servers
    name: str
    _scripts: dict[str, str] = field(default_factory=dict)
    _open: list[psycopg.Connection] = field(default_factory=list)
    forgetters: list[Callable[[], None]] = field(default_factory=list)
    """Called when connections were ended: whoever pools them drops the dead ones."""
    scenes: Scenes = field(init=False)

    def __post_init__(self) -> None:
        self.scenes = Scenes(self.keep)

    def url(self, role: str = "depter_app") -> str:
        """The SQLAlchemy URL of one role; `depter` is the superuser."""
        return self.servers.addresses.database_url(role, self.name)

    def connect(self, role: str = "depter") -> psycopg.Connection:
        """A raw autocommit connection of a role."""
        return self.servers.connect(self.name, role)

    def keep(self, state: str) -> None:
        """Copy the tables as they are now, to be restored under this name."""
        _keep(self._own(), state)

    def restore(self, state: str = SEED) -> None:
        """Back to a kept state: only tables that differ are touched, append-only ones too.

        Whoever still holds a lock after a second (a transaction that a test forgot) is disconnected.
        """
        connection = self._own()
        if state not in self._scripts:
            self._scripts[state] = _restoring(connection, state)
        script = self._scripts[state]
        try:
            connection.execute(script)
        except psycopg.errors.LockNotAvailable:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute(script)
            for forget in self.forgetters:
                forget()

    def _own(self) -> psycopg.Connection:
        if not self._open or self._open[0].closed:
            self._open[:] = [self.connect()]
        return self._open[0]


def _restoring(connection: psycopg.Connection, state: str) -> str:
    """One PL/pgSQL block that empties or refills each table that needs it."""
    kept = {
        str(row[0])
        for row in connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'", (state,)
        )
    }
    steps = []
    for space, table, columns, always in connection.execute(_TABLES, (list(ROOM_SCHEMAS),)).fetchall():
        name = f"{space}.{table}"
        target = sql.Identifier(space, table).as_string(connection)
        listed = ", ".join(sql.Identifier(column).as_string(connection) for column in columns)
        copy = sql.Identifier(state, name).as_string(connection)
        differs, refill = f"SELECT FROM {target}", ""
        if name in kept:
            now = f"SELECT {listed} FROM {target}"
            differs = f"(({now} EXCEPT TABLE {copy}) UNION ALL (TABLE {copy} EXCEPT {now}))"
            refill = f"INSERT INTO {target} ({listed}) OVERRIDING SYSTEM VALUE TABLE {copy};"
        off = "".join(f'ALTER TABLE {target} DISABLE TRIGGER "{trigger}";' for trigger in always)
        on = "".join(f'ALTER TABLE {target} ENABLE ALWAYS TRIGGER "{trigger}";' for trigger in always)
        steps.append(f"IF EXISTS ({differs}) THEN {off} DELETE FROM {target}; {refill} {on} END IF;")
    return (
        "DO $restore$ BEGIN SET LOCAL lock_timeout = '1s'; SET LOCAL session_replication_role = 'replica';\n"
        + "\n".join(steps)
        + "\nEND $restore$"
    )
