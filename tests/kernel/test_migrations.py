"""Migrations make what the models say; the next one is written from what differs."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from psycopg import sql
from sqlalchemy import Column, MetaData, Text, create_engine, text

from app.kernel import schema
from app.kernel.db import NAMING_CONVENTION, ROOM_SCHEMAS, Base
from app.kernel.migrations.autogenerate import write_next_migration
from app.kernel.migrations.foundation import create_roles_and_schemas

MADE = {
    "columns": """
        SELECT table_schema, table_name, column_name, data_type, udt_name, numeric_precision, numeric_scale,
               is_nullable, column_default, identity_generation
        FROM information_schema.columns WHERE table_schema = ANY(:rooms) AND table_name !~ '_y[0-9]{4}$'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace::regnamespace::text = ANY(:rooms)
        AND conrelid::regclass::text !~ '_y[0-9]{4}$'""",
    "indexes": """
        SELECT schemaname, indexdef FROM pg_indexes
        WHERE schemaname = ANY(:rooms) AND tablename !~ '_y[0-9]{4}$'""",
}
"""What PostgreSQL itself says of the tables; partitions of years follow from their parents."""
VERSIONS = sorted(path.name for path in (schema.MIGRATIONS_DIR / "versions").glob("*.py"))
NEWEST = VERSIONS[-1][:4]
NEXT = f"{int(NEWEST) + 1:04}"


def made(url: str, query: str) -> set[tuple[Any, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {tuple(row) for row in connection.execute(text(query), {"rooms": list(ROOM_SCHEMAS)})}
    engine.dispose()
    return found


@pytest.fixture
def empty(servers: Any, worker: str) -> Iterator[str]:
    """The superuser's URL of a database in which nothing was migrated."""
    name = f"depter_{worker}_empty"
    with servers.connect("postgres") as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield servers.addresses.database_url(name=name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The migrations in a folder where a test may write the next one."""
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(schema.MIGRATIONS_DIR, tmp_path / "migrations", ignore=ignored))


def models_with(*columns: Column) -> MetaData:
    """A copy of the models in which lessons have more columns."""
    changed = MetaData(naming_convention=NAMING_CONVENTION)
    for table in Base.metadata.tables.values():
        table.to_metadata(changed)
    for column in columns:
        changed.tables["journal.lesson"].append_column(column)
    return changed


def test_alembic_finds_no_difference_between_models_and_migrations(app: Any, db_reset: None, database: Any):
    engine = create_engine(database.url("depter"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=schema.SCHEMA_COMPARE_OPTIONS)
        found = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert found == []


def test_tables_made_from_the_models_are_those_of_the_migrations(app: Any, database: Any, empty: str):
    """Stricter than Alembic: conditions of checks, exclusion constraints and every definition have to be equal."""
    engine = create_engine(empty)
    with engine.begin() as connection:
        create_roles_and_schemas(connection)
        Base.metadata.create_all(connection)
    engine.dispose()
    for what, query in MADE.items():
        migrated, modelled = made(database.url("depter"), query), made(empty, query)
        assert len(migrated) > 50
        assert migrated ^ modelled == set(), what


def test_migrating_again_is_harmless(database: Any, db_reset: None):
    schema.migrate_database(database.url("depter"))


def test_migrating_makes_the_partitions_of_this_year_and_the_next_and_adds_new_policies(empty: str):
    tables = "SELECT to_regclass('audit.record_y' || y), to_regclass('cases.history_y' || y), y"
    this_year = "extract(year FROM now() AT TIME ZONE 'Asia/Bishkek')::int"
    years = f"generate_series(0, 1) AS n, LATERAL (SELECT {this_year} + n AS y) AS t"
    schema.migrate_database(empty)
    engine = create_engine(empty)
    with engine.begin() as connection:
        made = connection.execute(text(f"{tables} FROM {years}")).all()
        assert all(one[0] and one[1] for one in made)
        connection.execute(text(f"DROP TABLE audit.record_y{made[1].y}"))
        connection.execute(text("DELETE FROM regulation.policy WHERE key = 'archive.after_year_end'"))
    schema.migrate_database(empty)
    with engine.connect() as connection:
        newest = text("SELECT count(*) FROM regulation.policy WHERE key = 'archive.after_year_end'")
        assert connection.scalar(newest) == 1
        assert all(one[0] and one[1] for one in connection.execute(text(f"{tables} FROM {years}")))
    engine.dispose()


def test_a_database_of_another_release_is_refused(database: Any, db_reset: None):
    with database.connect() as connection:
        connection.execute("UPDATE kernel.alembic_version SET version_num = '0999'")
        try:
            with pytest.raises(schema.UnknownSchemaVersion, match="has version 0999"):
                schema.migrate_database(database.url("depter"))
        finally:
            connection.execute("UPDATE kernel.alembic_version SET version_num = %s", [NEWEST])


def test_the_initial_schema_is_not_taken_away(database: Any, db_reset: None):
    with pytest.raises(NotImplementedError, match="drop the database"):
        command.downgrade(schema.alembic_config(database.url("depter")), "base")
    assert made(database.url("depter"), MADE["columns"])


def test_the_next_migration_is_written_from_what_differs(app: Any, empty: str, copied: Path):
    models = models_with(Column("extra", Text, nullable=True))
    written = write_next_migration("add extra to lesson", empty, models=models, migrations=copied)
    assert written == copied / "versions" / f"{NEXT}_add_extra_to_lesson.py"
    loaded = importlib.util.spec_from_file_location("written", written)
    assert loaded and loaded.loader
    module = importlib.util.module_from_spec(loaded)
    loaded.loader.exec_module(module)
    assert (module.__doc__, module.revision, module.down_revision) == ("Add extra to lesson.", NEXT, NEWEST)
    for check in (["check"], ["format", "--check"]):
        subprocess.run([sys.executable, "-m", "ruff", *check, "--quiet", written], check=True)

    before = made(empty, MADE["columns"])
    command.upgrade(schema.alembic_config(empty, copied), "head")
    added = made(empty, MADE["columns"]) - before
    assert [row[:4] for row in added] == [("journal", "lesson", "extra", "text")]
    assert write_next_migration("nothing is left", empty, models=models, migrations=copied) is None
    command.downgrade(schema.alembic_config(empty, copied), NEWEST)
    assert made(empty, MADE["columns"]) == before


def test_nothing_is_written_when_nothing_differs(app: Any, empty: str, copied: Path):
    assert write_next_migration("nothing differs", empty, migrations=copied) is None
    assert sorted(path.name for path in (copied / "versions").glob("*.py")) == VERSIONS


def test_a_migration_has_to_be_named():
    done = subprocess.run(
        [sys.executable, "-m", "app.kernel.migrations.autogenerate", " "],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "make migration NAME=" in done.stderr
