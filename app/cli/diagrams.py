"""Commands for process diagrams: check files, bring shipped diagrams into force."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.environment import create_app_checking_secret_key, load_settings_of_env_or_running_app
from app.kernel.act import Act
from app.kernel.i18n import LOCALES, set_current_locale
from app.kernel.settings import SHIPPED_FORMS_DIR, SHIPPED_WORKFLOWS_DIR, Settings

if TYPE_CHECKING:
    from app.diagrams.checking import CheckReport
    from app.plays.file_scenarios import FileScenarioResult

SOUND, FINDINGS, UNREADABLE = 0, 1, 2
"""Exit codes of `depter diagrams check`."""


@click.group("diagrams")
def diagram_command_group() -> None:
    """Look after process diagrams."""


@diagram_command_group.command("sync")
def sync_shipped_diagrams() -> None:
    """Bring shipped diagrams into force; one that an administrator has changed since is only proposed."""
    publish_shipped_and_print_results(load_settings_of_env_or_running_app())


def publish_shipped_and_print_results(config: Settings) -> None:
    """Publish or propose the shipped diagrams and print what became of each. Raises ClickException with findings."""
    from app.diagrams.errors import DiagramsRefused
    from app.diagrams.lint.messages import english_finding_lines
    from app.diagrams.sync import publish_shipped_diagrams
    from app.diagrams.versions import diagram_problems_by_key, read_shipped_diagrams
    from app.kernel import door
    from app.kernel.clock import system_clock
    from app.plays.shipped import store_shipped_scenarios

    with create_app_checking_secret_key(config).app_context():
        act = Act.by_system(system_clock())
        try:
            shipped = read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR)
            with door.write(act):
                ended = publish_shipped_diagrams(act, shipped)
                store_shipped_scenarios(act, SHIPPED_WORKFLOWS_DIR)
        except DiagramsRefused as refused:
            click.echo("\n".join(english_finding_lines(refused.findings)), err=True)
            raise click.ClickException(
                f"{refused.params['count']} findings: no diagram was published. Correct the files and try again."
            ) from None
    for line in english_finding_lines(diagram_problems_by_key(shipped)):
        click.echo(line, err=True)
    for key, how in ended.items():
        click.echo(f"{key}: {how}")


@diagram_command_group.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--forms", type=click.Path(file_okay=False, path_type=Path), help="Folder of the form files.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file.")
@click.option(
    "--scenarios/--no-scenarios",
    "with_scenarios",
    default=None,
    help="Run the scenarios of sound files in the database; by default when DATABASE_URL is set.",
)
@click.option("--language", type=click.Choice(LOCALES), default="en", help="Language of the sentences.")
@click.pass_context
def check_diagram_files(
    context: click.Context,
    files: tuple[Path, ...],
    forms: Path | None,
    as_json: bool,
    with_scenarios: bool | None,
    language: str,
) -> None:
    """Check diagram files. Exit code 0: sound; 1: findings, or a scenario fails; 2: a file is not readable.

    Forms are read from the folder `--forms`, else from `forms` beside the file or beside its folder, else from
    those that ship. A warning alone leaves a diagram sound.

    Only scenarios need a database: those of the process that it holds, and those of the folder `scenarios` beside the
    file, are run on a sound diagram and rolled back.
    """
    from app.diagrams.checking import check_report_as_json
    from app.diagrams.file_check import check_diagram_file_with_limits

    set_current_locale(language)
    runs = bool(os.environ.get("DATABASE_URL")) if with_scenarios is None else with_scenarios
    worst = SOUND
    with _open_app_and_yield_scenario_runner() if runs else nullcontext() as run:
        for path in files:
            report = check_diagram_file_with_limits(path, forms)
            results = run(path, forms) if run is not None and report.is_sound else None
            failed = any(not one.passed for one in results or ())
            worst = max(worst, FINDINGS if failed else _exit_code_of_check_report(report))
            if as_json:
                played = {"scenarios": [one.as_json() for one in results] if results is not None else None}
                found = {"file": str(path), **check_report_as_json(report), **played}
                click.echo(json.dumps(found, ensure_ascii=False))
            else:
                click.echo(
                    "\n".join(
                        [*_check_report_lines(path, report), *_scenario_result_lines(path, results or ())]
                    )
                )
    context.exit(worst)


@contextmanager
def _open_app_and_yield_scenario_runner() -> Iterator[
    Callable[[Path, Path | None], list[FileScenarioResult]]
]:
    """Open the application for scenarios; yield a function that runs those of a file.

    Raises ClickException when there is no database.
    """
    from psycopg import OperationalError as NoConnection
    from sqlalchemy.exc import OperationalError

    from app.kernel.clock import system_clock
    from app.plays.file_scenarios import run_file_scenarios

    config = load_settings_of_env_or_running_app()
    try:
        with create_app_checking_secret_key(config).app_context():
            yield lambda path, forms: run_file_scenarios(path, forms, system_clock())
    except (OperationalError, NoConnection):
        raise click.ClickException(
            "The scenarios did not run: the database does not answer. --no-scenarios checks without it."
        ) from None


def _scenario_result_lines(path: Path, results: Sequence[FileScenarioResult]) -> list[str]:
    """Return what a shell prints about scenarios: a line for each that fails, and how many passed."""
    lines = [
        f"{path}: scenario «{one.title}» fails. {one.message} (diagrams.scenario.fails)"
        for one in results
        if not one.passed
    ]
    if results:
        passed = sum(one.passed for one in results)
        lines.append(f"{path}: {passed} of {len(results)} scenarios passed")
    return lines


def _exit_code_of_check_report(report: CheckReport) -> int:
    if not report.is_readable:
        return UNREADABLE
    return SOUND if report.is_sound else FINDINGS


def _check_report_lines(path: Path, report: CheckReport) -> list[str]:
    """Return what a shell prints about one file: a line a finding, its story below it, a summary."""
    lines = []
    for one in report.findings:
        where = f"{path}:{one.line}" if one.line else str(path)
        lines.append(f"{where}: {one.severity}: {one.message} {one.remedy} ({one.code})")
        lines += [f"    {number}. {line.text}" for number, line in enumerate(one.story, 1)]
    if report.is_sound:
        lines.append(f"{path}: sound, {report.states} states explored in {report.milliseconds} ms")
    return lines
