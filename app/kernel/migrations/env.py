"""Runs migrations as `depter_owner`. Reads the URL from the Alembic config, knows every room's tables."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from alembic import context
from sqlalchemy import create_engine, pool, text

from app.kernel.db import SCHEMAS, Base

for room in SCHEMAS:
    import_module("app.journal.tables" if room == "journal" else f"app.{room}.models")


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """Only our schemas; Alembic's own table stays in `public`."""
    return name in SCHEMAS if kind == "schema" else True


def run() -> None:
    """Open one connection, make the roles and schemas, become the owner, migrate in one transaction."""
    given = context.config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    url = context.config.get_main_option("sqlalchemy.url")
    assert url
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        migrate(connection)
        connection.commit()


def migrate(connection: Any) -> None:
    """Migrate on a connection whose login may create roles and become `depter_owner`. Of several at once one does it,
    the others wait and find nothing to do."""
    from app.kernel.migrations.foundation import lay

    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('depter.migrate'))"))
    lay(connection)
    connection.execute(text("SET ROLE depter_owner"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_schemas=True,
        include_name=include_name,
        compare_type=True,
        compare_server_default=False,
        version_table_schema="kernel",
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("RESET ROLE"))


run()
