"""Exploration of every state that a case of a diagram can be in, breadth first: the first way found is the shortest."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.bpmn import token_game
from app.bpmn.errors import CaseStalled, ExpressionError
from app.bpmn.model import OUTCOME_FIELD, ProcessModel
from app.bpmn.token_game import Marking
from app.diagrams.verify.liveness import LiveInformation
from app.diagrams.verify.monitor import BrokenDemand, CaseMonitor, Violation
from app.diagrams.verify.state_key import CaseState, StateKey, state_key
from app.diagrams.verify.steps import ServiceRun, StoryStep, find_marking_violation, find_tasks_opened_in_step
from app.diagrams.verify.values import (
    APPROVE,
    CURRENT_SUBJECT,
    REPLACED_SUBJECT,
    PossibleAnswer,
    VariableValues,
)

MAX_STATES = 20_000
MAX_SECONDS = 5.0
MAX_STATES_AFTER_VIOLATION = 400
"""So many states more are explored once something is wrong: the verdict stands, and a drawing is answered at once."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A step from one state: to another one, or into a violation."""

    step: StoryStep
    target: StateKey | None
    violation: Violation | None


@dataclass
class Exploration:
    """Every state found, with the step that led to it first; `complete` is False when a bound was reached."""

    states: dict[StateKey, CaseState] = field(default_factory=dict)
    came_from: dict[StateKey, tuple[StateKey | None, StoryStep]] = field(default_factory=dict)
    transitions: dict[StateKey | None, list[Transition]] = field(default_factory=dict)
    taken_flows: set[str] = field(default_factory=set)
    complete: bool = True
    states_at_violation: int | None = None

    def state_count_limit(self, max_states: int) -> int:
        """Return how many states may be found before exploration stops."""
        if self.states_at_violation is None:
            return max_states
        return min(max_states, self.states_at_violation + MAX_STATES_AFTER_VIOLATION)

    def story(self, key: StateKey | None) -> list[StoryStep]:
        """Return the shortest way to a state, the start included."""
        steps: list[StoryStep] = []
        while key is not None:
            key, step = self.came_from[key]
            steps.append(step)
        return steps[::-1]


