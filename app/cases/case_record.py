"""A case and a task as a command holds them: plain values read under the lock, changes written by one statement.

Knows no rule. The models of `cases.models` stay the truth about names and types; these are their rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, bindparam, update

from app.cases.models import Case, Task
from app.kernel.db import table
from app.kernel.prepared import Prepared, PreparedInsert, Row, pipelined


@dataclass(slots=True)
class HeldCase:
    """The row of a case. Its changes are made by the methods, which note that it has to be saved."""

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
    round: int
    start_hash: str
    opened_at: datetime
    closed_at: datetime | None
    changed: bool = field(default=False, compare=False)

    def concerns(self, subject: Any) -> None:
        """Another subject from now on: its id, hash, description and persons (`operations.CaseSubject`)."""
        self.subject_id, self.subject_hash = subject.id, subject.sha256
        self.subject, self.about = dict(subject.described), list(subject.about)
        self.changed = True

    def close(self, status: str, outcome: str, at: datetime) -> None:
        """It ended."""
        self.status, self.outcome, self.closed_at = status, outcome, at
        self.changed = True

    def becomes(self, status: str) -> None:
        """Into quarantine, or back to work."""
        self.status = status
        self.changed = True

    def next_round(self) -> None:
        """It came back to be worked on again."""
        self.round += 1
        self.changed = True


@dataclass(frozen=True, slots=True)
class HeldTask:
    """What commands read of a task."""

    id: UUID
    case_id: UUID
    key: str
    element: str
    round: int
    clause: str
    role: str
    unit_id: UUID | None
    assignee: UUID | None
    on_behalf_of: UUID | None
    pooled: bool
    excluded: list[UUID]
    closed_at: datetime | None
    closed_by: UUID | None


_OF_CASE = tuple(part.name for part in fields(HeldCase) if part.name != "changed")
_OF_TASK = tuple(part.name for part in fields(HeldTask))
_CHANGING = ("status", "outcome", "subject_id", "subject_hash", "subject", "about", "round", "closed_at")

CASE_WIDTH = len(_OF_CASE)
INSERT_CASE = PreparedInsert(Case, *_OF_CASE)


def case_columns() -> list[Column[Any]]:
    """The columns of `HeldCase`, in its order."""
    return [table(Case).c[name] for name in _OF_CASE]


def task_columns() -> list[Column[Any]]:
    """The columns of `HeldTask`, in its order."""
    return [table(Task).c[name] for name in _OF_TASK]


def row_of(case: HeldCase, names: Iterable[str] = _OF_CASE) -> Row:
    """The case as a row."""
    return {name: getattr(case, name) for name in names}


def saving(case: HeldCase) -> Row:
    """The values of `SAVE_CASE`."""
    return {"of_case": case.id, **{f"new_{name}": getattr(case, name) for name in _CHANGING}}


def save(case: HeldCase) -> None:
    """Write what has changed, if anything has."""
    if case.changed:
        with pipelined() as wire:
            wire.send(SAVE_CASE, saving(case))


SAVE_CASE = Prepared(
    update(table(Case))
    .where(table(Case).c.id == bindparam("of_case"))
    .values({name: bindparam(f"new_{name}", type_=table(Case).c[name].type) for name in _CHANGING})
)
