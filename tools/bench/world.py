"""A private database with thousands of cases: one made by the commands, the others cloned row by row in SQL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from app.kernel import schema
from app.kernel.dev_servers import DevServers
from app.kernel.servers import paths
from app.kernel.settings import PROJECT_DIR, Settings
from tests.support.clock import FrozenClock

CLONE = """
WITH fresh AS (SELECT gen_random_uuid() AS id, n FROM generate_series(1, %(count)s) AS n),
made AS (
  INSERT INTO cases."case"
  SELECT (jsonb_populate_record(c, jsonb_build_object('id', f.id, 'number', 'B-' || %(tag)s || '-' || f.n))).*
  FROM cases."case" c, fresh f WHERE c.id = %(case)s RETURNING id
), states AS (
  INSERT INTO cases.state (case_id, body, "check", revision)
  SELECT f.id, s.body, s."check", 0 FROM cases.state s, fresh f WHERE s.case_id = %(case)s
), tasks AS (
  INSERT INTO cases.task
  SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'case_id', f.id))).*
  FROM cases.task t, fresh f WHERE t.case_id = %(case)s AND t.closed_at IS NULL
), timers AS (
  INSERT INTO cases.timer (id, case_id, task_id, key, element, kind, policy, anchor, due_at)
  SELECT gen_random_uuid(), f.id, NULL, t.key, t.element, t.kind, t.policy, t.anchor, t.due_at
  FROM cases.timer t, fresh f WHERE t.case_id = %(case)s
)
INSERT INTO cases.history (case_id, at, kind, person, on_behalf_of, role, element, task_id, iteration, approves,
  decision, answers, variables, opened, words, subject_hash, clause)
SELECT f.id, h.at, h.kind, h.person, h.on_behalf_of, h.role, h.element, h.task_id, h.iteration, h.approves,
  h.decision, h.answers, h.variables, h.opened, h.words, h.subject_hash, h.clause
FROM cases.history h, fresh f WHERE h.case_id = %(case)s
"""


class Database:
    """What `tests.scenarios.world` needs of a database, on servers of the bench's own with fsync on."""

    def __init__(self, keeper: DevServers) -> None:
        self.keeper = keeper

    def url(self, role: str) -> str:
        """The SQLAlchemy URL of a role."""
        return self.keeper.addresses.database_url(role)

    def connect(self, role: str = "depter", **options: Any) -> Any:
        """A raw psycopg connection."""
        import psycopg

        return psycopg.connect(self.url(role).replace("+psycopg", ""), **options)


@contextmanager
def servers() -> Iterator[tuple[Database, Settings]]:
    """Private PostgreSQL and Valkey in a disposable folder, migrated."""
    with tempfile.TemporaryDirectory() as name:
        folder = paths.ensure_project_data_dir(PROJECT_DIR) / f"scratch-bench-{Path(name).name}"
        keeper = DevServers.start(folder, ("postgres", "valkey"), disposable=True)
        try:
            schema.migrate_database(keeper.addresses.database_url())
            database = Database(keeper)
            yield database, settings(database, folder)
        finally:
            keeper.stop()


def settings(database: Database, folder: Path) -> Settings:
    """The installation of the bench."""
    return Settings.from_env(
        {
            "DATABASE_URL": database.url("depter_app"),
            "MIGRATION_DATABASE_URL": database.url("depter"),
            "REDIS_URL": database.keeper.addresses.redis_url(0),
            "DEPTER_DATA": str(folder),
            "SECRET_KEY": "bench",
            "DEPTER_ENV": "test",
        }
    )


def clone(database: Database, case: UUID, count: int, tag: str) -> None:
    """As many copies of a case with its open tasks, timers and history."""
    with database.connect(autocommit=True) as connection:
        connection.execute(CLONE, {"case": case, "count": count, "tag": tag})
        connection.execute("VACUUM ANALYZE")


__all__ = ["Database", "FrozenClock", "clone", "servers", "settings"]
