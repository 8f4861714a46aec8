"""The commands of Depter: `depter COMMAND`, or `python -m app.cli COMMAND`.

Started while `make run` is running, a command uses its servers (with EMPTY=1 those of `make run EMPTY=1`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.audit_replay import replay_audit_and_compare
from app.cli.backup import backup_command_group, erasure_command_group, restore_backup
from app.cli.diagrams import diagram_command_group, publish_shipped_and_print_results
from app.cli.environment import (
    check_secret_key_or_exit,
    create_app_checking_secret_key,
    load_settings_of_env_or_running_app,
    require_production_settings_or_exit,
    require_register_applied_or_exit,
)
from app.cli.keys import key_command_group
from app.cli.sealer import audit_command_group, sealer_command_group
from app.cli.setup import check_installation, set_up_installation
from app.kernel import keycheck
from app.kernel.act import Act
from app.kernel.composed_text import compose_text
from app.kernel.settings import WORKING_DIR

if TYPE_CHECKING:
    from app.kernel.errors import Invalid
    from app.people.commands import InvitationLink


class ComposedArguments(click.Group):
    """A group of commands whose arguments come in NFC; the path of a file that exists stays byte for byte."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments of the command line and of all commands below."""
        return super().parse_args(ctx, [one if Path(one).exists() else compose_text(one) for one in args])


@click.group(cls=ComposedArguments)
def depter() -> None:
    """The electronic journal of a university and its processes."""


audit_command_group.add_command(replay_audit_and_compare)
depter.add_command(diagram_command_group)
depter.add_command(key_command_group)
depter.add_command(set_up_installation)
depter.add_command(check_installation)
depter.add_command(backup_command_group)
depter.add_command(restore_backup)
depter.add_command(erasure_command_group)
depter.add_command(sealer_command_group)
depter.add_command(audit_command_group)


@depter.command("run")
@click.option("--with-parent", is_flag=True, help="End when the process that started this one is gone.")
def run_demo(with_parent: bool) -> None:
    """Private servers, migrations, demo university, web and worker, until Ctrl-C."""
    from app.kernel.run_all import AllProcessesRun
    from app.kernel.servers.parent_watch import ParentProcess

    parent = ParentProcess() if with_parent else None
    raise SystemExit(
        AllProcessesRun(WORKING_DIR, dict(os.environ), depter.commands.__contains__, parent=parent).run()
    )


@depter.command("migrate")
def migrate_database_and_publish_diagrams() -> None:
    """Bring the database to the newest tables, and shipped diagrams into force."""
    from app.kernel import schema

    config = load_settings_of_env_or_running_app()
    check_secret_key_or_exit(keycheck.verify_secret_key_before_migration, config)
    try:
        schema.migrate_database(config.migration_database_url)
    except schema.UnknownSchemaVersion as problem:
        raise click.ClickException(str(problem)) from None
    publish_shipped_and_print_results(config)


@depter.command("demo")
def fill_with_demo_university() -> None:
    """Fill an empty database with the demo university; does nothing when there are people."""
    from app.demo.load import fill_demo_database
    from app.kernel.clock import system_clock

    config = load_settings_of_env_or_running_app()
    if config.env == "production":
        raise click.ClickException("The demo is not loaded into a production database.")
    with create_app_checking_secret_key(config).app_context():
        made = fill_demo_database(system_clock(), config.data_dir)
    click.echo(f"demo university: {made} cases" if made else "demo university: nothing to do")


@depter.group("account")
def account_command_group() -> None:
    """Look after accounts."""


@account_command_group.command("create")
@click.option("--role", required=True, help="it_admin, academic_office, ...: see docs/running.md.")
@click.option("--unit", "code", default="", help="Code of the unit, for a role that is held for one.")
@click.option("--family", default="", help="Family name; without it the person is called after the role.")
@click.option("--given", default="", help="Given name.")
@click.option("--login", default="", help="User name to offer; the person may choose another.")
@click.option("--hours", default=24, show_default=True, type=click.IntRange(1, 168), help="Life of the link.")
def create_person_and_print_account_link(
    role: str, code: str, family: str, given: str, login: str, hours: int
) -> None:
    """Add a person with a role and print a one-time link that opens the account."""
    from app.people.commands.firsts import NewStaff, add_and_invite_staff

    new = NewStaff(role, code, family, given, login)
    _create_and_print_invitation(lambda act: add_and_invite_staff(act, new, timedelta(hours=hours)))


