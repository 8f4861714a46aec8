"""What one step of a case is told as, and the tasks it is about to open. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.bpmn.engine import OpenTask
from app.cases.assignment import Owner
from app.cases.deadlines import Due


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved the case: as the history, the audit and the news tell it."""

    kind: str
    element: str | None = None
    task_id: UUID | None = None
    role: str | None = None
    approves: bool = False
    decision: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    clause: str | None = None
    words: str = ""
    round: int = 1
    given: str | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A task about to be opened: its token in the engine, its owner, its term."""

    id: UUID
    token: OpenTask
    owner: Owner
    due: Due
