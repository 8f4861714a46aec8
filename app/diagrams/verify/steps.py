"""One step of a case: what it is called in a story, what its operations end in, what it opens, and what it breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.bpmn.model import ProcessModel, ServiceTask
from app.bpmn.token_game import Marking
from app.diagrams.verify.monitor import (
    BrokenDemand,
    CaseMonitor,
    Violation,
    find_violation_of_service_call,
    monitor_after_outcome,
)


@dataclass(frozen=True, slots=True)
class StoryStep:
    """One step of a way through the diagram: the start, a task completed or a timer fired, with what ran by itself.

    `flows` are the sequence flows that tokens took; `services` the operations that ran, with their outcomes.
    """

    kind: str
    element: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    flows: tuple[str, ...] = ()
    services: tuple[tuple[str, str], ...] = ()


class ServiceRun:
    """Answers the service tasks of one step: checks the demands and ends each in the outcome chosen for it."""

    def __init__(
        self, monitor: CaseMonitor, outcomes: Mapping[str, tuple[str, ...]], chosen: tuple[str, ...]
    ) -> None:
        self.monitor = monitor
        self.made: list[tuple[str, str]] = []
        self._outcomes = outcomes
        self._chosen = chosen

    def __call__(self, service: ServiceTask, inputs: Mapping[str, Any]) -> str:
        """Return the chosen outcome. Raises BrokenDemand."""
        broken = find_violation_of_service_call(self.monitor, service, inputs)
        if broken is not None:
            raise BrokenDemand(broken)
        place = len(self.made)
        outcome = self._chosen[place] if place < len(self._chosen) else self._outcomes[service.id][0]
        self.made.append((service.id, outcome))
        after = monitor_after_outcome(self.monitor, service, outcome)
        if isinstance(after, Violation):
            raise BrokenDemand(after)
        self.monitor = after
        return outcome


def find_tasks_opened_in_step(
    model: ProcessModel, before: Marking, after: Marking, step: StoryStep
) -> list[str]:
    """Return the tasks that opened in a step; a task that was closed and opened again counts."""
    remaining = list(before.open_task_ids)
    if step.kind == "complete":
        remaining.remove(step.element)
    elif (
        step.kind == "fire" and step.element not in before.waiting and model.timers[step.element].interrupting
    ):
        remaining.remove(model.timers[step.element].attached_to)
    opened = []
    for task in after.open_task_ids:
        if task in remaining:
            remaining.remove(task)
        else:
            opened.append(task)
    return opened


def find_marking_violation(
    model: ProcessModel, before: Marking, after: Marking, flows: list[str]
) -> Violation | None:
    """Return what is wrong with a marking: an element with two tokens, two different outcomes."""
    for tokens in (after.open_task_ids, after.waiting, after.arrived):
        twice = next((token for number, token in enumerate(tokens) if token in tokens[:number]), None)
        if twice is not None:
            element = model.flows[twice].target if twice in model.flows else twice
            return Violation("verify.step.twice", element)
    reached = [model.flows[flow].target for flow in flows if model.flows[flow].target in model.ends]
    named = [before.end] if before.end else []
    outcomes = {model.ends[end].outcome: end for end in (*named, *reached) if model.ends[end].outcome}
    if len(outcomes) > 1:
        first, second = list(outcomes.values())[:2]
        return Violation("verify.end.two_outcomes", second, {"first": first, "second": second})
    return None
