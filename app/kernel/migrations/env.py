"""Run migrations as `depter_owner`. Alembic executes this file for each of its commands."""

from __future__ import annotations

from importlib import import_module

from alembic import context
from sqlalchemy import Connection, create_engine, pool, text

from app.kernel.db import ROOM_SCHEMAS, Base
from app.kernel.migrations.foundation import create_roles_and_schemas
from app.kernel.migrations.year_partitions import are_partition_functions_there, create_due_year_partitions
from app.kernel.schema import SCHEMA_COMPARE_OPTIONS

for room in ROOM_SCHEMAS:
    import_module("app.journal.tables" if room == "journal" else f"app.{room}.models")
import_module("app.cases.migration.tables")


def open_connection_and_migrate() -> None:
    """Open one connection and migrate in one transaction."""
    url = context.config.get_main_option("sqlalchemy.url")
    assert url
    with create_engine(url, poolclass=pool.NullPool).begin() as connection:
        create_roles_and_migrate(connection)


def create_roles_and_migrate(connection: Connection) -> None:
    """Create roles and schemas, become the owner, apply what is missing.

    The connection's login may create roles and become `depter_owner`. Of several processes that migrate at
    once, one does it; the lock makes the others wait until there is nothing left to do.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('depter.migrate'))"))
    create_roles_and_schemas(connection)
    connection.execute(text("SET ROLE depter_owner"))
    context.configure(
        connection=connection,
        # `autogenerate.write_next_migration` may compare with other models.
        target_metadata=context.config.attributes.get("models", Base.metadata),
        version_table_schema="kernel",
        **SCHEMA_COMPARE_OPTIONS,
    )
    with context.begin_transaction():
        context.run_migrations()
    # Rows of the next year must have their place before its first moment; the worker looks after it as well.
    if are_partition_functions_there(connection):
        create_due_year_partitions(connection)
    # A release may bring policies without a migration of its own; a deadline that names one would fail without it.
    if connection.scalar(text("SELECT to_regclass('regulation.policy') IS NOT NULL")):
        import_module("app.regulation.seed").seed_regulation(connection)
    # `/readyz` compares it with the newest migration of the release that runs.
    connection.execute(text("GRANT SELECT ON kernel.alembic_version TO depter_app"))
    connection.execute(text("RESET ROLE"))


open_connection_and_migrate()
