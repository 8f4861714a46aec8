"""Retry what stopped: fire the timer, read the case, find an owner, ask for the step, deliver the message again.

A retry runs the rules of the first time: it skips no approval, fires no timer before its moment, and completes no
task of a person. What the engine does in it is done by the system; the retry is recorded under the person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update

from app.audit.record import record_audit_event
from app.backups.queries import is_newest_run_whole
from app.bpmn import engine
from app.bpmn.engine import OpenTask
from app.bpmn.errors import StateDamaged
from app.cases.assignment import TaskOwner, load_pool_member_ids
from app.cases.audit_rows import OWNER_COLUMNS, audit_rows_of_case, task_audit_row
from app.cases.case_record import save_changed_case
from app.cases.commands.follow_enrolment import resolve_task_owner_again
from app.cases.commands.lock_incident import LockedIncident, lock_open_incident, require_open_task_of_incident
from app.cases.deadlines import DueDate
from app.cases.events import new_task_events
from app.cases.history import append_history
from app.cases.incidents import (
    BACKUP,
    CLOCK,
    MESSAGE,
    OPERATION,
    OWNER,
    RETRIED,
    SEAL,
    STATE,
    TIMER,
    resolve_incidents,
)
from app.cases.locking import DAMAGE_ERRORS
from app.cases.models import Incident, Task, Timer
from app.cases.timers import RETRY_DELAY, WriteTransaction, fire_timer
from app.cases.transitions import NewTask
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, DepterError, Invalid, Missing, Refused, Stale
from app.kernel.logs import error_type_and_place_text
from app.outbox.dead_letters import requeue_dead_letter
from app.outbox.post import post_events
from app.sealer.queries import is_seal_cause_gone

log = structlog.get_logger(__name__)

MAX_RETRIES = 200
"""How many incidents one request retries."""
CASE_BACK_AT_WORK_EVENT = "cases.case.back_at_work"
UNDER_WAY = "under_way"
"""The result of a retry that goes on after the commit: the message is in the queue again."""
CLOCK_TOLERANCE = timedelta(seconds=1)
CLOCK_SILENCE = timedelta(minutes=2)
"""A worker whose clock differs reports it every minute; after this it has stopped or was set right."""


@dataclass(frozen=True, slots=True)
class RetryResult:
    """The result of one retry: `how` it was solved (or `under_way`), or the error that it failed with."""

    incident: UUID
    how: str | None = None
    error: Exception | None = None

    @property
    def code(self) -> str:
        """Return the code of the error."""
        return self.error.code if isinstance(self.error, DepterError) else "cases.timer.failed"


def retry_incidents(
    write: WriteTransaction, act: Act, chosen: Sequence[tuple[UUID, int]]
) -> list[RetryResult]:
    """Retry each incident (id and the retries seen) in an act of its own; return the results in order."""
    return [
        retry_incident_and_record_failure(write, act, incident, seen)
        for incident, seen in chosen[:MAX_RETRIES]
    ]


def retry_incident_and_record_failure(
    write: WriteTransaction, act: Act, incident_id: UUID, seen: int
) -> RetryResult:
    """Retry one incident in an act, and record a failed retry in a second one. `write` is `kernel.door.write`.

    A refusal because of the person or of a change meanwhile (Denied, Missing, Stale) is no failed retry.
    """
    try:
        with write(act):
            return RetryResult(incident_id, how=retry_incident(act, incident_id, seen))
    except (Denied, Missing, Stale, Invalid) as refusal:
        return RetryResult(incident_id, error=refusal)
    except DepterError as refusal:
        failure: Exception = refusal
    except Exception as error:
        log.exception("incident.retry_failed", incident=str(incident_id))
        failure = error
    with write(act):
        # The act was rolled back; the failed retry is recorded in an act of its own.
        _record_failed_retry(act, incident_id, seen, failure)
    return RetryResult(incident_id, error=failure)


def retry_incident(act: Act, incident_id: UUID, seen: int) -> str:
    """Retry what stopped; return how the incident was solved, or `under_way` for a message.

    Harmless when the same person has retried it with success. Raises Denied, Missing, Stale, and whatever stops the
    case again (Refused `cases.incident.still_nobody`, `cases.incident.still_damaged`).
    """
    incident = lock_open_incident(act, incident_id, seen, RETRIED)
    if incident is None:
        return RETRIED
    if incident.row.case_id is not None:
        act = act.with_case(incident.row.case_id)
    return _RETRIES[incident.row.kind](act, incident)


def _record_failed_retry(act: Act, incident_id: UUID, seen: int, error: Exception) -> None:
    """Count a failed retry and keep its error, unless somebody else was faster."""
    row = db.session.scalars(select(Incident).where(Incident.id == incident_id).with_for_update()).one()
    if row.resolved_at is not None or row.attempts != seen:
        return
    text = error_type_and_place_text(error)
    row.attempts, row.tried_at, row.detail = seen + 1, act.at, {**row.detail, "error": text}
    object_ = ("cases.case", row.case_id) if row.case_id else ("cases.incident", row.id)
    record_audit_event(
        act.with_case(row.case_id) if row.case_id else act,
        "cases.incident.retry_failed",
        object_,
        None,
        {"incident": row.id, "code": row.code, "attempts": row.attempts},
        None,
    )


def _retry_timer_of_incident(act: Act, incident: LockedIncident) -> str:
    """Fire the timer of the incident again, as the system."""
    if incident.case.case.status != "open" or not _fire_stopped_timer(act, incident):
        raise Stale("cases.incident.moved_on")
    return RETRIED


def _fire_stopped_timer(act: Act, incident: LockedIncident) -> bool:
    """Solve the incident and fire its timer; return False when the timer is gone or its deadline has moved."""
    timer = incident.row.detail.get("timer")
    row = db.session.scalar(select(Timer).where(Timer.id == UUID(timer))) if timer else None
    # A failed timer waits for its next attempt at most this long; one due later got a new deadline meanwhile.
    if row is None or row.due_at > act.at + RETRY_DELAY + CLOCK_TOLERANCE:
        return False
    timer_id = row.id
    resolve_incidents(act, RETRIED, Incident.id == incident.row.id)
    fire_timer(replace(Act.by_system(act.at), case=act.case), timer_id, incident.case.case.id)
    return True


def _resume_case_with_readable_state(act: Act, incident: LockedIncident) -> str:
    """Read the state of the case; take it back to work, and fire the timer that had stopped it."""
    locked = incident.case
    try:
        engine.read_state_as_step_result(locked.load_pinned_diagram().spec, locked.verified_engine_state())
    except (*DAMAGE_ERRORS, StateDamaged) as error:
        raise Refused("cases.incident.still_damaged", why=str(error)) from error
    if locked.case.status == "quarantined":
        locked.case.set_status("open")
        save_changed_case(locked.case)
        record_audit_event(
            act,
            CASE_BACK_AT_WORK_EVENT,
            ("cases.case", locked.case.id),
            {"status": "quarantined"},
            {"status": "open"},
            rows=audit_rows_of_case(case={"status": "open"}),
        )
    if not _fire_stopped_timer(act, incident):
        resolve_incidents(act, RETRIED, Incident.id == incident.row.id)
    return RETRIED


def _find_task_owner_again(act: Act, incident: LockedIncident) -> str:
    """Find the owner of the task by the rule of its lane again. Raises Refused while there is nobody."""
    task, locked = require_open_task_of_incident(incident), incident.case
    published = locked.load_pinned_diagram()
    variables = engine.read_state_as_step_result(published.spec, locked.verified_engine_state()).variables
    new_task = resolve_task_owner_again(act, locked, task, variables)
    if new_task is not None and new_task.owner.is_missing:
        raise Refused("cases.incident.still_nobody")
    db.session.flush()
    resolve_incidents(act, RETRIED, Incident.id == incident.row.id)
    if new_task is not None:
        record_task_assignment(act, task, new_task.owner)
        post_events(act, new_task_events(locked.case, published, [new_task]))
    return RETRIED


def record_task_assignment(act: Act, task: Task, owner: TaskOwner) -> None:
    """Append the new owner of a task to the history and the audit."""
    columns: dict[str, Any] = {"role": task.role, "element": task.element, "iteration": task.iteration}
    entry = append_history(act, task.case_id, "assigned", clause=task.clause, task_id=task.id, **columns)
    after = {"task": task.id, "assignee": owner.assignee, "unit": owner.unit}
    rows = audit_rows_of_case(tasks=[task_audit_row(task, *OWNER_COLUMNS)], history=entry)
    record_audit_event(
        act, "cases.task.assigned", ("cases.case", task.case_id), None, after, task.clause, rows=rows
    )


def _ask_owner_to_repeat_step(act: Act, incident: LockedIncident) -> str:
    """Ask the owner of the step to complete it again: the approval is his, so nobody repeats it for him."""
    task, locked = require_open_task_of_incident(incident), incident.case
    published = locked.load_pinned_diagram()
    engine.read_state_as_step_result(published.spec, locked.verified_engine_state())
    pool = [] if task.assignee else load_pool_member_ids(act, task.role, task.unit_id)
    recipients = [task.assignee] if task.assignee else [one for one in pool if one not in task.excluded]
    owner = TaskOwner(
        task.role,
        task.unit_id,
        task.assignee,
        task.on_behalf_of,
        task.assignee is None,
        frozenset(task.excluded),
        tuple(recipients),
    )
    if owner.is_missing:
        raise Refused("cases.incident.still_nobody")
    due = DueDate(task.due_at, task.policy, {})
    asked = NewTask(task.id, OpenTask(task.key, task.element), owner, due)
    resolve_incidents(act, RETRIED, Incident.id == incident.row.id)
    post_events(act, new_task_events(locked.case, published, [asked]))
    return RETRIED


def _requeue_dead_letter(act: Act, incident: LockedIncident) -> str:
    """Put the dead letter into the queue again; the incident is solved when the message is delivered."""
    row = incident.row
    if incident.message is None or row.message_id is None:
        raise Stale("cases.incident.moved_on")
    if incident.message.dead_at is None:
        raise Stale("cases.incident.under_way")
    requeue_dead_letter(act, row.message_id)
    db.session.execute(
        update(Incident)
        .where(Incident.id == row.id)
        .values(attempts=Incident.attempts + 1, tried_at=act.at)
        .execution_options(synchronize_session=False)
    )
    details = {"message": row.message_id, "event_type": incident.message.event_type}
    record_audit_event(act, "outbox.message.revived", ("cases.incident", row.id), None, details, None)
    return UNDER_WAY


def _solve_incident_of_silent_clock(act: Act, incident: LockedIncident) -> str:
    """Solve the incident of a worker that has not reported its clock for two minutes. Raises Refused before."""
    if act.at - incident.row.at < CLOCK_SILENCE:
        raise Refused("cases.incident.clock_differs")
    resolve_incidents(act, RETRIED, Incident.id == incident.row.id)
    return RETRIED


def _solve_incident_after_whole_backup(act: Act, incident: LockedIncident) -> str:
    """Solve the incident of a failed backup once a later run was whole. Raises Refused before."""
    if not is_newest_run_whole():
        raise Refused("cases.incident.backup_fails")
    resolve_incidents(act, RETRIED, Incident.id == incident.row.id)
    return RETRIED


def _solve_incident_of_sound_seal(act: Act, incident: LockedIncident) -> str:
    """Solve an incident of the seals whose cause is gone. Raises Refused for what only an explanation ends."""
    if not is_seal_cause_gone(incident.row.code):
        raise Refused("cases.incident.seal_broken")
    resolve_incidents(act, RETRIED, Incident.id == incident.row.id)
    return RETRIED


_RETRIES: Mapping[str, Callable[[Act, LockedIncident], str]] = {
    TIMER: _retry_timer_of_incident,
    STATE: _resume_case_with_readable_state,
    OWNER: _find_task_owner_again,
    OPERATION: _ask_owner_to_repeat_step,
    MESSAGE: _requeue_dead_letter,
    CLOCK: _solve_incident_of_silent_clock,
    BACKUP: _solve_incident_after_whole_backup,
    SEAL: _solve_incident_of_sound_seal,
}
