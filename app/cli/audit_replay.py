"""`depter audit replay`: build the journal, results, cases and roles again from the audit, and compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.cli.environment import create_app_checking_secret_key, load_settings_of_env_or_running_app

if TYPE_CHECKING:
    from app.audit.replay.compare import RowDifference
    from app.audit.replay.run import ReplayResult

MAX_SHOWN = 100


@click.command("replay")
@click.option(
    "--most",
    default=MAX_SHOWN,
    show_default=True,
    type=click.IntRange(0),
    help="Differences to name; all are counted.",
)
def replay_audit_and_compare(most: int) -> None:
    """Build journal, results, cases and roles again from the audit alone and compare; exit code 1 when they differ.

    Reads one moment of the running system and changes nothing in it. Names kinds, ids and columns, never a value.
    """
    import psycopg

    from app.audit.replay.run import replay_audit
    from app.journal.grading.initial_schemes import shipped_scheme_rows
    from app.kernel import door

    config = load_settings_of_env_or_running_app()
    shown = 0

    def name_difference(difference: RowDifference) -> None:
        nonlocal shown
        shown += 1
        if shown <= most:
            click.echo(_difference_sentence(difference))

    with create_app_checking_secret_key(config).app_context(), door.read():
        try:
            shipped = {"journal.grading_scheme": shipped_scheme_rows()}
            result = replay_audit(config.migration_database_url, shipped, name_difference)
        except psycopg.errors.InsufficientPrivilege:
            raise click.ClickException(
                "MIGRATION_DATABASE_URL has to name a login that may become depter_owner, as for `depter migrate`."
            ) from None
    if shown > most:
        click.echo(f"... and {shown - most} more: repeat with --most {shown}.")
    _print_result(result, most)
    if not result.agrees:
        raise SystemExit(1)


def _difference_sentence(difference: RowDifference) -> str:
    """Return one difference in words."""
    about = f"{difference.table} {difference.key}"
    if difference.missing:
        return f"{about}: the audit has it, the running system does not"
    if difference.extra:
        return f"{about}: the running system has it, the audit does not"
    return f"{about}: differs in {', '.join(difference.columns)}"


def _print_result(result: ReplayResult, most: int) -> None:
    """Print what was compared, what cannot be, and the verdict."""
    for record in result.unusable[:most]:
        why = (
            "its values are not whole, or it was changed"
            if record.known
            else "this release does not know the event"
        )
        click.echo(f"audit record {record.id} ({record.event_type}): {why}")
    if len(result.unusable) > most:
        click.echo(f"... and {len(result.unusable) - most} more audit records that cannot be used.")
    compared = ", ".join(f"{table} {count}" for table, count in result.rows.items() if count) or "none"
    empty = ", ".join(table for table, count in result.rows.items() if not count) or "none"
    click.echo(f"Read {result.records} audit records about them. Running rows compared: {compared}.")
    click.echo(f"Tables without a running row: {empty}.")
    _print_what_is_not_rebuilt(result)
    if result.agrees and not any((result.records, *result.rows.values())):
        click.echo("There is nothing to compare yet: no row, and no audit record about one.")
        return
    if result.agrees:
        click.echo("No difference: the running system is what its audit says.")
        return
    click.echo(
        f"DIFFERENT: {result.differences} rows differ, {len(result.unusable)} audit records cannot be used. Somebody"
        " changed rows or records past the application, or a backup was mixed with another: compare with the newest"
        " backup before this, and tell the auditor."
    )


def _print_what_is_not_rebuilt(result: ReplayResult) -> None:
    from app.audit.replay.run import NOT_REBUILT

    click.echo("Not rebuilt:")
    for one in result.erased:
        click.echo(
            f"  erased texts: {one.table} {one.column}, {one.count} values whose key a lawful erasure destroyed (7.5)"
        )
    if not result.erased:
        click.echo("  erased texts: none")
    for line in NOT_REBUILT:
        click.echo(f"  {line}")
