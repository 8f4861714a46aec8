"""Write the next migration from the models:

`make migration NAME="add room to lesson"`. A tool for developers.

Alembic sees new, changed and removed tables, columns, keys, indexes, defaults and named checks. It does not
see a changed condition of a check, nor triggers, functions, grants and sequences: those are written by hand
(`docs/migrations.md`).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from alembic import command
from alembic.script import Script, ScriptDirectory
from sqlalchemy import MetaData

from app.kernel import schema
from app.kernel.dev_servers import DevServers
from app.kernel.servers import paths
from app.kernel.settings import PROJECT_DIR

RUFF_HOOKS = {
    "check": "check --fix --quiet REVISION_SCRIPT_FILENAME",
    "format": "format --quiet REVISION_SCRIPT_FILENAME",
}
"""Commands of ruff that put the written file in shape."""


def write_next_migration(
    name: str, url: str, *, models: MetaData | None = None, migrations: Path = schema.MIGRATIONS_DIR
) -> Path | None:
    """Migrate the database at `url`, compare it with the models and write what differs as `NNNN_name.py`.

    Return the path of the written file; None when there is no difference. `url` belongs to a login that may
    become `depter_owner`; `models` are those of the rooms unless given.
    """
    config = schema.alembic_config(url, migrations)
    if models is not None:
        config.attributes["models"] = models
    config.set_section_option("post_write_hooks", "hooks", ", ".join(RUFF_HOOKS))
    for hook, options in RUFF_HOOKS.items():
        for key, value in (("type", "module"), ("module", "ruff"), ("options", options)):
            config.set_section_option("post_write_hooks", f"{hook}.{key}", value)
    command.upgrade(config, "head")
    number = 1 + max(int(one.revision) for one in ScriptDirectory.from_config(config).walk_revisions())
    written = command.revision(
        config,
        name,
        autogenerate=True,
        rev_id=f"{number:04}",
        process_revision_directives=_drop_empty_revision,
    )
    return Path(written.path) if isinstance(written, Script) else None


def _drop_empty_revision(context: Any, revision: Any, directives: list[Any]) -> None:
    """Make Alembic write no file when it found no difference."""
    if directives[0].upgrade_ops.is_empty():
        directives.clear()


def main(name: str) -> None:
    """Write the next migration against a private PostgreSQL, and say where it is."""
    if not name.strip():
        sys.exit('Name the migration by what it does: make migration NAME="add room to lesson"')
    scratch = paths.ensure_project_data_dir(PROJECT_DIR) / f"scratch-{os.getpid()}"
    keeper = DevServers.start(scratch, ("postgres",), forgetful=True, disposable=True)
    try:
        written = write_next_migration(name, keeper.addresses.database_url())
    finally:
        keeper.stop()
    if written is None:
        print("The migrations make what the models say: there is nothing to write.")
    else:
        print(
            f"Read and complete {written.relative_to(PROJECT_DIR)}; docs/migrations.md says what Alembic does not see."
        )


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