@account_command_group.command("first")
def renew_first_admin_link() -> None:
    """Print a fresh link for the first IT administrator while nobody has an account; earlier ones end."""
    from app.people.commands.firsts import invite_first_admin

    _create_and_print_invitation(invite_first_admin)


def _create_and_print_invitation(make: Callable[[Act], InvitationLink | None]) -> None:
    from app.kernel import door
    from app.kernel.clock import local_time, system_clock
    from app.kernel.errors import Invalid

    config = load_settings_of_env_or_running_app()
    with create_app_checking_secret_key(config).app_context():
        act = Act.by_system(system_clock())
        try:
            with door.write(act):
                made = make(act)
        except Invalid as refusal:
            raise click.ClickException(_option_problems_text(refusal)) from None
    if made is None:
        click.echo("There are accounts already: sign in, or use `depter account create`.")
        return
    click.echo(
        f"  Open this link once, before {local_time(made.expires_at):%d.%m.%Y %H:%M}, to open the account:\n"
    )
    click.echo(f"  {config.public_url}/invitation/{made.key}\n")


def _option_problems_text(refusal: Invalid) -> str:
    """Return a line for each wrong option, with the values it may have."""
    from app.people.models import ROLES

    roles = ", ".join(role for role in ROLES if role != "student")
    texts = {
        ("role", "people.role.unknown"): f"--role: there is no such role. Choose one of {roles}.",
        (
            "role",
            "forms.field.not_offered",
        ): "--role: students come with their groups, by `depter import oneroster`.",
        ("unit", "forms.field.required"): "--unit: this role is held for a unit. Name it by its code.",
        ("unit", "forms.field.not_offered"): "--unit: no unit, or more than one, has this code.",
        ("family_name", "forms.field.required"): "--family: name the person.",
        ("login", "people.account.login_taken"): "--login: somebody has this user name already.",
    }
    return "\n".join(
        texts.get((key, problem.code), f"--{key}: {problem.code}")
        for key, problems in refusal.fields.items()
        for problem in problems
    )


@depter.command("web")
@click.option(
    "--bind", default="127.0.0.1:8000", show_default=True, help="host:port, unix:path or fd://number."
)
@click.option("--workers", default=2, show_default=True, envvar="WEB_WORKERS", help="Processes.")
@click.option(
    "--threads", default=8, show_default=True, envvar="WEB_THREADS", help="Threads of each process."
)
@click.option("--patience", default=30, show_default=True, help="Seconds for open requests at the end.")
@click.option("--lifeline", is_flag=True, help="End when stdin closes.")
def serve_web(bind: str, workers: int, threads: int, patience: int, lifeline: bool) -> None:
    """Serve the pages."""
    _end_process_with_stdin_if_lifeline(lifeline)
    with share_request_counts_of_processes():
        _serve_web_processes(bind, workers, threads, patience)


@contextmanager
def share_request_counts_of_processes() -> Iterator[None]:
    """Give the web processes one folder in which prometheus-client adds up their counts; remove it at the end."""
    folder, owner = tempfile.mkdtemp(prefix="depter-metrics-"), os.getpid()
    # prometheus-client reads it once, at its import, which comes with the application.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    try:
        yield
    finally:
        # The block ends in every forked process too.
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)
            os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)


def _serve_web_processes(bind: str, workers: int, threads: int, patience: int) -> None:
    """Serve until SIGTERM. Raises ClickException for settings that production refuses."""
    from app.kernel.db import db
    from app.kernel.servers.web import ServerOptions, serve_application

    config = load_settings_of_env_or_running_app()
    application = create_app_checking_secret_key(config)
    require_register_applied_or_exit(config)
    require_production_settings_or_exit(config)

    def discard_inherited_connections() -> None:
        with application.app_context():
            db.engine.dispose(close=False)

    serve_application(
        application, ServerOptions(bind, workers, threads, patience, discard_inherited_connections)
    )


@depter.command("worker")
@click.option("--lifeline", is_flag=True, help="End when stdin closes.")
def run_worker(lifeline: bool) -> None:
    """Deliver messages, fire timers."""
    _end_process_with_stdin_if_lifeline(lifeline)
    from app.worker.run import run_until_stopped

    config = load_settings_of_env_or_running_app()
    check_secret_key_or_exit(keycheck.verify_or_store_key_check, config)
    require_register_applied_or_exit(config)
    require_production_settings_or_exit(config)
    run_until_stopped(config)


def _end_process_with_stdin_if_lifeline(lifeline: bool) -> None:
    if lifeline:
        from app.kernel.servers.parent_watch import end_process_at_stdin_eof

        end_process_at_stdin_eof()


@depter.group(name="import")
def import_command_group() -> None:
    """Bring data in."""


