"""The commands: `python -m app.cli COMMAND`. An entrance like the pages; knows settings, not rules.

Started while `make run` is running, a command finds its servers by itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from app.kernel.settings import PROJECT, Settings


@click.group()
def depter() -> None:
    """The electronic journal of a university and its processes."""


def settings() -> Settings:
    """The settings of the environment; without DATABASE_URL those of a running `make run`."""
    from app.kernel.keeper import Addresses
    from app.kernel.running import data_folder

    environ = dict(os.environ)
    if not environ.get("DATABASE_URL"):
        data = data_folder(PROJECT, environ)
        addresses = Addresses.read(data)
        if addresses is None:
            raise click.ClickException("Nothing is running here: start `make run`, or set DATABASE_URL.")
        environ = {"DEPTER_DATA": str(data), "DEPTER_ENV": "demo"} | environ | addresses.environment()
    return Settings.from_env(environ)


@depter.command()
@click.option("--with-parent", is_flag=True, help="End when the process that started this one is gone.")
def run(with_parent: bool) -> None:
    """Private servers, migrations, demo university, web and worker, until Ctrl-C."""
    from app.kernel.running import Demo
    from app.kernel.servers.lifeline import Parent

    parent = Parent() if with_parent else None
    raise SystemExit(Demo(PROJECT, dict(os.environ), depter.commands.__contains__, parent=parent).run())


@depter.command()
def migrate() -> None:
    """Bring the database to the newest tables, and shipped diagrams into force."""
    from app.kernel import schema

    found = settings()
    schema.migrate(found.migration_database_url)
    _sync_diagrams(found)


@depter.group()
def diagrams() -> None:
    """Look after process diagrams."""


@diagrams.command("sync")
def sync_diagrams() -> None:
    """Bring shipped diagrams into force; one that an administrator has changed since is only proposed."""
    _sync_diagrams(settings())


def _sync_diagrams(found: Settings) -> None:
    from app import create_app
    from app.diagrams.sync import sync
    from app.diagrams.versions import shipped
    from app.kernel import door
    from app.kernel.act import Act
    from app.kernel.clock import system_clock

    with create_app(found).app_context():
        act = Act.system(system_clock())
        with door.write(act):
            ended = sync(act, shipped(PROJECT / "workflows", PROJECT / "forms"))
    for key, how in ended.items():
        click.echo(f"{key}: {how}")


@depter.command()
def demo() -> None:
    """Fill an empty database with the demo university; does nothing when there are people."""
    from app import create_app
    from app.demo.load import load
    from app.kernel.clock import system_clock

    found = settings()
    if found.env == "production":
        raise click.ClickException("The demo is not loaded into a production database.")
    with create_app(found).app_context():
        made = load(system_clock(), found.data_dir)
    click.echo(f"demo university: {made} cases" if made else "demo university: nothing to do")


@depter.command()
@click.option(
    "--bind", default="127.0.0.1:8000", show_default=True, help="host:port, unix:path or fd://number."
)
@click.option("--workers", default=2, show_default=True, envvar="WEB_WORKERS", help="Processes.")
@click.option(
    "--threads", default=8, show_default=True, envvar="WEB_THREADS", help="Threads of each process."
)
@click.option("--patience", default=30, show_default=True, help="Seconds for open requests at the end.")
@click.option("--lifeline", is_flag=True, help="End when stdin closes.")
def web(bind: str, workers: int, threads: int, patience: int, lifeline: bool) -> None:
    """Serve the pages."""
    _hold(lifeline)
    from app import create_app
    from app.kernel.db import db
    from app.kernel.servers.web import Serving, serve

    application = create_app(settings())

    def forget_connections() -> None:
        with application.app_context():
            db.engine.dispose(close=False)

    serve(application, Serving(bind, workers, threads, patience, forget_connections))


@depter.command()
@click.option("--lifeline", is_flag=True, help="End when stdin closes.")
def worker(lifeline: bool) -> None:
    """Deliver messages, fire timers."""
    _hold(lifeline)
    from app.worker.run import work

    work(settings())


def _hold(lifeline: bool) -> None:
    if lifeline:
        from app.kernel.servers.lifeline import watch_stdin

        watch_stdin()


@depter.group(name="import")
def bring() -> None:
    """Bring data in."""


@bring.command("oneroster")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Execute without asking.")
def oneroster(file: Path, yes: bool) -> None:
    """Preview a OneRoster 1.1 or 1.2 ZIP, then do exactly what the preview shows."""
    from app import create_app
    from app.exchange import apply as applying
    from app.exchange import plan as planning
    from app.exchange.read import read
    from app.kernel import door
    from app.kernel.act import Act
    from app.kernel.clock import local_day, system_clock
    from app.kernel.errors import DepterError

    with create_app(settings()).app_context():
        act = Act.system(system_clock())
        try:
            roster = read(file.read_bytes())
            with door.read():
                plan = planning.make(roster, local_day(act.at))
            _preview(roster.version, plan)
            if plan.findings:
                raise SystemExit(1)
            if not plan.changes or not (yes or click.confirm("Execute this plan?")):
                return
            with click.progressbar(length=len(plan.changes), label="Importing") as bar, door.write(act):
                applying.apply(
                    act, roster, plan.fingerprint, progress=lambda done, _all: bar.update(done - bar.pos)
                )
        except DepterError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"Done: {len(plan.changes)} changes.")


def _preview(version: str, plan: Any) -> None:
    """Counts and findings, each finding with file, line and column."""
    click.echo(f"OneRoster {version}: {len(plan.changes)} changes, {plan.unchanged} rows unchanged")
    for (name, action), count in sorted(plan.counts.items()):
        click.echo(f"  {name:<12} {action:<7} {count:>7}")
    for role, count in plan.left_out.items():
        click.echo(f"  left out: {count} rows with the role {role}")
    for remark, count in plan.remarks.items():
        click.echo(f"  look at: {count} rows, {remark}")
    for found in plan.findings:
        details = " ".join(f"{name}={value}" for name, value in found.params.items())
        click.echo(
            f"{found.file}:{found.line}: {found.column or '-'}: {found.code} {details}".rstrip(), err=True
        )


@depter.group(name="export")
def take() -> None:
    """Take data out."""


@take.command("oneroster")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def oneroster_out(file: Path) -> None:
    """Write this university as a OneRoster 1.2 ZIP."""
    from app import create_app
    from app.exchange.export import export
    from app.kernel import door

    with create_app(settings()).app_context(), door.read():
        file.write_bytes(export())
    click.echo(f"Written: {file}")


@depter.command(hidden=True)
@click.argument("target", type=click.Path(path_type=Path))
def autogenerate(target: Path) -> None:
    """Write the first migration from the models (`make migration`)."""
    from app.kernel.migrations.autogenerate import write_tables

    write_tables(target)


if __name__ == "__main__":
    depter(prog_name="depter")
