"""Migration of a database to the newest schema, and options for comparing it with the models."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script.revision import ResolutionError
from alembic.util import CommandError

from app.kernel.db import ROOM_SCHEMAS

_YEAR_PARTITION_NAME = re.compile(r".+_y\d{4}")
MIGRATIONS_DIR = Path(__file__).with_name("migrations")


def _is_room_schema(name: str | None, kind: str, parents: Any) -> bool:
    """Return whether a schema belongs to a room: `kernel`, which has no models, and `public` do not; or whether a table
    is one of the models, and not the partition of a year."""
    if kind == "table":
        return not _YEAR_PARTITION_NAME.fullmatch(name or "")
    return name in ROOM_SCHEMAS if kind == "schema" else True


SCHEMA_COMPARE_OPTIONS: dict[str, Any] = {
    "include_schemas": True,
    "include_name": _is_room_schema,
    "compare_type": True,
    "compare_server_default": True,
    "autogenerate_plugins": ["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
}
"""How models and database are compared: options of Alembic's `MigrationContext`."""


def alembic_config(url: str, migrations: Path = MIGRATIONS_DIR) -> Config:
    """Return Alembic's configuration, made without an ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(migrations))
    settings.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


class UnknownSchemaVersion(RuntimeError):
    """The database was migrated by a release that has other migrations, a newer one for instance."""

    def __init__(self, version: str) -> None:
        super().__init__(
            f"The schema of this database has version {version}, which this release of Depter does not know."
            " Nothing was changed. Start the release that migrated it, or use another database."
        )


def migrate_database(url: str) -> None:
    """Apply every migration that is missing. Raises UnknownSchemaVersion.

    `url` belongs to a login that may become `depter_owner`.
    """
    try:
        command.upgrade(alembic_config(url), "head")
    except CommandError as problem:
        if isinstance(problem.__cause__, ResolutionError):
            raise UnknownSchemaVersion(str(problem.__cause__.argument)) from None
        raise
