"""Fire due timers: send reminders in batches, and advance one case for each due diagram timer.

A timer row exists exactly while its timer runs, so every due row has to be served. The worker's clock calls
`fire_due_timers`; nothing here sleeps or repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.bpmn import engine
from app.bpmn.engine import StepResult
from app.bpmn.errors import CaseStalled
from app.bpmn.model import ProcessModel
from app.cases.apply_step import write_engine_step
from app.cases.assignment import load_pool_member_ids
from app.cases.events import TASK_ESCALATED, TASK_REMINDED
from app.cases.incidents import STATE, TIMER, IncidentPlace, record_incident, resolve_timer_incidents
from app.cases.locking import DAMAGE_ERRORS, lock_case
from app.cases.models import Case, Task, Timer
from app.cases.service_tasks import service_task_runner
from app.cases.transitions import CaseTransition
from app.diagrams.versions import load_version
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError
from app.kernel.logs import error_type_and_place_text
from app.outbox.post import OutboxEvent, post_event, post_events

WriteTransaction = Callable[[Act], AbstractContextManager[Session]]
RETRY_DELAY = timedelta(minutes=5)
"""How long a timer that failed waits before the next attempt."""


@dataclass(frozen=True, slots=True)
class TimerRunCounts:
    """Counts of one run: reminders sent, cases advanced, timers that failed."""

    reminded: int
    advanced: int
    failed: int


def fire_due_timers(write: WriteTransaction, now: datetime, limit: int = 100) -> TimerRunCounts:
    """Send due reminders in one act, then fire up to `limit` diagram timers, each in an act of its own.

    `write` is `kernel.door.write`.
    """
    with write(Act.by_system(now)) as _:
        reminded = post_due_reminders(Act.by_system(now), limit)
    moved = failed = 0
    for _ in range(limit):
        succeeded = _fire_next_timer(write, now)
        if succeeded is None:
            break
        moved, failed = (moved + 1, failed) if succeeded else (moved, failed + 1)
    return TimerRunCounts(reminded, moved, failed)


def post_due_reminders(act: Act, limit: int = 100, of_case: UUID | None = None) -> int:
    """Post reminders to the owners of up to `limit` tasks, with `of_case` only of that case; return how many tasks.

    Three statements and one for each pool. The last second of a deadline still belongs to it: a task is
    overdue after that.
    """
    due = (
        select(Timer.id)
        .where(Timer.due_at <= act.at, Timer.kind != "diagram")
        # A task is overdue only after the last second of its deadline.
        .where(or_(Timer.kind != "overdue", Timer.due_at < act.at))
        .where(*([Timer.case_id == of_case] if of_case else []))
        .order_by(Timer.due_at, Timer.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    deleted = delete(Timer).where(Timer.id.in_(due)).returning(Timer.task_id, Timer.kind).cte("gone")
    rows = db.session.execute(
        select(Task, deleted.c.kind)
        .join(deleted, deleted.c.task_id == Task.id)
        .where(Task.closed_at.is_(None))
    ).all()
    pools: dict[tuple[str, UUID | None], list[UUID]] = {}
    events: list[OutboxEvent] = []
    for task, kind in rows:
        recipients = [task.assignee] if task.assignee else _pool_recipients(act, pools, task)
        events.append(
            (TASK_REMINDED, {**_reminder_or_escalation_payload(task, recipients), "kind": kind}, None)
        )
    post_events(act, events)
    return len(rows)


def _pool_recipients(act: Act, pools: dict[tuple[str, UUID | None], list[UUID]], task: Task) -> list[UUID]:
    """Return the members of the task's pool who are not excluded; read once for each pool."""
    key = (task.role, task.unit_id)
    if key not in pools:
        pools[key] = load_pool_member_ids(act, *key)
    return [person for person in pools[key] if person not in set(task.excluded)]


def _reminder_or_escalation_payload(task: Task, recipients: Collection[UUID]) -> dict[str, Any]:
    """Return the payload of a reminder or escalation of a task."""
    model = load_version(task.version_id).model
    return {
        "case": str(task.case_id),
        "number": task.number,
        "process": dict(model.titles),
        "title": dict(model.user_tasks[task.element].titles),
        "subject": task.subject,
        "task": str(task.id),
        "clause": task.clause,
        "due_at": task.due_at.isoformat(),
        "recipients": sorted(str(person) for person in recipients),
        "url": f"/tasks/{task.id}",
    }


