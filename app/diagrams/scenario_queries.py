"""Queries of scenarios: those of a process, their results on a drawing, and those that were removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.words import unseal_texts
from app.diagrams.models import DiagramScenario, ScenarioResult
from app.kernel.db import db
from app.kernel.errors import Missing, Refused

MAX_SCENARIOS = 30
"""So many scenarios a process may have: all of them run before a version comes into force."""


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """One scenario: how its case ends (`expected_outcome`), or which steps are open when it does not."""

    id: UUID
    key: str
    title: str
    origin: str
    seed: UUID
    began_at: datetime
    entries: Sequence[Mapping[str, Any]]
    trace: Sequence[Sequence[str]]
    expected_outcome: str | None
    expected_open: Sequence[str] | None
    recorded_by: UUID | None
    recorded_at: datetime
    removed_by: UUID | None
    removed_at: datetime | None
    removed_reason: str | None
    replaced_by: UUID | None


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """The result of a scenario on one drawing: `entry` and `problem` say where and why it parts."""

    passed: bool
    entry: int | None
    problem: Mapping[str, Any]
    ran_at: datetime


_COLUMNS = tuple(getattr(DiagramScenario, name) for name in ScenarioRow.__slots__)


def load_scenarios(key: str) -> list[ScenarioRow]:
    """Return the scenarios of a process, the oldest first, removed ones left out; one statement."""
    statement = (
        select(*_COLUMNS)
        .where(DiagramScenario.key == key, DiagramScenario.removed_at.is_(None))
        .order_by(DiagramScenario.recorded_at, DiagramScenario.id)
    )
    return [ScenarioRow(*row) for row in db.session.execute(statement)]


def load_scenario(scenario_id: UUID) -> ScenarioRow:
    """Return one scenario that is not removed; one statement. Raises Missing."""
    row = db.session.execute(
        select(*_COLUMNS).where(DiagramScenario.id == scenario_id, DiagramScenario.removed_at.is_(None))
    ).one_or_none()
    if row is None:
        raise Missing
    return ScenarioRow(*row)


def load_removed_scenarios(key: str, since: datetime | None) -> list[ScenarioRow]:
    """Return the scenarios that were removed since a moment (None: ever), the last first; at most two statements."""
    statement = select(*_COLUMNS).where(DiagramScenario.key == key, DiagramScenario.removed_at.is_not(None))
    if since is not None:
        statement = statement.where(DiagramScenario.removed_at >= since)
    ordered = statement.order_by(DiagramScenario.removed_at.desc()).limit(MAX_SCENARIOS)
    rows = [dict(zip(ScenarioRow.__slots__, row, strict=True)) for row in db.session.execute(ordered)]
    reasons = unseal_texts((row["removed_by"], row["removed_reason"]) for row in rows)
    return [
        ScenarioRow(**row | {"removed_reason": reason}) for row, reason in zip(rows, reasons, strict=True)
    ]


def load_scenario_results(key: str, sha256: str) -> dict[UUID, ScenarioRun]:
    """Return the last results of the scenarios of a process on one drawing, by scenario; one statement."""
    rows = db.session.execute(
        select(
            ScenarioResult.scenario_id,
            ScenarioResult.passed,
            ScenarioResult.entry,
            ScenarioResult.problem,
            ScenarioResult.ran_at,
        )
        .join(DiagramScenario, DiagramScenario.id == ScenarioResult.scenario_id)
        .where(DiagramScenario.key == key, ScenarioResult.sha256 == sha256)
    )
    return {row[0]: ScenarioRun(*row[1:]) for row in rows}


def find_unpassed_scenario(key: str, sha256: str) -> tuple[ScenarioRow, ScenarioRun | None] | None:
    """Return the first scenario that has not passed on a drawing with its last result there; two statements."""
    results = load_scenario_results(key, sha256)
    for scenario in load_scenarios(key):
        found = results.get(scenario.id)
        if found is None or not found.passed:
            return scenario, found
    return None


def require_scenarios_passed(key: str, sha256: str) -> None:
    """Raise Refused when the last run of a scenario on this drawing failed, or there was none.

    The caller has run them just before (`app.plays.scenarios`): a run needs a rehearsal, and this is called in a write.
    """
    found = find_unpassed_scenario(key, sha256)
    if found is None:
        return
    scenario, run = found
    if run is None:
        raise Refused("diagrams.proposal.scenario_not_run", title=scenario.title)
    raise Refused("diagrams.proposal.scenario_fails", title=scenario.title, entry=run.entry or 1)
