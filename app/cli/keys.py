"""`depter key`: change SECRET_KEY."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.exc import ProgrammingError

from app.cli.environment import create_app_checking_secret_key, load_settings_of_env_or_running_app

if TYPE_CHECKING:
    from app.kernel.key_rotation import WrappedKeyTable


@click.group("key")
def key_command_group() -> None:
    """Look after SECRET_KEY."""


@key_command_group.command("rotate")
@click.option(
    "--batch", default=1000, show_default=True, type=click.IntRange(1, 100_000), help="Keys a batch."
)
def rotate_secret_key(batch: int) -> None:
    """Wrap every stored key by SECRET_KEY instead of PREVIOUS_SECRET_KEY; run it again after a stop."""
    from app.audit.record import record_audit_event
    from app.kernel import door, key_rotation
    from app.kernel.act import Act
    from app.kernel.clock import system_clock
    from app.kernel.ids import new_id

    config = load_settings_of_env_or_running_app()
    tables = wrapped_key_tables()
    counts = dict.fromkeys((table.table for table in tables), 0)
    with create_app_checking_secret_key(config).app_context():
        try:
            for done in key_rotation.rotate_keys(config.migration_database_url, tables, batch):
                counts[done.table] += done.wrapped
                click.echo(f"{done.table}: {counts[done.table]} keys wrapped by the new secret")
        except key_rotation.NothingToRotate:
            raise click.ClickException(
                "Nothing to change: this database does not use PREVIOUS_SECRET_KEY. Set SECRET_KEY to the new secret"
                " and PREVIOUS_SECRET_KEY to the present one, start web and worker again, then repeat."
            ) from None
        except ProgrammingError as problem:
            if not isinstance(problem.orig, InsufficientPrivilege):
                raise
            raise click.ClickException(
                "MIGRATION_DATABASE_URL has to name a login that may become depter_owner, as for `depter migrate`."
            ) from None
        except key_rotation.UnreadableKeys as problem:
            raise click.ClickException(
                f"Not finished. {problem}: {', '.join(problem.ids[:20])}. What they encrypt cannot be read under"
                " either secret; restore these rows from a backup, then run this again. Keep PREVIOUS_SECRET_KEY."
            ) from None
        act = Act.by_system(system_clock())
        with door.write(act):
            record_audit_event(act, "kernel.key.rotated", ("kernel.installation", new_id()), None, counts)
    click.echo(
        "Done. Remove PREVIOUS_SECRET_KEY (and the file secret.previous), then start web and worker again."
    )


def wrapped_key_tables() -> tuple[WrappedKeyTable, ...]:
    """Return the tables that hold keys wrapped by SECRET_KEY."""
    from app.audit.keys import SUBJECT_KEY_PURPOSE
    from app.files.store import FILE_KEY_PURPOSE
    from app.kernel.key_rotation import WrappedKeyTable

    return (
        WrappedKeyTable(
            "audit.subject_key",
            "subject",
            "wrapped",
            SUBJECT_KEY_PURPOSE,
            lambda subject: bytes(subject.bytes),
        ),
        WrappedKeyTable(
            "files.blob", "address", "key", FILE_KEY_PURPOSE, lambda address: bytes(address.encode())
        ),
    )
