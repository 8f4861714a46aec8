"""A case and a task as plain records for commands: read under the lock, changes written by one statement.

The models in `cases.models` define names and types. Plain records avoid the cost of mapped objects (ADR 8).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, bindparam, update

from app.cases.models import Case, Task
from app.kernel.db import model_table
from app.kernel.prepared import PreparedInsert, PreparedStatement, StatementValues, open_pipeline


@dataclass(slots=True)
class CaseRecord:
    """The row of a locked case. Its methods change it and set `changed`, so that it is saved."""

    id: UUID
    number: str
    diagram: str
    version_id: UUID
    status: str
    outcome: str | None
    requester: UUID
    requester_name: str
    on_behalf_of: UUID | None
    subject_id: UUID | None
    subject_hash: str | None
    subject: dict[str, Any]
    search: str
    units: list[UUID]
    about: list[UUID]
    iteration: int
    start_hash: str
    opened_at: datetime
    closed_at: datetime | None
    changed: bool = field(default=False, compare=False)
    subject_changed: bool = field(default=False, compare=False)

    def set_subject(self, subject: Any) -> None:
        """Set a new subject: id, hash, description and persons (of an `operations.CaseSubject`)."""
        self.subject_id, self.subject_hash = subject.id, subject.sha256
        self.subject, self.about = dict(subject.description), list(subject.about)
        self.changed = self.subject_changed = True

    def close(self, status: str, outcome: str, at: datetime) -> None:
        """Close the case with a status and an outcome."""
        self.status, self.outcome, self.closed_at = status, outcome, at
        self.changed = True

    def set_status(self, status: str) -> None:
        """Set the status, for example `quarantined`, `suspended` or `open`."""
        self.status = status
        self.changed = True

    def start_next_iteration(self) -> None:
        """Count a new iteration after a return for rework."""
        self.iteration += 1
        self.changed = True


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """The columns of a task that commands read."""

    id: UUID
    case_id: UUID
    key: str
    element: str
    iteration: int
    clause: str
    role: str
    unit_id: UUID | None
    assignee: UUID | None
    on_behalf_of: UUID | None
    pooled: bool
    excluded: list[UUID]
    closed_at: datetime | None
    closed_by: UUID | None


_CASE_FIELDS = tuple(
    part.name for part in fields(CaseRecord) if part.name not in ("changed", "subject_changed")
)
_TASK_FIELDS = tuple(part.name for part in fields(TaskRecord))
_MUTABLE_CASE_FIELD_NAMES = (
    "status",
    "outcome",
    "subject_id",
    "subject_hash",
    "subject",
    "about",
    "iteration",
    "closed_at",
)

CASE_COLUMN_COUNT = len(_CASE_FIELDS)
INSERT_CASE = PreparedInsert(Case, *_CASE_FIELDS)


def case_columns() -> list[Column[Any]]:
    """Return the columns of `CaseRecord`, in its order."""
    return [model_table(Case).c[name] for name in _CASE_FIELDS]


def task_columns() -> list[Column[Any]]:
    """Return the columns of `TaskRecord`, in its order."""
    return [model_table(Task).c[name] for name in _TASK_FIELDS]


def case_insert_row(case: CaseRecord, names: Iterable[str] = _CASE_FIELDS) -> StatementValues:
    """Return the case as a row, for `INSERT_CASE`."""
    return {name: getattr(case, name) for name in names}


def case_update_parameters(case: CaseRecord) -> StatementValues:
    """Return the parameters of `UPDATE_CASE`."""
    return {"of_case": case.id, **{f"new_{name}": getattr(case, name) for name in _MUTABLE_CASE_FIELD_NAMES}}


def save_changed_case(case: CaseRecord) -> None:
    """Write the case if it has changed."""
    if case.changed:
        with open_pipeline() as pipe:
            pipe.send_statement(UPDATE_CASE, case_update_parameters(case))


UPDATE_CASE = PreparedStatement(
    update(model_table(Case))
    .where(model_table(Case).c.id == bindparam("of_case"))
    .values(
        {
            name: bindparam(f"new_{name}", type_=model_table(Case).c[name].type)
            for name in _MUTABLE_CASE_FIELD_NAMES
        }
    )
)
