"""Replay the last finished cases of a process on a version. Writes nothing, runs no operation.

PostgreSQL reduces each history to a digest of what a replay reads, so that only histories that differ are loaded and
replayed: ten thousand cases go few ways.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, case, cast, func, literal, null, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.bpmn.engine import CaseSpec
from app.cases.migration.decide import variables_read_by_conditions
from app.cases.migration.facts import load_recorded_steps_by_case
from app.cases.migration.reasons import StayReason
from app.cases.migration.replay import REPLAYED_KINDS, RecordedStep
from app.cases.models import Case, History
from app.cases.replays.rules import find_first_difference_of_replay
from app.diagrams.versions import PublishedDiagram, load_version_unless_damaged
from app.kernel.db import db

REPLAY_SIZES = (100, 1000, 10_000)
"""How many of the last finished cases may be replayed at once."""


@dataclass(frozen=True, slots=True)
class FinishedCase:
    """A finished case that would have gone another way."""

    id: UUID
    number: str
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class Parting:
    """The cases that leave their way at one place, the last one closed first."""

    reason: StayReason
    cases: Sequence[FinishedCase]


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What a replay found. `unreadable` cases do not replay on their own version: somebody ended them otherwise."""

    same: int
    unreadable: int
    partings: Sequence[Parting]

    @property
    def other(self) -> int:
        """Return how many cases would have gone another way."""
        return sum(len(parting.cases) for parting in self.partings)

    @property
    def total(self) -> int:
        """Return how many cases were replayed."""
        return self.same + self.other


def replay_finished_cases(key: str, target: CaseSpec, size: int) -> ReplayReport:
    """Return how the last `size` finished cases of a process fare on the version of `target`.

    Three statements for any number of cases, and one for each hundred ways.
    """
    last = (
        select(Case.id, Case.number, Case.version_id, Case.outcome, Case.closed_at)
        .where(Case.diagram == key, Case.status == "done")
        .order_by(Case.closed_at.desc(), Case.id)
        .limit(size)
        .subquery()
    )
    versions = {
        version_id: load_version_unless_damaged(version_id)
        for version_id in db.session.scalars(select(last.c.version_id).distinct())
    }
    models = [target.model, *(version.model for version in versions.values() if version is not None)]
    digest = _replay_input_digest_expression(frozenset().union(*map(variables_read_by_conditions, models)))
    rows = db.session.execute(
        select(*last.c, digest)
        .join_from(last, History, History.case_id == last.c.id)
        .where(History.kind.in_(sorted(REPLAYED_KINDS)))
        .group_by(*last.c)
        .order_by(last.c.closed_at.desc(), last.c.id)
    ).all()
    ways: defaultdict[tuple[Any, ...], list[FinishedCase]] = defaultdict(list)
    for row in rows:
        way = (row.version_id, row.outcome, row.digest)
        ways[way].append(FinishedCase(row.id, row.number, row.closed_at))
    return _build_replay_report(target, versions, ways)


def _build_replay_report(
    target: CaseSpec,
    versions: Mapping[UUID, PublishedDiagram | None],
    ways: Mapping[tuple[Any, ...], Sequence[FinishedCase]],
) -> ReplayReport:
    """Return the report of cases that are grouped by version, outcome and digest of their way."""
    histories = _load_recorded_steps_by_case([cases[0].id for cases in ways.values()])
    found: dict[tuple[str, str], tuple[StayReason, list[FinishedCase]]] = {}
    counts: Counter[str] = Counter()
    for (version_id, outcome, _digest), cases in ways.items():
        version, steps = versions[version_id], histories.get(cases[0].id, [])
        if (
            version is None
            or find_first_difference_of_replay(version.spec, version.model, steps, outcome) is not None
        ):
            counts["unreadable"] += len(cases)
            continue
        parting = find_first_difference_of_replay(target, version.model, steps, outcome)
        if parting is None:
            counts["same"] += len(cases)
        else:
            found.setdefault((parting.code, parting.step), (parting, []))[1].extend(cases)
    partings = [
        Parting(reason, sorted(cases, key=lambda one: one.closed_at, reverse=True))
        for reason, cases in found.values()
    ]
    partings.sort(key=lambda one: (-len(one.cases), one.reason.code, one.reason.step))
    return ReplayReport(counts["same"], counts["unreadable"], partings)


def _load_recorded_steps_by_case(ids: Sequence[UUID]) -> dict[UUID, list[RecordedStep]]:
    """Return the recorded steps of these cases; one statement for each hundred."""
    found: dict[UUID, list[RecordedStep]] = {}
    for start in range(0, len(ids), 100):
        found |= load_recorded_steps_by_case(ids[start : start + 100])
    return found


def _replay_input_digest_expression(names: Iterable[str]) -> Any:
    """Return the SQL expression for the digest of what a replay reads of a history.

    `names` are the process variables that conditions of either version read. What they do not read, texts above all,
    makes no difference.
    """
    parts: list[Any] = [
        History.kind,
        History.element,
        History.decision,
        History.iteration,
        History.opened,
        History.answers["timer"],
    ]
    for name in sorted(names):
        element, _dot, field = name.partition(".")
        parts.append(History.variables[name])
        if element == "start":
            parts += [History.variables[field], History.answers["variables"][field]]
        else:
            parts.append(case((History.element == element, History.answers[field]), else_=null()))
    row_text = cast(func.jsonb_build_array(*parts), String)
    separator = aggregate_order_by(literal(" "), History.id)
    return func.md5(func.string_agg(row_text, separator)).label("digest")
