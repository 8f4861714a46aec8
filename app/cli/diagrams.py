"""Commands for process diagrams: check files, bring shipped diagrams into force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.environment import create_app_checking_secret_key, read_env_or_running_settings
from app.kernel.act import Act
from app.kernel.i18n import LOCALES, set_current_locale
from app.kernel.settings import SHIPPED_FORMS_DIR, SHIPPED_WORKFLOWS_DIR, Settings

if TYPE_CHECKING:
    from app.diagrams.checking import CheckReport

SOUND, FINDINGS, UNREADABLE = 0, 1, 2
"""Exit codes of `depter diagrams check`."""


@click.group("diagrams")
def diagrams_group() -> None:
    """Look after process diagrams."""


@diagrams_group.command("sync")
def sync_diagrams() -> None:
    """Bring shipped diagrams into force; one that an administrator has changed since is only proposed."""
    publish_diagrams(read_env_or_running_settings())


def publish_diagrams(config: Settings) -> None:
    """Publish or propose the shipped diagrams and print what became of each. Raises ClickException with findings."""
    from app.diagrams.errors import DiagramsRefused
    from app.diagrams.lint.messages import english_finding_lines
    from app.diagrams.sync import publish_shipped_diagrams
    from app.diagrams.versions import diagram_problems_by_key, read_shipped_diagrams
    from app.kernel import door
    from app.kernel.clock import system_clock
    from app.plays.shipped import store_shipped_scenarios

    with create_app_checking_secret_key(config).app_context():
        act = Act.system(system_clock())
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


@diagrams_group.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--forms", type=click.Path(file_okay=False, path_type=Path), help="Folder of the form files.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file.")
@click.option("--language", type=click.Choice(LOCALES), default="en", help="Language of the sentences.")
@click.pass_context
def check_files(
    context: click.Context, files: tuple[Path, ...], forms: Path | None, as_json: bool, language: str
) -> None:
    """Check diagram files; needs no database. Exit code 0: sound; 1: findings; 2: a file is not readable.

    Forms are read from the folder `--forms`, else from `forms` beside the file or beside its folder, else from
    those that ship. A warning alone leaves a diagram sound.
    """
    from app.diagrams.checking import report_json
    from app.diagrams.file_check import check_file

    set_current_locale(language)
    worst = SOUND
    for path in files:
        report = check_file(path, forms)
        worst = max(worst, _exit_code(report))
        if as_json:
            click.echo(json.dumps({"file": str(path), **report_json(report)}, ensure_ascii=False))
        else:
            click.echo("\n".join(_report_lines(path, report)))
    context.exit(worst)


def _exit_code(report: CheckReport) -> int:
    if not report.is_readable:
        return UNREADABLE
    return SOUND if report.is_sound else FINDINGS


def _report_lines(path: Path, report: CheckReport) -> list[str]:
    """Return what a shell prints about one file: a line a finding, its story below it, a summary."""
    lines = []
    for one in report.findings:
        where = f"{path}:{one.line}" if one.line else str(path)
        lines.append(f"{where}: {one.severity}: {one.message} {one.remedy} ({one.code})")
        lines += [f"    {number}. {line.text}" for number, line in enumerate(one.story, 1)]
    if report.is_sound:
        lines.append(f"{path}: sound, {report.states} states explored in {report.milliseconds} ms")
    return lines
