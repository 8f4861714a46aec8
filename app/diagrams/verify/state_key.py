"""Key of a state: two states with one key differ in nothing that can still happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.bpmn.token_game import Marking
from app.diagrams.verify.liveness import LiveInformation
from app.diagrams.verify.monitor import CaseMonitor

StateKey = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class CaseState:
    """One state of a case: where its tokens are, and what its monitor knows."""

    marking: Marking
    monitor: CaseMonitor


def state_key(live: LiveInformation, state: CaseState) -> StateKey:
    """Return what makes a state differ from another one in anything that can still happen."""
    marking, monitor = state.marking, state.monitor
    position = live.elements_with_tokens(marking)
    roles, names = live.demanded_roles_and_operations(position)
    kept = _indices_of_relevant_approvals(live, monitor, roles)
    places = {monitor.approvals[place].task: number for number, place in enumerate(kept)}
    approvals = tuple(
        (
            one.role,
            one.own_request,
            live.first_tasks_voiding_approval_of(one.task, position),
            frozenset(places[task] for task in one.others if task in places),
        )
        for one in (monitor.approvals[place] for place in kept)
    )
    excluded = tuple(
        sorted(
            (task, tuple(sorted(places[other] for other in others if other in places)))
            for task, others in monitor.excluded.items()
            if live.model.lanes[live.model.user_tasks[task].lane].role in roles
        )
    )
    return (
        tuple(sorted(marking.active)),
        tuple(sorted(marking.waiting)),
        tuple(sorted(marking.arrived)),
        frozenset((name, type(value), value) for name, value in marking.variables.items()),
        live.model.ends[marking.end].outcome if marking.end else "",
        approvals,
        excluded,
        monitor.effects & names,
        monitor.stale if live.has_overlapping_steps else None,
        monitor.completed if live.has_overlapping_steps else None,
    )


def _indices_of_relevant_approvals(
    live: LiveInformation, monitor: CaseMonitor, roles: frozenset[str]
) -> list[int]:
    """Return the places of the approvals that an operation ahead can still ask for.

    A later approval of the same role hides an earlier one that becomes void whenever the later one does.
    """
    kept: list[int] = []
    for place, one in enumerate(monitor.approvals):
        if one.role not in roles:
            continue
        void = live.tasks_voiding_approval_of(one.task)
        kept = [
            earlier
            for earlier in kept
            if monitor.approvals[earlier].role != one.role
            or not void <= live.tasks_voiding_approval_of(monitor.approvals[earlier].task)
        ]
        kept.append(place)
    return kept
