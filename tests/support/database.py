"""The test run's PostgreSQL: one migrated template, one copy a worker, put back to a kept state between tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from app.kernel import schema
from app.kernel.db import ROOM_SCHEMAS
from app.kernel.dev_servers import DevServers, ServerAddresses
from app.kernel.servers.parent_watch import hold_file_lock
from app.people.queries.access import rules_version
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
_ACCOUNTS_HAVE_ACCEPTED_THE_RULES = f"""
CREATE FUNCTION public.accept_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('depter.rules_not_accepted', true) IS DISTINCT FROM 'on' THEN
    INSERT INTO people.rule_acceptance (id, person_id, version, words, locale, at)
    VALUES (gen_random_uuid(), NEW.person_id, '{rules_version()}', '3.2', 'ky', '2026-09-01') ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accept_rules AFTER INSERT ON people.account FOR EACH ROW EXECUTE FUNCTION public.accept_rules();
"""
"""People of tests have accepted the rules of 3.2 with their account; `SET LOCAL depter.rules_not_accepted = 'on'` makes
an account of somebody who has not."""


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
            addresses = ServerAddresses.read_server_addresses(folder)
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
            made.execute(_ACCOUNTS_HAVE_ACCEPTED_THE_RULES)
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


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the application: its columns, and those of its triggers that fire always."""

    space: str
    name: str
    columns: tuple[str, ...]
    triggers: tuple[str, ...]

    @property
    def full_name(self) -> str:
        return f"{self.space}.{self.name}"

    def fingerprint(self) -> str:
        """A query for name, number of rows, and the sum of the transactions that wrote them."""
        return (
            f"SELECT '{self.full_name}', count(*), coalesce(sum(xmin::text::bigint), 0)"
            f" FROM {self.space}.{self.name}"
        )

    def triggers_fire(self, when: str) -> str:
        """The statements that make its guarding triggers fire ALWAYS, or ("") in ordinary sessions only."""
        table = f'{self.space}."{self.name}"'
        return "".join(f'ALTER TABLE {table} ENABLE {when} TRIGGER "{name}";' for name in self.triggers)

    def restored_from(self, state: str | None) -> str:
        """The statements that put its rows back to those of the state; none when the state is None."""
        table = f'{self.space}."{self.name}"'
        columns = ", ".join(f'"{name}"' for name in self.columns)
        refill = ""
        if state is not None:
            copy = f'{state}."{self.full_name}"'
            refill = f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE TABLE {copy};"
        return f"DELETE FROM {table};{refill}"


Fingerprint = tuple[int, int]
"""Number of rows, and the sum of the transactions that wrote them: a write by anybody changes it."""


@dataclass(slots=True)
class Database:
    """One worker's database.

    The triggers that guard append-only tables fire always, as migrated, in `as_migrated()` alone; else in ordinary
    sessions, so that the session that restores need not switch them off, which costs more than all the rest.
    """

    servers: Servers
    name: str
    _tables: list[Table] = field(default_factory=list)
    _query: str = ""
    _kept: dict[str, set[str]] = field(default_factory=dict)
    _standing: dict[str, tuple[str | None, Fingerprint]] = field(default_factory=dict)
    """By table, the state whose rows it had after the last restoring (None: no row), and its fingerprint then."""
    _open: list[psycopg.Connection] = field(default_factory=list)
    _reading: list[psycopg.Connection] = field(default_factory=list)
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
        """Back to a kept state: only tables that were written since, or that differ in it, are touched.

        Append-only ones too. Whoever still holds a lock after a second (a transaction that a test forgot) is
        disconnected.
        """
        try:
            self._restore(state)
        except psycopg.errors.InsufficientPrivilege:  # a test made a trigger fire always
            self._own().execute("ROLLBACK")
            self._triggers_fire("")
            self._restore(state)
        except psycopg.errors.LockNotAvailable:
            self._own().execute("ROLLBACK")
            self._own().execute(
                "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            self._reading.clear()
            self._restore(state)
            for forget in self.forgetters:
                forget()

    @contextmanager
    def as_migrated(self) -> Iterator[None]:
        """The triggers fire always, whatever a session sets."""
        self._triggers_fire("ALWAYS")
        try:
            yield
        finally:
            self._triggers_fire("")

    def _triggers_fire(self, when: str) -> None:
        for table in self._tables:
            if table.triggers:
                self._own().execute(table.triggers_fire(when))

    def _restore(self, state: str) -> None:
        wanted = self._wanted(state)
        before = self._fingerprints()
        changed = [table for table in self._tables if not self._stands(table, wanted, before)]
        if changed:
            self._put_back(changed, wanted)
            after = self._fingerprints()
            self._standing = {name: (wanted[name], now) for name, now in after.items()}

    def _wanted(self, state: str) -> dict[str, str | None]:
        """By table, the state its rows are copied from; None for an empty one."""
        if not self._tables:
            found = self._own().execute(_TABLES, (list(ROOM_SCHEMAS),)).fetchall()
            self._tables[:] = [
                Table(space, name, tuple(columns), tuple(always)) for space, name, columns, always in found
            ]
            self._triggers_fire("")
        if state not in self._kept:
            kept = "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'"
            self._kept[state] = {str(row[0]) for row in self._own().execute(kept, (state,))}
        names = (table.full_name for table in self._tables)
        return {name: state if name in self._kept[state] else None for name in names}

    def _stands(self, table: Table, wanted: dict[str, str | None], before: dict[str, Fingerprint]) -> bool:
        """Whether the table has the rows of the wanted state, without looking at them."""
        name = table.full_name
        if wanted[name] is None:
            return before[name][0] == 0
        return self._standing.get(name) == (wanted[name], before[name])

    def _fingerprints(self) -> dict[str, Fingerprint]:
        """Read over a connection of its own: setting the replication role makes a session forget its plans."""
        if not self._query:
            self._query = " UNION ALL ".join(table.fingerprint() for table in self._tables)
        if not self._reading or self._reading[0].closed:
            self._reading[:] = [self._connect_with_patience()]
        rows = self._reading[0].execute(self._query, prepare=True).fetchall()
        return {str(name): (int(count), int(writers)) for name, count, writers in rows}

    def _put_back(self, tables: list[Table], wanted: dict[str, str | None]) -> None:
        """In one transaction: the statements of one message are one."""
        steps = " ".join(table.restored_from(wanted[table.full_name]) for table in tables)
        self._own().execute(f"BEGIN; SET LOCAL session_replication_role = 'replica'; {steps} COMMIT")

    def _own(self) -> psycopg.Connection:
        if not self._open or self._open[0].closed:
            self._open[:] = [self._connect_with_patience()]
        return self._open[0]

    def _connect_with_patience(self) -> psycopg.Connection:
        """A connection that waits a second for a lock."""
        made = self.connect()
        made.execute("SET lock_timeout = '1s'")
        return made
