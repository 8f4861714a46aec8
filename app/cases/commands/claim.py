"""Claim a task from its pool and release it.

A task can be completed without a claim; a claim keeps others from starting it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import update

from app.audit.record import record_audit_event
from app.cases import rules
from app.cases.audit_rows import audit_rows_of_case
from app.cases.case_record import TaskRecord
from app.cases.history import append_history
from app.cases.locking import LockedTask, lock_case_and_task, task_state_from_record
from app.cases.models import Task
from app.cases.substitution import act_with_task_substitution
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Missing


def claim_pool_task(act: Act, task_id: UUID) -> None:
    """Claim a task; harmless when the person has it already. Raises Missing, Denied, Stale, Refused."""
    locked, task, person = _lock_visible_task(act, task_id)
    refusal = rules.refusal_to_claim_or_complete_task(
        task_state_from_record(task, locked.case), person, act.on_behalf_of, act.assignments
    )
    if refusal is not None:
        raise refusal
    if task.assignee == person:
        return
    act = act_with_task_substitution(act, locked.case, task)
    _set_task_assignee(act.with_case(task.case_id), task, "claimed", person, act.on_behalf_of)


def release_pool_task(act: Act, task_id: UUID) -> None:
    """Return a claimed task to its pool; harmless if it is there. Raises Missing, Denied, Stale, Refused."""
    locked, task, person = _lock_visible_task(act, task_id)
    if task.assignee is None and task.pooled and task.closed_at is None:
        return
    refusal = rules.refusal_to_release_task(task_state_from_record(task, locked.case), person)
    if refusal is not None:
        raise refusal
    _set_task_assignee(act.with_case(task.case_id), task, "released", None, None)


def claim_pool_tasks_collect_errors(act: Act, task_ids: Sequence[UUID]) -> Mapping[UUID, DepterError]:
    """Claim each task; return the errors of those that could not be claimed, by task."""
    failed: dict[UUID, DepterError] = {}
    # Locks in the order of ids, so that two people who select the same tasks cannot deadlock.
    for task_id in sorted(set(task_ids)):
        try:
            claim_pool_task(act, task_id)
        except DepterError as error:
            failed[task_id] = error
    return failed


def _set_task_assignee(
    act: Act, task: TaskRecord, kind: str, person: UUID | None, on_behalf_of: UUID | None
) -> None:
    """Write the assignee of the task, with the claim or release in the history and the audit."""
    assignee = {"assignee": person, "on_behalf_of": on_behalf_of}
    db.session.execute(update(Task).where(Task.id == task.id).values(**assignee))
    _record_claim_or_release(act, task, kind, assignee)


def _lock_visible_task(act: Act, task_id: UUID) -> tuple[LockedTask, TaskRecord, UUID]:
    """Lock the task; return it with its case and the person. Raises Missing for a task he may not see."""
    locked = lock_case_and_task(task_id)
    task = locked.task
    if act.person is None:
        raise Missing
    state = task_state_from_record(task, locked.case)
    if not rules.can_see_task(state, act.person, act.on_behalf_of, act.assignments):
        in_pool = state.assignee is not None and rules.has_role_in_unit(
            act.assignments, state.role, state.unit
        )
        if not in_pool:
            raise Missing
    return locked, task, act.person


def _record_claim_or_release(
    act: Act, task: TaskRecord, kind: str, assignee: Mapping[str, UUID | None]
) -> None:
    """Append the claim or release to the history and the audit."""
    columns: dict[str, Any] = {
        "role": task.role,
        "element": task.element,
        "task_id": task.id,
        "iteration": task.iteration,
    }
    entry = append_history(act, task.case_id, kind, clause=task.clause, **columns)
    record_audit_event(
        act,
        f"cases.task.{kind}",
        ("cases.case", task.case_id),
        None,
        {"task": task.id},
        task.clause,
        rows=audit_rows_of_case(tasks=[{"id": task.id, **assignee}], history=entry),
    )
