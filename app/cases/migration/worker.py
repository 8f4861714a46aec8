"""Move the cases of migrations under way: one case in one transaction, in the name of the person who set it going.

The rows of the migration are the queue: a case is claimed by locking its row, so several workers share the work, and a
killed one leaves its case as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from app.audit.record import record_audit_event
from app.audit.words import unseal_texts
from app.cases.migration import reasons
from app.cases.migration.move import migrate_case, revert_case_migration
from app.cases.migration.runs import MIGRATE_VERB
from app.cases.migration.tables import Migration, MigrationCase
from app.diagrams.versions import load_version_unless_damaged
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import DepterError
from app.outbox.post import post_event
from app.people.queries.acting import load_acting_roles
from app.people.rules import is_permitted

log = structlog.get_logger(__name__)

MIGRATION_FINISHED = "cases.migration.finished"
WriteTransaction = Callable[[Act], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class ClaimedCase:
    """A locked row of a migration with what its move needs."""

    migration_id: UUID
    number: int
    reverting: bool
    case_id: UUID
    from_version_id: UUID
    target_version_id: UUID
    run_by: UUID
    run_for: UUID | None
    chosen_by: UUID
    words: bytes | None


def migrate_waiting_cases(write: WriteTransaction, now: datetime, limit: int) -> int:
    """Move or move back up to `limit` cases, each in an act of its own; return how many were tried.

    `write` is `kernel.door.write`. A migration whose last case is done is finished.
    """
    acts: dict[tuple[UUID, UUID], Act | None] = {}
    for done in range(limit):
        with write(Act.by_system(now)):
            claimed = _lock_next_migration_case()
            if claimed is None:
                _finish_migrations_without_open_cases(Act.by_system(now))
                return done
            # Roles and reason are read once for each migration and batch.
            key = (claimed.migration_id, claimed.run_by)
            if key not in acts:
                acts[key] = _act_of_migration(now, claimed)
            _move_or_revert_claimed_case(acts[key], claimed, now)
    return limit


def _lock_next_migration_case() -> ClaimedCase | None:
    """Lock and return the next case of the migrations that run; None when there is none."""
    due = or_(
        and_(Migration.reverting.is_(False), MigrationCase.state == "waiting"),
        and_(Migration.reverting.is_(True), MigrationCase.state == "moved"),
    )
    row = db.session.execute(
        select(
            Migration.id,
            Migration.number,
            Migration.reverting,
            MigrationCase.case_id,
            MigrationCase.from_version_id,
            Migration.target_version_id,
            Migration.run_by,
            Migration.run_for,
            Migration.chosen_by,
            Migration.words,
        )
        .join(MigrationCase, MigrationCase.migration_id == Migration.id)
        .where(Migration.state == "running", due)
        .order_by(Migration.chosen_at, MigrationCase.migration_id, MigrationCase.position)
        .limit(1)
        .with_for_update(of=MigrationCase, skip_locked=True)
    ).one_or_none()
    columns: tuple[Any, ...] = tuple(row or ())
    return ClaimedCase(*columns) if columns else None


def _act_of_migration(now: datetime, claimed: ClaimedCase) -> Act | None:
    """Return the act in which the cases are moved; None when the person may not move cases any more."""
    roles = load_acting_roles(claimed.run_by, claimed.run_for, local_day(now))
    if not is_permitted(roles, MIGRATE_VERB):
        return None
    (reason,) = unseal_texts([(claimed.chosen_by, claimed.words)])
    return Act(claimed.run_by, claimed.run_for, now, roles, reason)


def _move_or_revert_claimed_case(act: Act | None, claimed: ClaimedCase, now: datetime) -> None:
    """Move the case, or move it back, and write the result. Without an act, pause the migration."""
    if act is None:
        db.session.execute(
            update(Migration)
            .where(Migration.id == claimed.migration_id)
            .values(state="paused", problem="cases.migration.right_lost")
        )
        return
    state, code, details = _move_case_in_savepoint(act, claimed)
    db.session.execute(
        update(MigrationCase)
        .where(MigrationCase.migration_id == claimed.migration_id, MigrationCase.case_id == claimed.case_id)
        .values(state=state, code=code, details=details, at=now)
    )


def _move_case_in_savepoint(act: Act, claimed: ClaimedCase) -> tuple[str, str | None, dict[str, str]]:
    """Return the result of one case: its state, the code of the reason and its details.

    What a refused move wrote is undone. When the database does not answer, the error is raised, so that the case is
    tried again.
    """
    moved, refused = ("reverted", "kept") if claimed.reverting else ("moved", "stays")
    try:
        with db.session.begin_nested():
            if claimed.reverting:
                revert_case_migration(
                    act,
                    claimed.case_id,
                    claimed.target_version_id,
                    claimed.from_version_id,
                    migration=claimed.number,
                )
            else:
                migrate_case(act, claimed.case_id, claimed.target_version_id, migration=claimed.number)
    except (OperationalError, InterfaceError):
        raise
    except DepterError as refusal:
        return refused, refusal.code, {name: str(value) for name, value in refusal.params.items()}
    except Exception as error:
        log.exception("migration.case_failed", case=str(claimed.case_id))
        return refused, reasons.FAILED, {"error": type(error).__name__}
    return moved, None, {}


def _finish_migrations_without_open_cases(act: Act) -> None:
    """Finish the migrations of which no case is left, and notify who set them going."""
    running = db.session.scalars(
        select(Migration)
        .where(Migration.state == "running")
        .order_by(Migration.id)
        .with_for_update(skip_locked=True)
    ).all()
    for migration in running:
        counts = load_migration_case_counts_by_state(migration.id)
        # A case that another worker has in hand still counts as waiting here.
        if counts.get("moved" if migration.reverting else "waiting"):
            continue
        migration.state, migration.ended_at = ("reverted" if migration.reverting else "done"), act.at
        _record_migration_finish(act, migration, counts)
    db.session.flush()


def load_migration_case_counts_by_state(migration_id: UUID) -> dict[str, int]:
    """Return how many cases of a migration have each state; one statement."""
    rows = db.session.execute(
        select(MigrationCase.state, func.count().label("cases"))
        .where(MigrationCase.migration_id == migration_id)
        .group_by(MigrationCase.state)
    )
    return {row.state: row.cases for row in rows}


def _record_migration_finish(act: Act, migration: Migration, counts: dict[str, int]) -> None:
    """Write audit and event of the end of a migration."""
    after = {"diagram": migration.diagram, "number": migration.number, "counts": counts}
    record_audit_event(act, MIGRATION_FINISHED, ("cases.migration", migration.id), None, after)
    payload = {
        "recipients": [str(migration.run_by)],
        "kind": "reverted" if migration.reverting else "done",
        "process": _process_titles_of_version(migration.target_version_id),
        "moved": counts.get("reverted" if migration.reverting else "moved", 0),
        "stayed": counts.get("kept" if migration.reverting else "stays", 0),
        "url": f"/processes/{migration.diagram}/migration/{migration.number}",
    }
    post_event(act, MIGRATION_FINISHED, payload)


def _process_titles_of_version(version_id: UUID) -> dict[str, str]:
    """Return the titles of the process; none when the version is damaged."""
    published = load_version_unless_damaged(version_id)
    return dict(published.model.titles) if published else {}
