"""Commands of backups: draft and approve a schedule, log runs, begin drills and report them (7.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from app.audit.record import record_audit_event
from app.backups import queries
from app.backups.models import BackupRun, BackupSchedule, DrillReport, RestoreDrill, ScheduleApproval
from app.backups.rules import (
    FAILED,
    OK,
    ScheduleDraft,
    drill_outcome,
    drill_period,
    due_moment_to_run,
    refusal_to_draft_schedule,
)
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Stale
from app.kernel.ids import new_id
from app.outbox.post import post_event
from app.regulation import queries as regulation

CLAUSE = "7.3"
LONGEST_GAP_POLICY, RESTORE_HOURS_POLICY, DRILL_MONTHS_POLICY = (
    "backup.rpo",
    "backup.rto",
    "backup.drill_months",
)
DRILL_DUE = "backups.drill.due"
IN_FORCE = "in_force"
INTERRUPTED = "backups.run.interrupted"


@dataclass(frozen=True, slots=True)
class StoredSubject:
    """Id and SHA-256 of an immutable row."""

    id: UUID
    sha256: str


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended: `problem` is None when all is well; `name`, `size` (bytes) and `sha256` are of a whole copy."""

    problem: str | None = None
    detail: str = ""
    name: str | None = None
    size: int | None = None
    sha256: str | None = None


def store_schedule_draft(act: Act, schedule_id: UUID, draft: ScheduleDraft) -> StoredSubject:
    """Store a schedule that IT proposes; idempotent. Raises Invalid (its fields), Stale, Denied."""
    if act.person is None:
        raise Denied("backups.schedule.not_yours")
    sha256 = canonical_sha256(queries.schedule_content_to_hash(draft))
    known = db.session.get(BackupSchedule, schedule_id)
    if known is not None:
        if known.sha256 != sha256:
            raise Stale("backups.schedule.other_content")
        return StoredSubject(known.id, known.sha256)
    refusal = refusal_to_draft_schedule(draft, load_number_policy(LONGEST_GAP_POLICY, act.at))
    if refusal is not None:
        raise refusal
    content = queries.schedule_content_to_hash(draft)
    db.session.add(
        BackupSchedule(id=schedule_id, drafted_by=act.person, drafted_at=act.at, sha256=sha256, **content)
    )
    db.session.flush()
    record_audit_event(
        act, "backups.schedule.drafted", ("backups.schedule", schedule_id), None, content, CLAUSE
    )
    return StoredSubject(schedule_id, sha256)


def bring_schedule_into_force(act: Act, schedule: UUID) -> str:
    """Bring an approved schedule into force, in place of the earlier one; idempotent. Raises Missing, Denied."""
    if act.person is None:
        raise Denied("backups.schedule.not_yours")
    row = queries.load_schedule(schedule)
    # Two approvals wait for each other, so that the later one is in force.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("backups.schedule", 0))))
    if db.session.get(ScheduleApproval, schedule) is not None:
        return IN_FORCE
    before = queries.find_schedule_in_force()
    db.session.add(
        ScheduleApproval(schedule_id=schedule, case_id=act.case, approved_by=act.person, approved_at=act.at)
    )
    db.session.flush()
    record_audit_event(
        act,
        "backups.schedule.approved",
        ("backups.schedule", schedule),
        {"schedule": before.id} if before is not None else None,
        queries.schedule_content_to_hash(queries.draft_of_schedule(row)),
        CLAUSE,
    )
    return IN_FORCE


def find_due_run(now: datetime) -> tuple[UUID, datetime] | None:
    """Return the schedule in force and the moment whose backup has to be made now, or None."""
    schedule = queries.find_schedule_in_force()
    if schedule is None:
        return None
    due = due_moment_to_run(
        schedule.draft.every_hours,
        schedule.draft.first_hour,
        schedule.approved_at,
        queries.find_last_due_moment(),
        now,
        UNIVERSITY_ZONE,
    )
    return (schedule.id, due) if due is not None else None


