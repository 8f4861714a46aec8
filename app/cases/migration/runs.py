"""Start, pause, resume and revert a migration of many cases. The worker moves them (`migration.worker`)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, insert, literal, select, update

from app.audit.record import record_audit_event
from app.audit.words import seal_text
from app.cases.migration import reasons
from app.cases.migration.plan import migratable_cases_conditions
from app.cases.migration.tables import Migration, MigrationCase
from app.cases.models import Case
from app.cases.queries.processes import RunningFilter
from app.diagrams.versions import PublishedDiagram
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from app.outbox.post import post_event
from app.people.rules import is_permitted

MIGRATE_VERB = "processes.migrate"
MIGRATION_QUEUED = "cases.migration.queued"
MAX_REASON_LENGTH = 500
MAX_TICKED_CASES = 500
"""The maximum number of single cases that one migration may name."""
UNDER_WAY_STATES = ("running", "paused")


def start_migration(
    act: Act,
    migration_id: UUID,
    target: PublishedDiagram,
    filter_: RunningFilter,
    ticked: Collection[UUID] | None,
    reason: str,
) -> int:
    """Queue the cases that the filter names, or of them the ticked ones, for the worker; return the number.

    `migration_id` was chosen when the form was rendered, so a repeat is harmless. Raises Denied, Invalid (`reason`,
    `case`), Stale (the id was used for other content, or another migration of the process is under way), Refused
    (`cases.migration.nothing`).
    """
    _require_may_migrate(act)
    reason = _strip_and_check_reason(reason)
    if ticked is not None and not 0 < len(ticked) <= MAX_TICKED_CASES:
        raise Invalid.field("case", "cases.migration.ticked", max=MAX_TICKED_CASES)
    chosen = {
        "version": str(filter_.version) if filter_.version else "",
        "step": filter_.step,
        "late": filter_.late,
        "ticked": sorted(str(case) for case in ticked) if ticked is not None else None,
    }
    content_hash = canonical_sha256({"target": str(target.id), "filter": chosen, "reason": reason})
    # One start at a time for each process: numbers have no gap, and a second press finds the first.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"cases.migration.{target.key}"))))
    known = db.session.get(Migration, migration_id)
    if known is not None:
        if known.chosen_by != act.person or known.start_hash != content_hash:
            raise Stale("cases.migration.other_content")
        return known.number
    _require_no_migration_under_way(target.key)
    migration = Migration(
        id=migration_id,
        diagram=target.key,
        number=_next_migration_number(target.key),
        target_version_id=target.id,
        filter={**chosen, "ticked": len(ticked) if ticked is not None else None},
        words=seal_text(act.person, reason),
        start_hash=content_hash,
        chosen_by=act.person,
        chosen_at=act.at,
        run_by=act.person,
        run_for=act.on_behalf_of,
        state="running",
    )
    db.session.add(migration)
    db.session.flush()
    count = _insert_migration_cases(act, migration, filter_, ticked)
    if not count:
        raise Refused("cases.migration.nothing")
    _record_migration_change(
        act, migration, "started", {"cases": count, "target": target.sha256, "filter": migration.filter}
    )
    post_event(act, MIGRATION_QUEUED, {"migration": str(migration_id)})
    return migration.number


def _strip_and_check_reason(reason: str) -> str:
    """Return the reason without outer spaces. Raises Invalid."""
    reason = reason.strip()
    if not reason:
        raise Invalid.field("reason", "forms.field.required")
    if len(reason) > MAX_REASON_LENGTH:
        raise Invalid.field("reason", "forms.field.too_long", max=MAX_REASON_LENGTH)
    return reason


def _next_migration_number(key: str) -> int:
    """Return the next number of a migration of this process."""
    return 1 + (db.session.scalar(select(func.max(Migration.number)).where(Migration.diagram == key)) or 0)


def _require_no_migration_under_way(key: str) -> None:
    """Raise Stale when another migration of this process is running or paused."""
    number = db.session.scalar(
        select(Migration.number).where(Migration.diagram == key, Migration.state.in_(UNDER_WAY_STATES))
    )
    if number is not None:
        raise Stale("cases.migration.under_way", number=number)


def _insert_migration_cases(
    act: Act, migration: Migration, filter_: RunningFilter, ticked: Collection[UUID] | None
) -> int:
    """Insert the chosen cases in the order of their start and return how many; two statements."""
    chosen = select(
        literal(migration.id),
        Case.id,
        func.row_number().over(order_by=(Case.opened_at, Case.id)),
        Case.version_id,
        literal("waiting"),
    ).where(
        *migratable_cases_conditions(act, migration.diagram, migration.target_version_id, filter_, ticked)
    )
    columns = ["migration_id", "case_id", "position", "from_version_id", "state"]
    db.session.execute(insert(MigrationCase).from_select(columns, chosen, include_defaults=False))
    counted = select(func.count()).where(MigrationCase.migration_id == migration.id)
    return db.session.scalar(counted) or 0


def pause_migration(act: Act, key: str, number: int) -> None:
    """Pause a running migration after the case in hand; harmless when it is paused. Raises Denied, Missing, Stale."""
    migration = _lock_migration(act, key, number)
    if migration.state == "paused":
        return
    if migration.state != "running":
        raise Stale("cases.migration.ended")
    _set_migration_state(act, migration, "paused", "paused")


def resume_migration(act: Act, key: str, number: int) -> None:
    """Go on with a paused migration; harmless when it runs. Raises Denied, Missing, Stale.

    From now on it runs in the name of the person who resumes it.
    """
    migration = _lock_migration(act, key, number)
    if migration.state == "running":
        return
    if migration.state != "paused":
        raise Stale("cases.migration.ended")
    _set_migration_state(act, migration, "running", "resumed")
    post_event(act, MIGRATION_QUEUED, {"migration": str(migration.id)})


def revert_migration(act: Act, key: str, number: int) -> None:
    """Move every moved case back that can be; cases that still wait stay. Harmless when that was asked for before.

    Raises Denied, Missing, Stale (another migration is under way), Refused (`cases.migration.nothing_moved`).
    """
    migration = _lock_migration(act, key, number)
    if migration.reverting or migration.state == "reverted":
        return
    if migration.state == "done":
        _require_no_migration_under_way(key)
    waiting = MigrationCase.migration_id == migration.id, MigrationCase.state == "waiting"
    if not db.session.scalar(
        select(func.count()).where(MigrationCase.migration_id == migration.id, MigrationCase.state == "moved")
    ):
        raise Refused("cases.migration.nothing_moved")
    db.session.execute(
        update(MigrationCase).where(*waiting).values(state="stays", code=reasons.STOPPED, at=act.at)
    )
    migration.reverting, migration.ended_at = True, None
    _set_migration_state(act, migration, "running", "reverting")
    post_event(act, MIGRATION_QUEUED, {"migration": str(migration.id)})


def _require_may_migrate(act: Act) -> None:
    """Raise Denied unless a role of the act may migrate cases."""
    if act.person is None or not is_permitted(act.assignments, MIGRATE_VERB):
        raise Denied("cases.migration.not_for_your_role")


def _lock_migration(act: Act, key: str, number: int) -> Migration:
    """Return the locked migration of a process. Raises Denied, Missing."""
    _require_may_migrate(act)
    found = db.session.scalar(
        select(Migration)
        .where(Migration.diagram == key, Migration.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Missing
    return found


def _set_migration_state(act: Act, migration: Migration, state: str, change: str) -> None:
    """Write the state of the migration and its audit event; whoever sets it going answers for what follows."""
    migration.state, migration.problem = state, None
    if state == "running" and act.person is not None:
        migration.run_by, migration.run_for = act.person, act.on_behalf_of
    db.session.flush()
    _record_migration_change(act, migration, change, {})


def _record_migration_change(act: Act, migration: Migration, change: str, details: dict[str, object]) -> None:
    """Record a change of a migration in the audit."""
    after = {"diagram": migration.diagram, "number": migration.number, **details}
    record_audit_event(act, f"cases.migration.{change}", ("cases.migration", migration.id), None, after)