class StateExplorer:
    """Explorer of one diagram: plays the token game with every answer, timer and outcome."""

    def __init__(
        self, values: VariableValues, max_states: int = MAX_STATES, max_seconds: float = MAX_SECONDS
    ) -> None:
        self.model: ProcessModel = values.model
        self.values = values
        self.live = LiveInformation(self.model)
        self.max_states = max_states
        self.max_seconds = max_seconds
        self.answers = {task.id: values.answers(task) for task in self.model.user_tasks.values()}
        self.outcomes = {
            service.id: values.possible_outcomes_of_service(service)
            for service in self.model.services.values()
        }
        self.changing_starts = values.changeable_start_variable_combinations()

    def explore_reachable_states(self) -> Exploration:
        """Explore until every state is known, or a bound is reached."""
        found, queue = Exploration(), deque[StateKey]()
        ends_at = time.monotonic() + self.max_seconds
        self._add_attempts_to_exploration(found, queue, None, self._attempts_to_start_case())
        while queue:
            key = queue.popleft()
            if len(found.states) > found.state_count_limit(self.max_states) or time.monotonic() > ends_at:
                found.complete = False
                break
            self._add_attempts_to_exploration(found, queue, key, self._attempts_from_state(found.states[key]))
        return found

    def _add_attempts_to_exploration(
        self,
        found: Exploration,
        queue: deque[StateKey],
        source: StateKey | None,
        attempts: Iterator[_Attempt],
    ) -> None:
        transitions = found.transitions.setdefault(source, [])
        for attempt in attempts:
            found.taken_flows.update(attempt.step.flows)
            if attempt.state is None:
                transitions.append(Transition(attempt.step, None, attempt.violation))
                if found.states_at_violation is None:
                    found.states_at_violation = len(found.states)
                continue
            key = state_key(self.live, attempt.state)
            transitions.append(Transition(attempt.step, key, None))
            if key not in found.states:
                found.states[key] = attempt.state
                found.came_from[key] = (source, attempt.step)
                if not attempt.state.marking.done:
                    queue.append(key)

    def _attempts_to_start_case(self) -> Iterator[_Attempt]:
        start = next(iter(self.model.starts), "")
        for variables in self.values.start_variable_combinations():
            before = CaseState(Marking(variables=variables), CaseMonitor())
            yield from self._attempt_step_with_every_outcome(before, StoryStep("start", start), None)

    def _attempts_from_state(self, state: CaseState) -> Iterator[_Attempt]:
        for task in dict.fromkeys(state.marking.open_task_ids):
            for answer in self.answers[task]:
                starts = self.changing_starts if answer.subjects else ({},)
                for changed in starts:
                    before = self._state_with_answer(state, task, answer, changed)
                    yield from self._attempt_step_with_every_outcome(
                        before, StoryStep("complete", task, answer.values), answer
                    )
        for timer in dict.fromkeys(state.marking.running_timer_ids):
            yield from self._attempt_step_with_every_outcome(state, StoryStep("fire", timer), None)

    def _state_with_answer(
        self, state: CaseState, task: str, answer: PossibleAnswer, changed: Mapping[str, Any]
    ) -> CaseState:
        """Return the state in which the answer counts already: a new subject, an approval."""
        marking, monitor = state.marking, state.monitor
        if answer.subjects:
            variables = {
                name: REPLACED_SUBJECT if value == CURRENT_SUBJECT else value
                for name, value in marking.variables.items()
            }
            marking = replace(marking, variables={**variables, **changed})
            monitor = monitor.after_new_subject()
        element = self.model.user_tasks[task]
        if element.approves and answer.decision == APPROVE:
            monitor = monitor.after_approval(element, self.model.lanes[element.lane].role)
        return CaseState(marking, monitor.after_completion(task))

    def _attempt_step_with_every_outcome(
        self, before: CaseState, step: StoryStep, answer: PossibleAnswer | None
    ) -> Iterator[_Attempt]:
        """Play one step once for every combination of outcomes of the operations that run in it."""
        prefixes: list[tuple[str, ...]] = [()]
        while prefixes:
            prefix = prefixes.pop()
            run = ServiceRun(before.monitor, self.outcomes, prefix)
            yield self._attempt_step_with_one_outcome(before, step, answer, run)
            for place in range(len(prefix), len(run.made)):
                chosen = tuple(outcome for _, outcome in run.made[:place])
                others = self.outcomes[run.made[place][0]][1:]
                prefixes += [(*chosen, other) for other in others]

    def _attempt_step_with_one_outcome(
        self, before: CaseState, step: StoryStep, answer: PossibleAnswer | None, run: ServiceRun
    ) -> _Attempt:
        flows: list[str] = []
        try:
            marking = self._marking_after_step(before.marking, step, answer, run, flows)
            violation = find_marking_violation(self.model, before.marking, marking, flows)
        except BrokenDemand as broken:
            violation = broken.violation
        except CaseStalled as stalled:
            violation = self._stalled_violation(stalled, before, step, answer, run)
        except ExpressionError:
            gateway = self.model.flows[flows[-1]].target
            names = ", ".join(sorted(self.variables_read_by_gateway(gateway)))
            violation = Violation("verify.condition.fails", gateway, {"names": names})
        step = replace(step, flows=tuple(flows), services=tuple(run.made))
        if violation is not None:
            return _Attempt(step, None, violation)
        opened = find_tasks_opened_in_step(self.model, before.marking, marking, step)
        monitor = run.monitor.after_step(self.model, opened, marking.open_task_ids)
        position = self.live.elements_with_tokens(marking)
        live = self.live.live_variables(position)
        variables = {name: value for name, value in marking.variables.items() if name in live}
        return _Attempt(step, CaseState(replace(marking, variables=variables), monitor), None)

    def _marking_after_step(
        self,
        marking: Marking,
        step: StoryStep,
        answer: PossibleAnswer | None,
        run: ServiceRun,
        flows: list[str],
    ) -> Marking:
        if step.kind == "start":
            return token_game.marking_after_start(self.model, marking.variables, run, flows)
        if answer is None:
            return token_game.marking_after_timer(self.model, marking, step.element, run, flows)
        newest = answer.subjects[-1:]
        made = {kind: CURRENT_SUBJECT if (kind,) == newest else REPLACED_SUBJECT for kind in answer.subjects}
        return token_game.marking_after_task(
            self.model, marking, step.element, {**answer.values, **made}, run, flows
        )

    def _stalled_violation(
        self,
        stalled: CaseStalled,
        before: CaseState,
        step: StoryStep,
        answer: PossibleAnswer | None,
        run: ServiceRun,
    ) -> Violation:
        element = str(stalled.params.get("element") or step.element)
        if stalled.params.get("why") != "no_branch":
            code = "verify.case.endless" if stalled.params.get("why") == "endless" else "verify.case.stalled"
            return Violation(code, element)
        known = dict(before.marking.variables)
        known |= {f"{step.element}.{key}": value for key, value in (answer.values if answer else {}).items()}
        known |= {f"{service}.{OUTCOME_FIELD}": outcome for service, outcome in run.made}
        read = sorted(self.variables_read_by_gateway(element))
        return Violation(
            "verify.branch.missing", element, {"values": {name: known.get(name) for name in read}}
        )

    def variables_read_by_gateway(self, gateway: str) -> frozenset[str]:
        """Return the variables that the conditions of a gateway read."""
        flows = self.model.outgoing_flows(gateway)
        return frozenset(name for flow in flows if flow.condition for name in flow.condition.variable_names)


@dataclass(frozen=True, slots=True)
class _Attempt:
    step: StoryStep
    state: CaseState | None
    violation: Violation | None
