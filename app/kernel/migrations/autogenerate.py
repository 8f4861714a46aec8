"""Writes the first migration from the models, against an empty scratch database. Used until the first release."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from alembic import command

from app.kernel import schema
from app.kernel.keeper import Keeper
from app.kernel.servers import places
from app.kernel.settings import PROJECT


def write_tables(target: Path) -> None:
    """Compare the models with nothing and write the difference to `target` as revision 0001."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "migrations"
        versions = shutil.ignore_patterns("versions", "__pycache__")
        shutil.copytree(schema.MIGRATIONS, draft, ignore=versions)
        (draft / "versions").mkdir()
        scratch = places.home(PROJECT) / f"scratch-{Path(folder).name}"
        keeper = Keeper.start(scratch, ("postgres",), forgetful=True, disposable=True)
        try:
            made = schema.config(keeper.addresses.database_url())
            made.set_main_option("script_location", str(draft))
            command.revision(made, "tables", autogenerate=True, rev_id="0001")
        finally:
            keeper.stop()
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(next((draft / "versions").glob("0001*.py")), target)
