"""The settings file of the sealer, apart from that of web and worker, and the password of its database role."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from app.kernel import database_setup
from app.kernel.database_setup import SEALER_ROLE
from app.kernel.settings import SettingMissing
from app.kernel.settings_file import read_settings_file, write_settings_file
from app.sealer.settings import origin_of_public_url

SYSTEM_SEALER_DIR = "/var/lib/depter-sealer"


@dataclass(frozen=True, slots=True)
class SealerFile:
    """Where the file is, the folder of the key ("" for the present or usual one), and whether the password changes."""

    path: Path
    folder: str = ""
    renews_password: bool = False


def prepare_sealer_and_write_file(values: Mapping[str, str], sealer: SealerFile) -> None:
    """Write `sealer.env`, then give `depter_sealer` its password; a role of another installation is left alone.

    Raises ClickException.
    """
    owner = values["MIGRATION_DATABASE_URL"]
    try:
        present = read_settings_file(sealer.path) if sealer.path.exists() else {}
        url = present.get("SEALER_DATABASE_URL", "")
        is_known = bool(url) and database_setup.may_role_sign_in(url, SEALER_ROLE)
        if not is_known and not sealer.renews_password and database_setup.is_role_known(owner, SEALER_ROLE):
            click.echo(
                "skipped  role depter_sealer: the server has it already, and sealer.env does not know its password."
                " --new-sealer-password gives it a new one; another installation of this server then needs it too."
            )
            return
        password = database_setup.new_role_password()
        if not is_known or sealer.renews_password:
            url = database_setup.role_url(owner, SEALER_ROLE, password)
        usual = SYSTEM_SEALER_DIR if os.geteuid() == 0 else f"{values['DEPTER_DATA']}-sealer"
        written = {"SEALER_ORIGIN": origin_of_public_url(values["PUBLIC_URL"])} | present
        written["SEALER_DATABASE_URL"] = url
        written["SEALER_DIR"] = sealer.folder or present.get("SEALER_DIR") or usual
        write_settings_file(sealer.path, written)
        if not is_known or sealer.renews_password:
            database_setup.set_role_password(owner, SEALER_ROLE, password)
            database_setup.require_role_login(url, SEALER_ROLE)
    except (OSError, ValueError, SettingMissing, database_setup.DatabaseNotFit) as problem:
        raise click.ClickException(str(problem)) from None
    as_before = is_known and not sealer.renews_password
    click.echo(
        f"ok       role depter_sealer, {'as before' if as_before else 'with a new password'}: {sealer.path}"
    )
