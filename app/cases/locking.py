"""Loads a case for writing: case, state and task locked by one statement, in the order every writer keeps."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select

from app.bpmn.errors import StateDamaged
from app.cases.models import Case, CaseState, History, Task
from app.cases.rules import Step, TaskFacts
from app.cases.state import StateUnreadable, checked
from app.diagrams.versions import Published, VersionDamaged, load
from app.kernel.db import db
from app.kernel.errors import Missing

DAMAGES = (StateDamaged, StateUnreadable, VersionDamaged)
"""What quarantines a case: its state or its diagram is not what was written."""


@dataclass(frozen=True, slots=True)
class Locked:
    """A case whose row is held until the act ends. `state` is unread until `body()` checks it."""

    case: Case
    state: CaseState
    task: Task | None

    def body(self) -> bytes:
        """The engine's state; raises StateUnreadable."""
        return checked(self.state.body, self.state.check)

    def published(self) -> Published:
        """The version the case is pinned to; raises VersionDamaged."""
        return load(self.case.version_id)


_LOCK_TASK = (
    select(Case, CaseState, Task)
    .select_from(Task)
    .join(Case, Case.id == Task.case_id)
    .join(CaseState, CaseState.case_id == Task.case_id)
    .where(Task.id == bindparam("of_task"))
    .with_for_update(of=[Case, CaseState, Task])
    .execution_options(populate_existing=True)
)
_STEPS = (
    select(
        History.kind,
        History.person,
        History.on_behalf_of,
        History.role,
        History.element,
        History.round,
        History.approves,
        History.decision,
        History.subject_hash,
        History.at,
        History.opened,
    )
    .where(History.case_id == bindparam("of_case"))
    .order_by(History.id)
)
"""Statements of the hot path are built once: building one costs more than running it."""


def lock_task(task_id: UUID) -> Locked:
    """The case of a task, the task and the state; one statement. Raises Missing.

    All three rows are locked, so after a wait PostgreSQL reads their newest versions and a task that somebody
    else completed meanwhile is seen as closed.
    """
    found = db.session.execute(_LOCK_TASK, {"of_task": task_id}).one_or_none()
    if found is None:
        raise Missing
    return Locked(*found)


def lock_case(case_id: UUID) -> Locked:
    """The case and its state; one statement. Raises Missing."""
    statement = (
        select(Case, CaseState)
        .join(CaseState, CaseState.case_id == Case.id)
        .where(Case.id == case_id)
        .with_for_update(of=[Case, CaseState])
        .execution_options(populate_existing=True)
    )
    found = db.session.execute(statement).one_or_none()
    if found is None:
        raise Missing
    return Locked(*found, None)


def steps(case_id: UUID) -> list[Step]:
    """What the rules read of the history, in order; one statement. Only under the lock of the case."""
    return [Step(*row) for row in db.session.execute(_STEPS, {"of_case": case_id})]


def facts_of(task: Task, case: Case) -> TaskFacts:
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
    )
