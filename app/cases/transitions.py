"""One step of a case as history, audit and events describe it, and the tasks it opens. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.bpmn.engine import OpenTask
from app.cases.assignment import TaskOwner
from app.cases.deadlines import DueDate


@dataclass(frozen=True, slots=True)
class CaseTransition:
    """The step that advanced a case, as history, audit and events describe it.

    `answers_digest` is the keyed hash of all answers; `variables` are the process variables set beside the answers.
    """

    kind: str
    element: str | None = None
    task_id: UUID | None = None
    role: str | None = None
    approves: bool = False
    decision: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    clause: str | None = None
    words: str = ""
    iteration: int = 1
    answers_digest: str | None = None


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be opened: its engine token, its owner and its due date."""

    id: UUID
    token: OpenTask
    owner: TaskOwner
    due: DueDate
