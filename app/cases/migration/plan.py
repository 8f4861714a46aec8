"""Plan a migration: which running cases move to a version, which stay, and why. Writes nothing.

Cases with equal histories get one replay, so a plan of thousands of cases takes few replays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.cases.migration import reasons
from app.cases.migration.decide import (
    CaseFacts,
    compute_step_result_after_migration,
    migration_decision_signature,
    variables_read_by_conditions,
)
from app.cases.migration.facts import CaseKey, load_migration_facts_of_cases
from app.cases.migration.reasons import CaseStays, StayReason
from app.cases.models import Case, CaseState, Task
from app.cases.queries.processes import RunningFilter
from app.diagrams.versions import PublishedDiagram, load_version_unless_damaged
from app.kernel.act import Act
from app.kernel.db import db

MAX_PLANNED_CASES = 20_000
"""The maximum number of cases in one plan; a migration itself has no limit."""
_CASES_PER_QUERY = 1000


@dataclass(frozen=True, slots=True)
class PlannedCase:
    """One running case of a plan. `reason` is None when it moves."""

    id: UUID
    number: str
    version_id: UUID
    status: str
    opened_at: datetime
    steps: tuple[str, ...]
    reason: StayReason | None


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """The plan of a migration, oldest cases first. `is_cut`: there are more cases than the plan holds."""

    cases: Sequence[PlannedCase]
    is_cut: bool = False

    @property
    def moving(self) -> int:
        """Return how many cases move."""
        return sum(case.reason is None for case in self.cases)


def migratable_cases_conditions(
    act: Act, key: str, target: UUID, filter_: RunningFilter, ticked: Collection[UUID] | None = None
) -> list[ColumnElement[bool]]:
    """Return the SQL conditions for running cases of a process that are not on the target version.

    `filter_` restricts them by version, step and late; `ticked` to these cases.
    """
    conditions = [Case.diagram == key, Case.closed_at.is_(None), Case.version_id != target]
    if filter_.version is not None:
        conditions.append(Case.version_id == filter_.version)
    if filter_.step or filter_.late:
        waiting = select(Task.id).where(Task.case_id == Case.id, Task.closed_at.is_(None))
        if filter_.step:
            waiting = waiting.where(Task.element == filter_.step)
        if filter_.late:
            waiting = waiting.where(Task.due_at < act.at)
        conditions.append(waiting.exists())
    if ticked is not None:
        conditions.append(Case.id.in_(list(ticked)))
    return conditions


def plan_migration(
    act: Act, target: PublishedDiagram, filter_: RunningFilter, limit: int = MAX_PLANNED_CASES
) -> MigrationPlan:
    """Return the plan for the running cases of a process that the filter names; writes nothing.

    One statement, and three for each thousand cases.
    """
    rows = db.session.execute(
        select(
            Case.id,
            Case.number,
            Case.version_id,
            Case.status,
            Case.requester,
            Case.subject_hash,
            Case.opened_at,
            # PostgreSQL compares the checksum, so that no state is sent.
            (func.sha256(CaseState.body) == CaseState.check).label("intact"),
        )
        .join(CaseState, CaseState.case_id == Case.id)
        .where(*migratable_cases_conditions(act, target.key, target.id, filter_))
        .order_by(Case.opened_at, Case.id)
        .limit(limit + 1)
    ).all()
    planner = _Planner(target)
    planned: list[PlannedCase] = []
    for start in range(0, min(len(rows), limit), _CASES_PER_QUERY):
        batch = rows[start : min(start + _CASES_PER_QUERY, limit)]
        keys = [CaseKey(row.id, row.status, row.requester, row.subject_hash, row.intact) for row in batch]
        for row, facts in zip(batch, load_migration_facts_of_cases(keys), strict=True):
            planned.append(
                PlannedCase(
                    row.id,
                    row.number,
                    row.version_id,
                    row.status,
                    row.opened_at,
                    facts.tasks,
                    planner.reason_to_stay(row.version_id, facts),
                )
            )
    return MigrationPlan(planned, is_cut=len(rows) > limit)


class _Planner:
    """Decides about cases; remembers the decision for each signature."""

    def __init__(self, target: PublishedDiagram) -> None:
        self._target = target
        self._names: dict[UUID, frozenset[str]] = {}
        self._known: dict[tuple[Any, ...], StayReason | None] = {}

    def reason_to_stay(self, version_id: UUID, facts: CaseFacts) -> StayReason | None:
        """Return why a case on this version stays; None when it moves."""
        pinned = load_version_unless_damaged(version_id)
        if pinned is None:
            return StayReason(reasons.DAMAGED_STATE)
        if version_id not in self._names:
            models = (pinned.model, self._target.model)
            self._names[version_id] = frozenset().union(*map(variables_read_by_conditions, models))
        start_variables = facts.steps[0].variables if facts.steps else {}
        signature = migration_decision_signature(facts, version_id, self._names[version_id], start_variables)
        if signature not in self._known:
            try:
                compute_step_result_after_migration(self._target.spec, pinned.model, facts, start_variables)
                self._known[signature] = None
            except CaseStays as stays:
                self._known[signature] = stays.reason
        return self._known[signature]
