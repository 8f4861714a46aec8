"""Queries of backups; return frozen rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.backups.models import BackupRun, BackupSchedule, DrillReport, RestoreDrill, ScheduleApproval
from app.backups.rules import OK, ScheduleDraft
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Missing

RUNS_PER_PAGE = 50
MAX_LISTED_DRILLS = 20


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule in force: its values, who drafted it, its approval with the case."""

    id: UUID
    draft: ScheduleDraft
    drafted_by: UUID
    approved_by: UUID
    approved_at: datetime
    case_id: UUID | None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of the log."""

    id: UUID
    due_at: datetime
    started_at: datetime
    finished_at: datetime | None
    result: str | None
    problem: str | None
    detail: str | None
    name: str | None
    size: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class DrillRow:
    """One drill with its report; `restored` is None while IT has not reported."""

    id: UUID
    period_start: date
    period_end: date
    restored: bool | None
    minutes: int | None
    within_hours: int | None
    reported_by: UUID | None
    reported_at: datetime | None
    case_id: UUID | None


def find_schedule_in_force() -> ScheduleRow | None:
    """Return the schedule that was approved last, or None."""
    row = db.session.execute(
        select(BackupSchedule, ScheduleApproval)
        .join(ScheduleApproval, ScheduleApproval.schedule_id == BackupSchedule.id)
        .order_by(ScheduleApproval.approved_at.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    one = row.BackupSchedule
    approval = row.ScheduleApproval
    return ScheduleRow(
        one.id,
        draft_of_schedule(one),
        one.drafted_by,
        approval.approved_by,
        approval.approved_at,
        approval.case_id,
    )


def draft_of_schedule(one: BackupSchedule) -> ScheduleDraft:
    """Return the values of a stored schedule."""
    return ScheduleDraft(one.every_hours, one.first_hour, one.copies, one.archives_wal, one.place)


def load_schedule(schedule: UUID) -> BackupSchedule:
    """Return a drafted schedule. Raises Missing."""
    found = db.session.get(BackupSchedule, schedule)
    if found is None:
        raise Missing
    return found


def schedule_content_to_hash(draft: ScheduleDraft) -> dict[str, Any]:
    """Return what the SHA-256 of a schedule covers."""
    return {
        "every_hours": draft.every_hours,
        "first_hour": draft.first_hour,
        "copies": draft.copies,
        "archives_wal": draft.archives_wal,
        "place": draft.place,
    }


def recompute_schedule_fingerprint(schedule: UUID) -> str | None:
    """Return the SHA-256 of a drafted schedule as it stands now, or None."""
    found = db.session.get(BackupSchedule, schedule)
    return canonical_sha256(schedule_content_to_hash(draft_of_schedule(found))) if found is not None else None


def describe_schedule(draft: ScheduleDraft) -> Mapping[str, Any]:
    """Return a schedule as its case shows it."""
    return {"kind": "backup_schedule", **schedule_content_to_hash(draft)}


def find_last_due_moment() -> datetime | None:
    """Return the newest moment for which a run was begun, or None."""
    return db.session.scalar(select(BackupRun.due_at).order_by(BackupRun.due_at.desc()).limit(1))


def has_unfinished_run() -> bool:
    """Return whether a run was begun and not ended."""
    return db.session.scalar(select(BackupRun.id).where(BackupRun.finished_at.is_(None)).limit(1)) is not None


def is_newest_run_whole() -> bool:
    """Return whether the last run that ended was without a problem."""
    newest = select(BackupRun.result).where(BackupRun.finished_at.is_not(None))
    return db.session.scalar(newest.order_by(BackupRun.due_at.desc()).limit(1)) == OK


def list_runs(page: int) -> tuple[list[RunRow], bool]:
    """Return one page of the log, the newest first, and whether there is another one; pages begin with 1."""
    found = db.session.scalars(
        select(BackupRun)
        .order_by(BackupRun.due_at.desc())
        .offset((page - 1) * RUNS_PER_PAGE)
        .limit(RUNS_PER_PAGE + 1)
    ).all()
    rows = [
        RunRow(
            one.id,
            one.due_at,
            one.started_at,
            one.finished_at,
            one.result,
            one.problem,
            one.detail,
            one.name,
            one.size,
            one.sha256,
        )
        for one in found[:RUNS_PER_PAGE]
    ]
    return rows, len(found) > RUNS_PER_PAGE


def list_drills() -> list[DrillRow]:
    """Return the newest drills with their reports."""
    found = db.session.execute(
        select(RestoreDrill, DrillReport)
        .outerjoin(DrillReport, DrillReport.drill_id == RestoreDrill.id)
        .order_by(RestoreDrill.period_start.desc())
        .limit(MAX_LISTED_DRILLS)
    ).all()
    return [_drill_row(row.RestoreDrill, row.DrillReport) for row in found]


def _drill_row(drill: RestoreDrill, report: DrillReport | None) -> DrillRow:
    if report is None:
        return DrillRow(drill.id, drill.period_start, drill.period_end, None, None, None, None, None, None)
    return DrillRow(
        drill.id,
        drill.period_start,
        drill.period_end,
        report.restored,
        report.minutes,
        report.within_hours,
        report.reported_by,
        report.reported_at,
        report.case_id,
    )


def load_drill(drill: UUID) -> RestoreDrill:
    """Return a drill. Raises Missing."""
    found = db.session.get(RestoreDrill, drill)
    if found is None:
        raise Missing
    return found


def describe_drill(drill: RestoreDrill) -> Mapping[str, Any]:
    """Return a drill as its case shows it."""
    return {
        "kind": "restore_drill",
        "from": drill.period_start.isoformat(),
        "until": drill.period_end.isoformat(),
    }


def is_drill_of_period_made(period_start: date) -> bool:
    """Return whether the drill of this period was begun."""
    return (
        db.session.scalar(select(RestoreDrill.id).where(RestoreDrill.period_start == period_start))
        is not None
    )
