"""Taking a task out of its pool and giving it back. Completing needs neither; it keeps others from starting too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import update

from app.audit.record import record
from app.cases import rules
from app.cases.case_record import HeldTask
from app.cases.history import tell
from app.cases.locking import LockedTask, facts_of, lock_task
from app.cases.models import Task
from app.cases.standing import in_whose_place
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Missing


def claim(act: Act, task_id: UUID) -> None:
    """Take a task into one's hands; harmless when it is there already. Raises Missing, Denied, Stale, Refused."""
    locked, task, person = _mine(act, task_id)
    refusal = rules.may_act(facts_of(task, locked.case), person, act.on_behalf_of, act.hats)
    if refusal is not None:
        raise refusal
    if task.assignee == person:
        return
    act = in_whose_place(act, locked.case, task)
    _give(task, person, act.on_behalf_of)
    _tell(act.under(task.case_id), task, "claimed")


def release(act: Act, task_id: UUID) -> None:
    """Give a claimed task back to its pool; harmless when it lies there. Raises Missing, Denied, Stale, Refused."""
    locked, task, person = _mine(act, task_id)
    if task.assignee is None and task.pooled and task.closed_at is None:
        return
    refusal = rules.may_release(facts_of(task, locked.case), person)
    if refusal is not None:
        raise refusal
    _give(task, None, None)
    _tell(act.under(task.case_id), task, "released")


def claim_many(act: Act, task_ids: Sequence[UUID]) -> Mapping[UUID, DepterError]:
    """Claim each; answers those that could not be claimed with the reason, the others are claimed.

    Locks in the order of ids, so two people who select the same tasks never wait for each other in a circle.
    """
    failed: dict[UUID, DepterError] = {}
    for task_id in sorted(set(task_ids)):
        try:
            claim(act, task_id)
        except DepterError as error:
            failed[task_id] = error
    return failed


def _give(task: HeldTask, person: UUID | None, on_behalf_of: UUID | None) -> None:
    db.session.execute(
        update(Task).where(Task.id == task.id).values(assignee=person, on_behalf_of=on_behalf_of)
    )


def _mine(act: Act, task_id: UUID) -> tuple[LockedTask, HeldTask, UUID]:
    locked = lock_task(task_id)
    task = locked.task
    if act.person is None:
        raise Missing
    facts = facts_of(task, locked.case)
    if not rules.may_see_task(facts, act.person, act.on_behalf_of, act.hats):
        taken = facts.assignee is not None and rules.wears(act.hats, facts.role, facts.unit)
        if not taken:
            raise Missing
    return locked, task, act.person


def _tell(act: Act, task: HeldTask, kind: str) -> None:
    told: dict[str, Any] = {
        "role": task.role,
        "element": task.element,
        "task_id": task.id,
        "round": task.round,
    }
    tell(act, task.case_id, kind, clause=task.clause, **told)
    record(act, f"cases.task.{kind}", ("cases.case", task.case_id), None, {"task": task.id}, task.clause)
