"""Load what a decision about moving a case reads: history, open tasks and timers; no state blob is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.migration.decide import CaseFacts
from app.cases.migration.replay import REPLAYED_KINDS, HistoryRow, RecordedStep, recorded_steps_from_history
from app.cases.models import History, Task, Timer
from app.kernel.db import db

DIAGRAM_TIMER_KIND = "diagram"
_HISTORY_NAMES = [field.name for field in fields(HistoryRow)]
_HISTORY_COLUMNS = [getattr(History, name) for name in _HISTORY_NAMES]


@dataclass(frozen=True, slots=True)
class CaseKey:
    """The columns of a case that its facts repeat."""

    id: UUID
    status: str
    requester: UUID
    subject_hash: str | None
    intact: bool


def load_migration_facts_of_cases(cases: Sequence[CaseKey]) -> list[CaseFacts]:
    """Return the facts of these cases in their order; three statements for any number."""
    ids = [case.id for case in cases]
    steps = load_recorded_steps_by_case(ids)
    tasks = _load_elements_by_case(
        select(Task.case_id, Task.element).where(Task.case_id.in_(ids), Task.closed_at.is_(None))
    )
    timers = _load_elements_by_case(
        select(Timer.case_id, Timer.element).where(Timer.case_id.in_(ids), Timer.kind == DIAGRAM_TIMER_KIND)
    )
    return [
        CaseFacts(
            id=case.id,
            status=case.status,
            requester=case.requester,
            subject_hash=case.subject_hash,
            intact=case.intact,
            steps=steps.get(case.id, []),
            tasks=tuple(tasks.get(case.id, ())),
            timers=tuple(timers.get(case.id, ())),
        )
        for case in cases
    ]


def load_recorded_steps_by_case(ids: Collection[UUID]) -> Mapping[UUID, list[RecordedStep]]:
    """Return the steps of the history of each case, in order; one statement."""
    rows: defaultdict[UUID, list[HistoryRow]] = defaultdict(list)
    statement = (
        select(History.case_id, *_HISTORY_COLUMNS)
        .where(History.case_id.in_(list(ids)), History.kind.in_(sorted(REPLAYED_KINDS)))
        .order_by(History.case_id, History.id)
    )
    for case_id, *columns in db.session.execute(statement):
        rows[case_id].append(HistoryRow(**dict(zip(_HISTORY_NAMES, columns, strict=True))))
    return {case_id: recorded_steps_from_history(of_case) for case_id, of_case in rows.items()}


def _load_elements_by_case(statement: Any) -> Mapping[UUID, list[str]]:
    """Return the elements that a query of cases and elements finds, by case."""
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    for case_id, element in db.session.execute(statement):
        found[case_id].append(element)
    return found