def begin_run(act: Act, schedule: UUID, due: datetime) -> UUID:
    """Begin the log of a run; returns its id."""
    run_id = new_id()
    db.session.add(BackupRun(id=run_id, schedule_id=schedule, due_at=due, started_at=act.at))
    db.session.flush()
    record_audit_event(act, "backups.run.begun", ("backups.run", run_id), None, {"due_at": due}, CLAUSE)
    return run_id


def finish_run(act: Act, run_id: UUID, outcome: RunOutcome) -> None:
    """Write how a run ended."""
    values = {
        "result": FAILED if outcome.problem else OK,
        "problem": outcome.problem,
        "name": outcome.name,
        "size": outcome.size,
        "sha256": outcome.sha256,
    }
    db.session.execute(
        update(BackupRun)
        .where(BackupRun.id == run_id, BackupRun.finished_at.is_(None))
        .values(finished_at=act.at, detail=outcome.detail or None, **values)
    )
    record_audit_event(act, "backups.run.finished", ("backups.run", run_id), None, values, CLAUSE)


def fail_interrupted_runs(act: Act) -> int:
    """Mark runs as failed whose process ended in the middle; return how many. No other run may be under way."""
    found = db.session.scalars(select(BackupRun.id).where(BackupRun.finished_at.is_(None))).all()
    for run_id in found:
        finish_run(act, run_id, RunOutcome(INTERRUPTED))
    return len(found)


def begin_due_drill(act: Act) -> bool:
    """Begin the drill of this period once a schedule is in force (7.3); its case follows by an event."""
    schedule = queries.find_schedule_in_force()
    if schedule is None:
        return False
    first, following = drill_period(local_day(act.at), load_number_policy(DRILL_MONTHS_POLICY, act.at))
    if queries.is_drill_of_period_made(first):
        return False
    drill_id = new_id()
    content = {"period_start": first.isoformat(), "period_end": following.isoformat()}
    db.session.add(
        RestoreDrill(
            id=drill_id,
            period_start=first,
            period_end=following,
            sha256=canonical_sha256(content),
            made_at=act.at,
        )
    )
    db.session.flush()
    record_audit_event(act, DRILL_DUE, ("backups.drill", drill_id), None, content, CLAUSE)
    # Who asks for a step may not take it: the drill is asked for by who approved the schedule, not by one of IT.
    post_event(act, DRILL_DUE, {"drill": str(drill_id), "by": str(schedule.approved_by)})
    return True


def store_drill_report(act: Act, drill: UUID, result: str, minutes: int) -> str:
    """Store what IT reports about a drill; return `restored`, `too_slow` or `not_restored`. Idempotent. Raises Missing,
    Denied.
    """
    queries.load_drill(drill)
    if act.person is None:
        raise Denied("backups.schedule.not_yours")
    within = load_number_policy(RESTORE_HOURS_POLICY, act.at)
    known = db.session.get(DrillReport, drill)
    if known is not None:
        return drill_outcome(known.restored, known.minutes, known.within_hours)
    restored = result == "restored"
    db.session.add(
        DrillReport(
            drill_id=drill,
            case_id=act.case,
            restored=restored,
            minutes=minutes,
            within_hours=within,
            reported_by=act.person,
            reported_at=act.at,
        )
    )
    db.session.flush()
    outcome = drill_outcome(restored, minutes, within)
    after = {"restored": restored, "minutes": minutes, "within_hours": within}
    record_audit_event(act, "backups.drill.reported", ("backups.drill", drill), None, after, CLAUSE)
    return outcome


def load_number_policy(key: str, now: datetime) -> int:
    """Return a policy that is a number, as in force on the day."""
    policies = regulation.load_unit_deadline_calendar(db.session, None, local_day(now)).policies
    return int(policies[key].value)
