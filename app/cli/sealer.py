"""`depter sealer` and `depter audit export`: seal the audit, change the key, hand everything to an auditor."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import psycopg

from app.cli.environment import (
    create_app_checking_secret_key,
    load_settings_of_env_or_running_app,
    read_environment_or_exit,
)
from app.kernel.readiness import database_problem_text
from app.kernel.settings import SettingMissing
from app.kernel.settings_file import merge_sealer_file_and_environment
from app.sealer.settings import SealerSettings


@click.group("sealer", invoke_without_command=True)
@click.option("--lifeline", is_flag=True, help="End when stdin closes.")
@click.pass_context
def sealer_command_group(ctx: click.Context, lifeline: bool) -> None:
    """Seal the audit and sign checkpoints, until stopped."""
    if ctx.invoked_subcommand is not None:
        return
    if lifeline:
        from app.kernel.servers.parent_watch import end_process_at_stdin_eof

        end_process_at_stdin_eof()
    from app.kernel.logs import configure_logging
    from app.sealer.run import run_until_stopped

    configure_logging()
    run_until_stopped(load_sealer_settings_or_exit())


@sealer_command_group.command("rotate-key")
def rotate_sealer_key() -> None:
    """Make a new key, signed by the present one, which is then removed. A running sealer takes it by itself."""
    from app.sealer.reports import open_sealer_connection
    from app.sealer.seal import Sealer

    config = load_sealer_settings_or_exit()
    with _problems_in_words(), open_sealer_connection(config) as connection:
        number = Sealer(connection, config).rotate_key()
    click.echo(f"Key {number} signs from now on. Copy {config.folder / 'key'} to where you keep such keys.")


@sealer_command_group.command("continue")
@click.option("--reason", required=True, help="Why: everybody who verifies the log reads it.")
@click.option("--new-key", is_flag=True, help="The key is lost: make a new one.")
def begin_next_log(reason: str, new_key: bool) -> None:
    """Begin a new log after a restore that lost sealed records, or after a lost key; it names the earlier one."""
    from app.sealer.reports import open_sealer_connection
    from app.sealer.run import take_sealer_lock
    from app.sealer.seal import Sealer, SealingStopped

    config = load_sealer_settings_or_exit()
    if not reason.strip():
        raise click.ClickException("--reason: say in words why the log begins anew.")
    with _problems_in_words(), open_sealer_connection(config) as connection:
        if not take_sealer_lock(connection):
            raise click.ClickException(
                "A sealer is working: its log needs no other. Stop it first if you are sure."
            )
        sealer = Sealer(connection, config)
        try:
            sealer.begin()
        except SealingStopped as stopped:
            click.echo(f"The log stopped because: {stopped}")
            number = sealer.begin_next_log(reason.strip(), with_new_key=new_key)
        else:
            raise click.ClickException("The log is sound: nothing has to begin anew.")
    click.echo(f"Log {number} has begun. The sealer signs it from now on; tell your auditors why.")


@sealer_command_group.command("status")
def show_sealer_status() -> None:
    """Say what is sealed, and what waits; exit code 1 when nothing was said for two minutes."""
    from app.sealer.store import find_last_checkpoint

    config = load_settings_of_env_or_running_app()
    with _problems_in_words(), psycopg.connect(config.database_url.replace("+psycopg", "", 1)) as connection:
        last = find_last_checkpoint(connection)
        row = connection.execute(
            "SELECT (SELECT count(*) FROM (SELECT FROM audit.unsealed LIMIT 100001) AS waiting), s.state, s.host,"
            " clock_timestamp() - s.said_at < interval '2 minutes'"
            " FROM (VALUES (1)) AS one LEFT JOIN sealer.status AS s ON true"
        ).fetchone()
    assert row is not None
    sealed = f"checkpoint {last.number} over {last.size} records" if last else "nothing sealed yet"
    click.echo(
        f"{sealed}; {row[0]} records wait; sealer: {row[1] or 'never started'} {row[2] or ''}".rstrip()
    )
    if not row[3]:
        raise SystemExit(1)


@click.group("audit")
def audit_command_group() -> None:
    """Hand the audit to an auditor."""


@audit_command_group.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export_audit_to_folder(folder: Path) -> None:
    """Write records, tree, checkpoints and keys into a new FOLDER, with the verifier beside them."""
    from app.audit.record import record_audit_event
    from app.kernel import door
    from app.kernel.act import Act
    from app.kernel.clock import system_clock
    from app.kernel.ids import new_id
    from app.sealer.export import ExportRefused, export_audit

    config = load_settings_of_env_or_running_app()
    try:
        with _problems_in_words():
            counts = export_audit(config.database_url, folder)
    except ExportRefused as refusal:
        raise click.ClickException(str(refusal)) from None
    with create_app_checking_secret_key(config).app_context():
        act = Act.by_system(system_clock())
        with door.write(act):
            after = {"records": counts.records, "checkpoints": counts.checkpoints}
            record_audit_event(act, "audit.log.exported", ("audit.log", new_id()), None, after)
    click.echo(
        f"Written: {folder}: {counts.records} sealed records, {counts.checkpoints} checkpoints,"
        f" {counts.unsealed} records not sealed yet. It holds sealed values, names of events and ids of persons."
    )
    if counts.missing:
        raise click.ClickException(f"{counts.missing} sealed records are missing in this database.")


@audit_command_group.command("check-night")
def check_night() -> None:
    """Compare business rows, audit and seals both ways; the worker calls it each night."""
    from app.worker.seal_watch import run_night_check

    report = run_night_check(create_app_checking_secret_key(load_settings_of_env_or_running_app()))
    if report is None:
        click.echo("This night was compared already.")
        return
    for name, count in sorted(report.counts.items()):
        click.echo(f"  {name:<40} {count:>9}")
    if report.findings:
        raise SystemExit(1)


def load_sealer_settings_or_exit() -> SealerSettings:
    """Return the settings of `sealer.env` and the environment, or those of a running `make run`."""
    try:
        environ = merge_sealer_file_and_environment(os.environ)
        if not environ.get("SEALER_DATABASE_URL") and not environ.get("DATABASE_URL"):
            environ = _sealer_of_running_app() | environ
        return SealerSettings.from_env(environ)
    except SettingMissing as missing:
        raise click.ClickException(str(missing)) from None


def _sealer_of_running_app() -> dict[str, str]:
    """Return the sealer's settings of a running `make run`."""
    from app.kernel.dev_servers import ServerAddresses
    from app.kernel.run_all import sealer_environment

    data = Path(read_environment_or_exit()["DEPTER_DATA"])
    addresses = ServerAddresses.read_server_addresses(data)
    return sealer_environment(data, addresses.database_url("depter_sealer")) if addresses else {}


@contextmanager
def _problems_in_words() -> Iterator[None]:
    """Turn what may go wrong into one sentence. Raises ClickException."""
    from app.sealer.seal import SealingStopped

    try:
        yield
    except SealingStopped as stopped:
        raise click.ClickException(str(stopped)) from None
    except psycopg.Error as problem:
        raise click.ClickException(
            f"The database refuses: {database_problem_text(problem)}. Run `depter migrate`, and check"
            " SEALER_DATABASE_URL."
        ) from None
    except OSError as problem:
        raise click.ClickException(
            f"{problem.filename or 'The folder'} cannot be written ({problem.strerror}). Free some space, or name"
            " another folder."
        ) from None