@import_command_group.command("oneroster")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Execute without asking.")
@click.option("--inclusive-ends", is_flag=True, help="An endDate is the last day, not the day after it.")
@click.option("--groups-apart", is_flag=True, help="Keep classes of one name, unit and students apart.")
def import_oneroster(file: Path, yes: bool, inclusive_ends: bool, groups_apart: bool) -> None:
    """Preview a OneRoster 1.1 or 1.2 ZIP, then do exactly what the preview shows."""
    from app.exchange import apply as applying
    from app.exchange import plan as planning
    from app.exchange.read import read_roster
    from app.kernel import door
    from app.kernel.clock import local_day, system_clock
    from app.kernel.errors import DepterError

    with create_app_checking_secret_key(load_settings_of_env_or_running_app()).app_context():
        act = Act.by_system(system_clock())
        try:
            roster = read_roster(file.read_bytes(), inclusive_ends=inclusive_ends)
            with door.read():
                plan = planning.make_import_plan(roster, local_day(act.at))
                choices = {group.key: False for group in plan.groups} if groups_apart else {}
                if choices:
                    plan = planning.make_import_plan(roster, local_day(act.at), choices=choices)
            ends = "last days" if inclusive_ends else "days after the last day"
            click.echo(f"End dates are read as {ends}.")
            _print_import_preview(roster.version, plan)
            if plan.findings:
                raise SystemExit(1)
            if not plan.change_total or not (yes or click.confirm("Execute this plan?")):
                return
            with click.progressbar(length=len(plan.changes), label="Importing") as bar, door.write(act):
                applying.execute_import_plan(
                    act,
                    roster,
                    plan.fingerprint,
                    choices=choices,
                    progress=lambda done, _all: bar.update(done - bar.pos),
                )
        except DepterError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"Done: {plan.change_total} changes.")


def _print_import_preview(version: str, plan: Any) -> None:
    """Print counts and findings, each finding with file, line and column."""
    click.echo(f"OneRoster {version}: {plan.change_total} changes, {plan.unchanged_row_count} rows unchanged")
    for (name, action), count in sorted(plan.change_counts.items()):
        click.echo(f"  {name:<12} {action:<7} {count:>7}")
    for role, count in plan.left_out.items():
        click.echo(f"  left out: {count} rows with the role {role}")
    for remark, count in plan.remark_counts.items():
        click.echo(f"  look at: {count} rows, {remark}")
    for group in plan.groups:
        how = "one group" if group.joined else "kept apart"
        click.echo(f"  classes {', '.join(group.classes)}: {group.name}, {group.students} students, {how}")
    for found in plan.findings:
        details = " ".join(f"{name}={value}" for name, value in found.params.items())
        click.echo(
            f"{found.file}:{found.line}: {found.column or '-'}: {found.code} {details}".rstrip(), err=True
        )


@depter.group(name="export")
def export_command_group() -> None:
    """Take data out."""


@export_command_group.command("oneroster")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_oneroster(file: Path) -> None:
    """Write this university as a OneRoster 1.2 ZIP."""
    from app.exchange.export import export_roster_zip
    from app.kernel import door
    from app.kernel.atomic_files import write_file_atomically
    from app.kernel.clock import local_day, system_clock

    with create_app_checking_secret_key(load_settings_of_env_or_running_app()).app_context(), door.read():
        content = export_roster_zip(local_day(system_clock()))
    try:
        write_file_atomically(file, content)
    except OSError as problem:
        raise click.ClickException(
            f"{file} could not be written: {problem.strerror}. A file of this name is as it was before."
            " Free some space or choose another folder, then try again."
        ) from None
    click.echo(f"Written: {file}")


@depter.command("samples")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--seed", type=int, default=1, show_default=True, help="Another number invents other people.")
@click.option("--size", type=click.Choice(["small", "university"]), default="university", show_default=True)
@click.option(
    "--starts-on",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2026-09-01",
    show_default=True,
    help="First day of the semester.",
)
def write_samples(folder: Path, seed: int, size: str, starts_on: Any) -> None:
    """Write the files by which an invented university moves in; the same options give the same files."""
    from app.demo.sample_files import write_sample_files
    from app.demo.sample_university import SIZES

    try:
        made = write_sample_files(folder, seed, SIZES[size], starts_on.date())
    except OSError as problem:
        raise click.ClickException(f"{folder} could not be written: {problem.strerror}.") from None
    click.echo(f"Written: {len(made)} files in {folder}")


def main() -> None:
    """Run the installed command `depter`."""
    depter(prog_name="depter")
