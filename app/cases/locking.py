"""Load a case for writing: case, state, task and history in one round trip, with row locks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from app.bpmn.errors import StateDamaged
from app.cases.case_record import CASE_COLUMN_COUNT, CaseRecord, TaskRecord, case_columns, task_columns
from app.cases.models import Case, CaseState, History, Task
from app.cases.rules import HistoryEntry, TaskState
from app.cases.state import StateUnreadable, verify_state_checksum
from app.diagrams.versions import PublishedDiagram, VersionDamaged, load_version
from app.kernel.db import db, model_table
from app.kernel.errors import Missing
from app.kernel.prepared import PreparedStatement, open_pipeline
from app.regulation.queries import send_regulation_revision_query

DAMAGE_ERRORS = (StateDamaged, StateUnreadable, VersionDamaged)
"""Errors that quarantine a case: its state or its diagram version is damaged."""


@dataclass(frozen=True, slots=True)
class LockedCase:
    """A case whose rows are locked until the act ends. Its state is not verified until `verified_engine_state()`."""

    case: CaseRecord
    state: bytes
    check: bytes
    history: list[HistoryEntry]

    def verified_engine_state(self) -> bytes:
        """Return the engine's state; raise StateUnreadable when its checksum does not match."""
        return verify_state_checksum(self.state, self.check)

    def load_pinned_diagram(self) -> PublishedDiagram:
        """Return the diagram version of the case; raise VersionDamaged."""
        return load_version(self.case.version_id)


@dataclass(frozen=True, slots=True)
class LockedTask(LockedCase):
    """A locked case with one of its tasks, which is locked too."""

    task: TaskRecord


_case_table, _state_table, _task_table, _history_table = (
    model_table(Case),
    model_table(CaseState),
    model_table(Task),
    model_table(History),
)

# Prepared once for each process: building these statements cost more than running them (ADR 8). Every writer
# locks case and state before it changes a task, so that two writers never wait for each other.
_LOCK_TASK = PreparedStatement(
    select(*case_columns(), _state_table.c.body, _state_table.c.check, *task_columns())
    .select_from(_task_table)
    .join(_case_table, _case_table.c.id == _task_table.c.case_id)
    .join(_state_table, _state_table.c.case_id == _task_table.c.case_id)
    .where(_task_table.c.id == bindparam("of_task"))
    .with_for_update(of=[_case_table, _state_table, _task_table])
)
_LOCK_CASE = PreparedStatement(
    select(*case_columns(), _state_table.c.body, _state_table.c.check)
    .join(_state_table, _state_table.c.case_id == _case_table.c.id)
    .where(_case_table.c.id == bindparam("of_case"))
    .with_for_update(of=[_case_table, _state_table])
)
_READ_CASE = PreparedStatement(
    select(*case_columns(), _state_table.c.body, _state_table.c.check)
    .join(_state_table, _state_table.c.case_id == _case_table.c.id)
    .where(_case_table.c.id == bindparam("of_case"))
)
_HISTORY_QUERY = (
    select(
        _history_table.c.kind,
        _history_table.c.person,
        _history_table.c.on_behalf_of,
        _history_table.c.role,
        _history_table.c.element,
        _history_table.c.iteration,
        _history_table.c.approves,
        _history_table.c.decision,
        _history_table.c.subject_hash,
        _history_table.c.at,
        _history_table.c.opened,
    )
    .select_from(_history_table)
    .order_by(_history_table.c.id)
)
_CASE_HISTORY_STATEMENT = PreparedStatement(
    _HISTORY_QUERY.where(_history_table.c.case_id == bindparam("of_case"))
)
_TASK_HISTORY_STATEMENT = PreparedStatement(
    _HISTORY_QUERY.where(
        _history_table.c.case_id
        == select(_task_table.c.case_id).where(_task_table.c.id == bindparam("of_task")).scalar_subquery()
    )
)


def lock_case_and_task(task_id: UUID) -> LockedTask:
    """Lock and return the case of a task with state, history and the task; one round trip. Raises Missing.

    All three rows are locked. So after a wait PostgreSQL reads their newest versions, and a task that
    somebody else completed meanwhile is seen as closed. The history is read after the lock.
    """
    row, history = _lock_row_and_load_history(_LOCK_TASK, _TASK_HISTORY_STATEMENT, {"of_task": task_id})
    case, (body, check), task = (
        row[:CASE_COLUMN_COUNT],
        row[CASE_COLUMN_COUNT : CASE_COLUMN_COUNT + 2],
        row[CASE_COLUMN_COUNT + 2 :],
    )
    return LockedTask(CaseRecord(*case), body, check, history, TaskRecord(*task))


def lock_case(case_id: UUID) -> LockedCase:
    """Lock and return a case with its state and history; one round trip. Raises Missing."""
    row, history = _lock_row_and_load_history(_LOCK_CASE, _CASE_HISTORY_STATEMENT, {"of_case": case_id})
    return LockedCase(
        CaseRecord(*row[:CASE_COLUMN_COUNT]), row[CASE_COLUMN_COUNT], row[CASE_COLUMN_COUNT + 1], history
    )


def load_case_without_lock(case_id: UUID) -> LockedCase:
    """Return a case as `lock_case` does, without locking it: for pages. Raises Missing."""
    row, history = _lock_row_and_load_history(_READ_CASE, _CASE_HISTORY_STATEMENT, {"of_case": case_id})
    return LockedCase(
        CaseRecord(*row[:CASE_COLUMN_COUNT]), row[CASE_COLUMN_COUNT], row[CASE_COLUMN_COUNT + 1], history
    )


def _lock_row_and_load_history(
    lock: PreparedStatement, history_query: PreparedStatement, parameters: dict[str, Any]
) -> tuple[Sequence[Any], list[HistoryEntry]]:
    """Lock, read the history in the same round trip and return the row and the history. Raises Missing."""
    with open_pipeline() as pipe:
        locked_rows, history_rows = (
            pipe.send_query(lock, parameters),
            pipe.send_query(history_query, parameters),
        )
        note_revision = send_regulation_revision_query(db.session, pipe)
        rows, history = locked_rows(), [HistoryEntry(*row) for row in history_rows()]
        note_revision()
    if not rows:
        raise Missing
    return rows[0], history


def task_state_from_record(task: TaskRecord | Task, case: CaseRecord | Case) -> TaskState:
    """Return the rule input of a task."""
    return TaskState(
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
