"""Loads a case for writing: case, state, task and history in one round trip, locked in the order every writer keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from app.bpmn.errors import StateDamaged
from app.cases.case_record import CASE_WIDTH, HeldCase, HeldTask, case_columns, task_columns
from app.cases.models import Case, CaseState, History, Task
from app.cases.rules import Step, TaskFacts
from app.cases.state import StateUnreadable, checked
from app.diagrams.versions import Published, VersionDamaged, load
from app.kernel.db import db, table
from app.kernel.errors import Missing
from app.kernel.prepared import Prepared, pipelined
from app.regulation.queries import look_at_revision

DAMAGES = (StateDamaged, StateUnreadable, VersionDamaged)
"""What quarantines a case: its state or its diagram is not what was written."""


@dataclass(frozen=True, slots=True)
class Locked:
    """A case whose row is held until the act ends. Its state is unread until `body()` checks it."""

    case: HeldCase
    state: bytes
    check: bytes
    history: list[Step]

    def body(self) -> bytes:
        """The engine's state; raises StateUnreadable."""
        return checked(self.state, self.check)

    def published(self) -> Published:
        """The version the case is pinned to; raises VersionDamaged."""
        return load(self.case.version_id)


@dataclass(frozen=True, slots=True)
class LockedTask(Locked):
    """The same with one of its tasks."""

    task: HeldTask


_case, _state, _task, _history = table(Case), table(CaseState), table(Task), table(History)

_LOCK_TASK = Prepared(
    select(*case_columns(), _state.c.body, _state.c.check, *task_columns())
    .select_from(_task)
    .join(_case, _case.c.id == _task.c.case_id)
    .join(_state, _state.c.case_id == _task.c.case_id)
    .where(_task.c.id == bindparam("of_task"))
    .with_for_update(of=[_case, _state, _task])
)
_LOCK_CASE = Prepared(
    select(*case_columns(), _state.c.body, _state.c.check)
    .join(_state, _state.c.case_id == _case.c.id)
    .where(_case.c.id == bindparam("of_case"))
    .with_for_update(of=[_case, _state])
)
_STEPS = (
    select(
        _history.c.kind,
        _history.c.person,
        _history.c.on_behalf_of,
        _history.c.role,
        _history.c.element,
        _history.c.round,
        _history.c.approves,
        _history.c.decision,
        _history.c.subject_hash,
        _history.c.at,
        _history.c.opened,
    )
    .select_from(_history)
    .order_by(_history.c.id)
)
_STEPS_OF_CASE = Prepared(_STEPS.where(_history.c.case_id == bindparam("of_case")))
_STEPS_OF_TASK = Prepared(
    _STEPS.where(
        _history.c.case_id
        == select(_task.c.case_id).where(_task.c.id == bindparam("of_task")).scalar_subquery()
    )
)


def lock_task(task_id: UUID) -> LockedTask:
    """The case of a task with its state and history, and the task; one round trip. Raises Missing.

    All three rows are locked, so after a wait PostgreSQL reads their newest versions and a task that somebody
    else completed meanwhile is seen as closed; the history is read behind the lock.
    """
    row, history = _read(_LOCK_TASK, _STEPS_OF_TASK, {"of_task": task_id})
    case, (body, check), task = row[:CASE_WIDTH], row[CASE_WIDTH : CASE_WIDTH + 2], row[CASE_WIDTH + 2 :]
    return LockedTask(HeldCase(*case), body, check, history, HeldTask(*task))


def lock_case(case_id: UUID) -> Locked:
    """The case with its state and history; one round trip. Raises Missing."""
    row, history = _read(_LOCK_CASE, _STEPS_OF_CASE, {"of_case": case_id})
    return Locked(HeldCase(*row[:CASE_WIDTH]), row[CASE_WIDTH], row[CASE_WIDTH + 1], history)


def _read(lock: Prepared, steps: Prepared, given: dict[str, Any]) -> tuple[Sequence[Any], list[Step]]:
    with pipelined() as wire:
        locked, told = wire.ask(lock, given), wire.ask(steps, given)
        note_revision = look_at_revision(db.session, wire)
        rows, history = locked(), [Step(*row) for row in told()]
        note_revision()
    if not rows:
        raise Missing
    return rows[0], history


def facts_of(task: HeldTask | Task, case: HeldCase | Case) -> TaskFacts:
    """What the rules read of a task."""
    return TaskFacts(
        role=task.role,
        unit=task.unit_id,
        assignee=task.assignee,
        on_behalf_of=task.on_behalf_of,
        pooled=task.pooled,
        excluded=frozenset(task.excluded),
        closed_at=task.closed_at,
        case_open=case.status == "open",
        suspended=case.status == "suspended",
    )
