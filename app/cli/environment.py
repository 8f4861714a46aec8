"""Settings and application of a command: those of the environment, or of a running `make run`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from app.kernel import keycheck
from app.kernel.settings import WORKING_DIR, SettingMissing, Settings


def load_settings_of_env_or_running_app() -> Settings:
    """Return the settings of the environment; without DATABASE_URL those of a running `make run`."""
    from app.kernel.dev_servers import ServerAddresses
    from app.kernel.run_all import data_folder_of_run, read_running_public_url

    environ = dict(os.environ)
    if not environ.get("DATABASE_URL"):
        data = data_folder_of_run(WORKING_DIR, environ)
        addresses = ServerAddresses.read_server_addresses(data)
        if addresses is None:
            raise click.ClickException("Nothing is running here: start `make run`, or set DATABASE_URL.")
        public = {"PUBLIC_URL": read_running_public_url(data)} if read_running_public_url(data) else {}
        environ = (
            {"DEPTER_DATA": str(data), "DEPTER_ENV": "demo"}
            | public
            | environ
            | addresses.as_environment_settings()
        )
    try:
        return Settings.from_env(environ)
    except SettingMissing as missing:
        raise click.ClickException(str(missing)) from None


def create_app_checking_secret_key(config: Settings) -> Any:
    """Create the application over the database of this SECRET_KEY. Raises ClickException for another key."""
    from app import create_app

    check_secret_key_or_exit(keycheck.verify_or_store_key_check, config)
    return create_app(config)


def check_secret_key_or_exit(verify: Callable[[Settings], None], config: Settings) -> None:
    """Check SECRET_KEY against the database. Raises ClickException for another key."""
    try:
        verify(config)
    except (keycheck.WrongKey, keycheck.RotationNotFinished, keycheck.NotMigrated) as problem:
        raise click.ClickException(str(problem)) from None
