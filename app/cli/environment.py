"""Settings and application of a command: those of the environment, or of a running `make run`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click
import psycopg
from sqlalchemy.exc import OperationalError

from app.kernel import keycheck
from app.kernel.production import UnsafeForProduction, require_production_settings
from app.kernel.settings import WORKING_DIR, SettingMissing, Settings
from app.kernel.settings_file import merge_settings_file_and_environment


def load_settings_of_env_or_running_app() -> Settings:
    """Return the settings of the environment and the settings file; without either those of a running `make run`."""
    try:
        return Settings.from_env(read_environment_or_exit())
    except SettingMissing as missing:
        raise click.ClickException(str(missing)) from None


def read_environment_or_exit() -> dict[str, str]:
    """Return the values of `load_settings_of_env_or_running_app`, without reading or making a secret."""
    from app.kernel.dev_servers import ServerAddresses
    from app.kernel.run_all import data_folder_of_run, read_running_public_url

    try:
        environ = merge_settings_file_and_environment(os.environ)
    except SettingMissing as missing:
        raise click.ClickException(str(missing)) from None
    if not environ.get("DATABASE_URL"):
        data = data_folder_of_run(WORKING_DIR, environ)
        addresses = ServerAddresses.read_server_addresses(data)
        if addresses is None:
            raise click.ClickException(
                "Nothing is running here: start `make run`, or run `depter setup`, or set DATABASE_URL."
            )
        public = {"PUBLIC_URL": read_running_public_url(data)} if read_running_public_url(data) else {}
        environ = (
            {"DEPTER_DATA": str(data), "DEPTER_ENV": "demo"}
            | public
            | environ
            | addresses.as_environment_settings()
        )
    return environ


def require_production_settings_or_exit(config: Settings) -> None:
    """Refuse to serve a production installation that is not safe. Raises ClickException naming everything."""
    try:
        require_production_settings(config)
    except UnsafeForProduction as problem:
        raise click.ClickException(str(problem)) from None


def create_app_checking_secret_key(config: Settings) -> Any:
    """Create the application over the database of this SECRET_KEY. Raises ClickException for another key."""
    from app import create_app

    check_secret_key_or_exit(keycheck.verify_or_store_key_check, config)
    return create_app(config)


def require_register_applied_or_exit(config: Settings) -> None:
    """Refuse to serve a database that lacks erasures of the register on the disk (7.5). Raises ClickException."""
    from app.audit.erasures import EXPORT_FILE_NAME, ErasuresUnreadable, list_lacking_erasures

    try:
        lacking = list_lacking_erasures(
            config.database_url, config.data_dir, keycheck.load_hash_root(config, config.database_url)
        )
    except ErasuresUnreadable as problem:
        raise click.ClickException(str(problem)) from None
    if lacking:
        file = config.data_dir / EXPORT_FILE_NAME
        raise click.ClickException(
            f"The database is older than the register of erasures in {file}: {len(lacking)} persons whom the university"
            f" had to forget are in it. Run `depter erasures apply {file}`, then start again."
        )


def check_secret_key_or_exit(verify: Callable[[Settings], None], config: Settings) -> None:
    """Check SECRET_KEY against the database. Raises ClickException for another key, and for an unfinished restore."""
    try:
        verify(config)
    except OperationalError:
        if not _is_restore_unfinished(config):
            raise
        raise click.ClickException(
            "A restore was not finished: nobody can sign in before the register of erasures was applied. Run `depter"
            " erasures apply FILE` with its newest copy (erasures.json beside the keys of the backups)."
        ) from None
    except (keycheck.WrongKey, keycheck.RotationNotFinished, keycheck.NotMigrated) as problem:
        raise click.ClickException(str(problem)) from None


def _is_restore_unfinished(config: Settings) -> bool:
    from app.backups.restore import RestoreRefused, is_closed_to_application

    try:
        return is_closed_to_application(config)
    except (RestoreRefused, psycopg.Error):
        return False
