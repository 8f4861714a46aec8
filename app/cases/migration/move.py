"""Move one running case to another version of its diagram, or back: state, tasks, timers, history, audit and outbox.

The caller's act is one transaction for one case. The history is replayed again under the lock of the case: a plan made
before is never trusted. No operation runs again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.audit.record import record_audit_event
from app.bpmn import engine
from app.bpmn.engine import StepResult
from app.bpmn.errors import StateDamaged
from app.cases.audit_rows import OWNER_COLUMNS, audit_rows_of_case, state_audit_value, task_audit_row
from app.cases.case_record import CaseRecord
from app.cases.history import append_history
from app.cases.locking import DAMAGE_ERRORS, LockedCase, lock_case
from app.cases.migration import reasons
from app.cases.migration.decide import compute_step_result_after_migration
from app.cases.migration.facts import CaseKey, load_migration_facts_of_cases
from app.cases.migration.move_rows import move_open_tasks_to_version, move_timers_to_version
from app.cases.migration.reasons import CaseStays
from app.cases.models import Case, CaseState
from app.cases.state import StateUnreadable, state_checksum, verify_state_checksum
from app.diagrams.versions import (
    PublishedDiagram,
    VersionDamaged,
    load_version,
    load_version_unless_damaged,
    was_version_published,
)
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing, Refused, Stale
from app.outbox.post import post_event

MIGRATED_KIND = "migrated"
MIGRATION_REVERTED_KIND = "migration_reverted"
"""Kinds of the history entries of a move and of a move back."""
CASE_MIGRATED = "cases.case.migrated"
CASE_MIGRATION_REVERTED = "cases.case.migration_reverted"
EVENT_TYPE_BY_KIND: Mapping[str, str] = {
    MIGRATED_KIND: CASE_MIGRATED,
    MIGRATION_REVERTED_KIND: CASE_MIGRATION_REVERTED,
}


@dataclass(frozen=True, slots=True)
class MoveResult:
    """The versions between which a case was moved. `repeated`: it was there before, and nothing was written."""

    source: int
    target: int
    repeated: bool = False


def migrate_case(
    act: Act,
    case_id: UUID,
    target_version_id: UUID,
    *,
    seen_revision: int | None = None,
    migration: int | None = None,
) -> MoveResult:
    """Move a case to this version of its diagram; harmless when it is there. `act.reason` says why.

    `seen_revision` is the revision of the state that the caller saw, `migration` the number of the migration that it
    belongs to. Raises Missing (no such case, no such published version of its diagram), Stale
    (`cases.migration.case_changed`: somebody was faster), Refused with a code of `migration.reasons` when it stays.
    """
    locked, target = _lock_case_and_load_target(case_id, target_version_id)
    if locked.case.version_id == target.id:
        return MoveResult(target.number, target.number, repeated=True)
    if seen_revision is not None and seen_revision != _load_state_revision_number(case_id):
        raise Stale("cases.migration.case_changed", number=locked.case.number)
    try:
        return _replay_and_move_case(act.with_case(case_id), locked, target, MIGRATED_KIND, migration)
    except CaseStays as stays:
        raise Refused(stays.reason.code, **stays.reason.details) from None


def revert_case_migration(
    act: Act, case_id: UUID, from_version_id: UUID, to_version_id: UUID, *, migration: int | None = None
) -> MoveResult:
    """Move a case back to `to_version_id`, from which a migration took it to `from_version_id`.

    What happened since has to replay on the former version too. Harmless when the case is back. Raises as
    `migrate_case`, and Refused (`cases.migration.moved_elsewhere`) when it is on a third version.
    """
    locked, target = _lock_case_and_load_target(case_id, to_version_id)
    if locked.case.version_id == target.id:
        return MoveResult(target.number, target.number, repeated=True)
    if locked.case.version_id != from_version_id:
        raise Refused(reasons.MOVED_ELSEWHERE)
    try:
        return _replay_and_move_case(
            act.with_case(case_id), locked, target, MIGRATION_REVERTED_KIND, migration
        )
    except CaseStays as stays:
        raise Refused(stays.reason.code, **stays.reason.details) from None


def _lock_case_and_load_target(case_id: UUID, version_id: UUID) -> tuple[LockedCase, PublishedDiagram]:
    """Return the locked case and the version it is to run on. Raises Missing."""
    locked = lock_case(case_id)
    try:
        target = load_version(version_id)
    except VersionDamaged:
        raise Missing from None
    if target.key != locked.case.diagram or not was_version_published(version_id):
        raise Missing
    return locked, target


def _load_state_revision_number(case_id: UUID) -> int | None:
    """Return how often the state of the case was written."""
    return db.session.scalar(select(CaseState.revision).where(CaseState.case_id == case_id))


def _replay_and_move_case(
    act: Act, locked: LockedCase, target: PublishedDiagram, kind: str, migration: int | None
) -> MoveResult:
    """Replay, then write everything that the move changes. Raises CaseStays; then nothing is written."""
    case = locked.case
    pinned = load_version_unless_damaged(case.version_id)
    if pinned is None:
        raise CaseStays(reasons.DAMAGED_STATE)
    current = _current_process_variables_or_none(locked, pinned)
    (facts,) = load_migration_facts_of_cases(
        [CaseKey(case.id, case.status, case.requester, case.subject_hash, current is not None)]
    )
    result = compute_step_result_after_migration(
        target.spec, pinned.model, facts, _select_start_variables(current or {})
    )
    result = _restore_current_start_variables(target, result, current or {})
    case.version_id = target.id
    tasks = move_open_tasks_to_version(
        act, case, pinned.model, target, result, [step.entry for step in facts.steps]
    )
    ended_timers = move_timers_to_version(act, case, target.model, result, tasks)
    _write_case_version_and_state(case, result)
    details = {
        "from": pinned.number,
        "to": target.number,
        **({"migration": migration} if migration is not None else {}),
        **({"timers_ended": ended_timers} if ended_timers else {}),
    }
    entry = append_history(act, case.id, kind, words=act.reason, answers=details)
    before = {"number": case.number, "diagram": case.diagram, "version": pinned.sha256}
    after = {**before, "version": target.sha256, "tasks": [task.element for task in tasks], **details}
    rows = audit_rows_of_case(
        case={"version_id": case.version_id},
        tasks=[
            task_audit_row(task, "key", "version_id", "clause", "iteration", *OWNER_COLUMNS) for task in tasks
        ],
        history=entry,
        state=state_audit_value(result.state),
    )
    record_audit_event(act, EVENT_TYPE_BY_KIND[kind], ("cases.case", case.id), before, after, rows=rows)
    payload = {
        "case": str(case.id),
        "number": case.number,
        "diagram": case.diagram,
        "from": pinned.number,
        "to": target.number,
    }
    post_event(act, EVENT_TYPE_BY_KIND[kind], payload)
    return MoveResult(pinned.number, target.number)


def _current_process_variables_or_none(locked: LockedCase, pinned: PublishedDiagram) -> dict[str, Any] | None:
    """Return the process variables of the stored state; None when it is damaged."""
    try:
        body = verify_state_checksum(locked.state, locked.check)
        return engine.read_state_as_step_result(pinned.spec, body).variables
    except (*DAMAGE_ERRORS, StateDamaged, StateUnreadable):
        return None


def _select_start_variables(variables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in variables.items() if name.startswith("start.")}


def _restore_current_start_variables(
    target: PublishedDiagram, result: StepResult, current: Mapping[str, Any]
) -> StepResult:
    """Return the replayed state with the present start variables: a transfer or the calendar may have changed them.

    Raises CaseStays when the replay answers a variable otherwise than the stored state.
    """
    for name, value in result.variables.items():
        if not name.startswith("start.") and current.get(name, value) != value:
            raise CaseStays(reasons.HISTORY_DIFFERS, step=name.partition(".")[0])
    start = _select_start_variables(current)
    if all(result.variables.get(name) == value for name, value in start.items()):
        return result
    return engine.replace_start_variables(target.spec, result.state, start)


def _write_case_version_and_state(case: CaseRecord, result: StepResult) -> None:
    """Write the version of the case and its state on that version."""
    db.session.execute(update(Case).where(Case.id == case.id).values(version_id=case.version_id))
    db.session.execute(
        update(CaseState)
        .where(CaseState.case_id == case.id)
        .values(body=result.state, check=state_checksum(result.state), revision=CaseState.revision + 1)
    )