def _fire_next_timer(write: WriteTransaction, now: datetime) -> bool | None:
    """Fire the next due timer; return True if the case advanced, False if it failed, None without one."""
    claimed: list[tuple[UUID, UUID]] = []
    try:
        with write(Act.by_system(now)):
            due = _lock_case_of_next_due_timer(now)
            if due is None:
                return None
            claimed.append(due)
            fire_timer(Act.by_system(now), *due)
        return True
    except Exception as error:
        if not claimed:
            raise
        with write(Act.by_system(now)):
            # The failed act was rolled back; the retry and the incident need an act of their own.
            _postpone_timer(Act.by_system(now), *claimed[0], error)
        return False


def _lock_case_of_next_due_timer(now: datetime) -> tuple[UUID, UUID] | None:
    """Return the first due timer whose case nobody has locked, and lock that case.

    The last second of a deadline still belongs to it.
    """
    row = db.session.execute(
        select(Timer.id, Timer.case_id)
        .join(Case, Case.id == Timer.case_id)
        .where(Timer.due_at < now, Timer.kind == "diagram", Case.status == "open")
        .order_by(Timer.due_at, Timer.id)
        .limit(1)
        # Case first, as every writer locks; a case that somebody holds is served by the next run.
        .with_for_update(of=Case, skip_locked=True)
    ).one_or_none()
    return (row.id, row.case_id) if row else None


def fire_timer(act: Act, timer_id: UUID, case_id: UUID) -> None:
    """Let the engine fire the timer of a locked case, and write the step."""
    timer = db.session.scalar(select(Timer).where(Timer.id == timer_id))
    if timer is None or timer.key is None:
        return
    locked = lock_case(case_id)
    published = locked.load_pinned_diagram()
    act = act.with_case(case_id)
    diagram_timer = published.model.timers[timer.element]
    task_element = published.model.user_tasks.get(diagram_timer.attached_to)
    transition = CaseTransition(
        kind="escalated" if diagram_timer.interrupting and task_element else "timer",
        element=task_element.id if task_element else diagram_timer.id,
        task_id=timer.task_id,
        role=published.model.lane_of_task(task_element.id).role if task_element else None,
        answers={"timer": diagram_timer.id, "policy": diagram_timer.policy},
        clause=task_element.clause if task_element else published.model.clause,
    )
    run_service = service_task_runner(act, locked.case, published.model, locked.history)
    step = engine.trigger_timer(published.spec, locked.verified_engine_state(), timer.key, run_service)
    attempts = timer.attempts
    write_engine_step(act, locked.case, published, step, locked.history, transition)
    if attempts:
        resolve_timer_incidents(act, case_id, timer_id)
    if transition.kind == "escalated":
        _post_escalation(act, timer.task_id, _escalation_kind(published.model, step))


def _escalation_kind(model: ProcessModel, step: StepResult) -> str:
    """Return the consequence of a missed deadline: a deputy decides, the case went on, or it ended."""
    if any(model.user_tasks[token.element].assign == "deputy" for token in step.opened):
        return "deputy"
    return "went_on" if step.opened else "ended"


def _post_escalation(act: Act, task_id: UUID | None, kind: str) -> None:
    """Notify the late owners of the task and the requester of the consequence (4.4.2)."""
    task = db.session.get(Task, task_id) if task_id else None
    if task is not None:
        owners = [task.assignee] if task.assignee else _pool_recipients(act, {}, task)
        payload = _reminder_or_escalation_payload(task, {*owners, task.requester})
        post_event(act, TASK_ESCALATED, {**payload, "kind": kind, "url": f"/cases/{task.case_id}"})


def _postpone_timer(act: Act, timer_id: UUID, case_id: UUID, error: Exception) -> None:
    """Set the next attempt of a failed timer and record an incident; the failed act was rolled back."""
    timer = db.session.execute(
        update(Timer)
        .where(Timer.id == timer_id)
        .values(attempts=Timer.attempts + 1, due_at=act.at + RETRY_DELAY)
        .returning(Timer.element, Timer.task_id)
    ).one_or_none()
    quarantine = isinstance(error, (*DAMAGE_ERRORS, CaseStalled))
    code = error.code if isinstance(error, DepterError) else "cases.timer.failed"
    detail = {"timer": str(timer_id), "error": error_type_and_place_text(error)}
    place = IncidentPlace(
        STATE if quarantine else TIMER, timer.element if timer else None, timer.task_id if timer else None
    )
    record_incident(act, case_id, code, detail, quarantine=quarantine, place=place)
