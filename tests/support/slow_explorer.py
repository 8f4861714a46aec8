"""A slow explorer that decides whether a diagram is unsafe by driving the real engine and the menu's run-time checks.

It imports nothing of `app.diagrams.verify`: `make torture` compares the two on mutants of the shipped diagrams.
It stops at the first thing that is wrong, breadth first. A bound makes the verdict "unknown", never "safe".
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from typing import Any
from uuid import UUID

from app import operations
from app.bpmn.errors import CaseStalled, ExpressionError
from app.bpmn.model import ProcessModel
from app.cases import rules
from tests.support.slow_answers import DiagramAnswers, make_uuid
from tests.support.slow_case import (
    ADVERSARY,
    CaseDriver,
    OpenTask,
    SlowCase,
    StepChoice,
    UnsafeStep,
    problem_of,
)

Key = tuple[Any, ...]
STUCK, ENDLESS, DEAD, UNTAKEN = (
    "no end reachable after",
    "timers alone for ever after",
    "never reached",
    "never taken",
)
MAX_STATES = 4000
MAX_SECONDS = 20.0


@dataclass(frozen=True)
class SlowVerdict:
    """`kind` is safe, unsafe or unknown; `reason` says the first thing wrong, `way` the steps that lead to it,
    `reasons` everything that is wrong, if that was asked for.
    """

    kind: str
    reason: str = ""
    way: tuple[str, ...] = ()
    states: int = 0
    reasons: frozenset[str] = frozenset()


@dataclass
class _Graph:
    """States found. `moves` holds the steps of a state: whether a timer fires and nothing goes wrong, and the targets
    of all outcomes. `broken` are the states from which something goes wrong.
    """

    cases: dict[Key, SlowCase] = field(default_factory=dict)
    before: dict[Key, tuple[Key | None, str]] = field(default_factory=dict)
    moves: dict[Key, list[tuple[bool, list[Key]]]] = field(default_factory=dict)
    reasons: set[str] = field(default_factory=set)
    broken: set[Key | None] = field(default_factory=set)

    def way(self, key: Key | None) -> list[str]:
        steps: list[str] = []
        while key is not None:
            key, step = self.before[key]
            steps.append(step)
        return steps[::-1]


class SlowExplorer:
    """Explorer of one diagram. With `merge=False` two states are one only when everything in them is the same."""

    def __init__(
        self,
        model: ProcessModel,
        forms: Mapping[str, str],
        max_states: int = MAX_STATES,
        max_seconds: float = MAX_SECONDS,
        merge: bool = True,
    ) -> None:
        self.driver = CaseDriver(model)
        self.model = self.driver.model
        self.answers = DiagramAnswers(model, forms)
        self.max_states, self.max_seconds, self.merge = max_states, max_seconds, merge
        self._task_answers = {task.id: self.answers.of_task(task) for task in model.user_tasks.values()}
        self._can_overlap = any(gateway.kind == "parallel" for gateway in model.gateways.values()) or any(
            timer.attached_to and not timer.interrupting for timer in model.timers.values()
        )

    def verdict(self, find_all: bool = False) -> SlowVerdict:
        """Explore, and return the first reason found; with `find_all` explore on, and return every reason."""
        graph, queue, ends_at = _Graph(), deque[Key](), time.process_time() + self.max_seconds
        try:
            for choice in self.starts():
                self._add(graph, queue, None, choice, find_all)
            while queue:
                key = queue.popleft()
                if len(graph.cases) > self.max_states or time.process_time() > ends_at:
                    return SlowVerdict("unknown", states=len(graph.cases))
                for choice in self.choices(graph.cases[key]):
                    self._add(graph, queue, key, choice, find_all)
        except _Found as found:
            return SlowVerdict("unsafe", found.reason, tuple(found.way), len(graph.cases))
        reasons = set(graph.reasons)
        reasons |= {one for one in (_stuck_reason(graph), _endless_reason(graph)) if one}
        if not graph.reasons:
            reasons |= self._dead_reasons()
        first = min(reasons, default="")
        return SlowVerdict("unsafe" if first else "safe", first, (), len(graph.cases), frozenset(reasons))

    def can_end(self, case: SlowCase) -> bool:
        """Return whether an end, or something wrong, can be reached from here; True when a bound was reached."""
        key = self.key(case)
        graph, queue = _Graph({key: case}, {key: (None, "")}), deque([key])
        try:
            while queue and len(graph.cases) <= self.max_states:
                source = queue.popleft()
                for choice in self.choices(graph.cases[source]):
                    self._add(graph, queue, source, choice, find_all=False)
        except _Found:
            return True
        return bool(queue) or any(one.done for one in graph.cases.values())

    def _add(
        self, graph: _Graph, queue: deque[Key], source: Key | None, choice: StepChoice, find_all: bool
    ) -> None:
        """Play a choice with every combination of outcomes of the operations that run in it."""
        targets: list[Key] = []
        is_whole = True
        prefixes: list[tuple[str, ...]] = [()]
        while prefixes:
            prefix = prefixes.pop()
            played, after = replace(choice, outcomes=prefix), None
            try:
                if source is None:
                    after = self.driver.start(played.moved or {}, prefix)
                else:
                    after = self.driver.play(graph.cases[source], played)
            except (UnsafeStep, CaseStalled, ExpressionError) as error:
                if not find_all:
                    raise _Found(problem_of(error), [*graph.way(source), _told(played)]) from None
                graph.reasons.add(problem_of(error))
                graph.broken.add(source)
                is_whole = False
            ran = self.driver.ran
            for place in range(len(prefix), len(ran)):
                chosen = (*prefix, *(self._outcomes(service)[0] for service in ran[len(prefix) : place]))
                prefixes += [(*chosen, other) for other in self._outcomes(ran[place])[1:]]
            if after is None:
                continue
            key = self.key(after)
            targets.append(key)
            if key not in graph.cases:
                graph.cases[key], graph.before[key] = after, (source, _told(played))
                if not after.done:
                    queue.append(key)
        if source is not None and targets:
            graph.moves.setdefault(source, []).append((choice.kind == "fire" and is_whole, targets))

    def _outcomes(self, service: str) -> tuple[str, ...]:
        return tuple(operations.OPERATIONS[self.model.services[service].operation].outcomes)

    def starts(self) -> Iterator[StepChoice]:
        """Yield every way to start a case."""
        start = self.answers.start
        fixed = {name: str(make_uuid(f"unit {name}")) for name in start.unit_variables}
        fixed |= {name: str(make_uuid(f"code {name}")) for name in start.code_variables}
        fixed |= dict.fromkeys(start.anchor_variables, "2026-12-31T12:00:00+06:00")
        fixed.pop(start.id_variable, None)
        for variables, persons in product(self.answers.start_choices(), self._named_persons()):
            yield StepChoice("start", self.model.key, moved={**fixed, **persons, **variables})

    def _named_persons(self) -> list[dict[str, str]]:
        """Return who the persons of the start are: each somebody else, or for a named approval the adversary."""
        approving = {
            task.assign.removeprefix("start.")
            for task in self.model.user_tasks.values()
            if task.is_for_named_person and task.approves
        }
        choices = [
            [str(make_uuid(f"named {name}")), *([str(ADVERSARY)] if name in approving else [])]
            for name in self.answers.start.person_variables
        ]
        return [
            dict(zip(self.answers.start.person_variables, values, strict=True))
            for values in product(*choices)
        ]

    def choices(self, case: SlowCase) -> Iterator[StepChoice]:
        """Yield every next step: each answer by each person, each timer."""
        for task in case.tasks:
            for answer in self._task_answers[task.element]:
                changes: list[dict[str, Any]] = [{}]
                if answer.factories:
                    pairs = product(self.answers.changed_codes(), self._named_persons())
                    changes = [{**codes, **persons} for codes, persons in pairs]
                for person, moved in product(self._persons(task, answer.decision), changes):
                    yield StepChoice("complete", task.element, task.key, person, answer, moved)
        for key, element in case.timers:
            yield StepChoice("fire", element, key)

    def _persons(self, task: OpenTask, decision: str | None) -> tuple[UUID, ...]:
        """Return who completes a task: for an approval everybody who may, else one, since nothing asks who it was."""
        approves = self.model.user_tasks[task.element].approves and decision == rules.APPROVE
        return task.persons if approves else task.persons[:1]

    def _dead_reasons(self) -> set[str]:
        reached = {*self.driver.elements, *self.model.starts}
        dead = {node for node in self.model.node_ids if node not in reached}
        untaken = {
            flow.id
            for flow in self.model.flows.values()
            if flow.condition and flow.id not in self.driver.flows and not {flow.source, flow.target} & dead
        }
        return {f"{DEAD}: {node}" for node in dead} | {f"{UNTAKEN}: {flow}" for flow in untaken}

    # --- what makes a state differ from another one --------------------------------------------------------

    def key(self, case: SlowCase) -> Key:
        """Return what tells a state from another; keys of tasks, moments and the way before are left out."""
        tasks, waits, arrived = case.body
        iterations = rules.current_element_iterations(case.history, self.model)
        valid = [
            (one.element, one.role, str(one.person), one.subject_hash == case.history[-1].subject_hash)
            for one in rules.approvals_from_history(case.history)
            if one.iteration == iterations.get(one.element, 1)
        ]
        owners = {
            (task.element, task.persons if self.model.user_tasks[task.element].approves else ())
            for task in case.tasks
        }
        stale = {task.element for task in case.tasks if task.iteration != iterations.get(task.element, 1)}
        completed = _completed_since_reopened(case.history, self.model) if self._can_overlap else frozenset()
        return (
            tuple(sorted((name, tuple(sorted(timer for timer, _ in timers))) for name, _, timers in tasks)),
            tuple(sorted(name for name, _ in waits)),
            tuple(sorted(map(tuple, arrived))),
            case.done,
            self._known_variables(case, [name for name, *_ in (*tasks, *waits, *arrived)]),
            tuple(valid),
            frozenset(owners),
            frozenset(stale),
            completed,
            case.effects,
            case.outcomes,
        )

    def _known_variables(self, case: SlowCase, places: list[str]) -> Key:
        present = str(case.subjects[-1])
        earlier = {str(subject) for subject in case.subjects[:-1]}
        found = []
        for name, value in sorted(case.variables.items()):
            if self.merge and not any(self._is_read_behind(place, name) for place in places):
                continue
            told = "present" if value == present else "earlier" if str(value) in earlier else repr(value)
            found.append((name, told))
        return tuple(found)

    @cache  # noqa: B019  an explorer lives as long as its exploration
    def _is_read_behind(self, place: str, name: str) -> bool:
        """Return whether an element behind a place reads a variable before something deletes or replaces it."""
        assigned = {task.id for task in self.model.user_tasks.values() if task.assign == name}
        seen: set[str] = set()
        ahead = list(self.model.successors_by_element[place])
        while ahead:
            node = ahead.pop()
            if node in seen:
                continue
            seen.add(node)
            service = self.model.services.get(node)
            if service is not None and any(name in names for names in service.inputs.values()):
                return True
            conditions = [flow.condition for flow in self.model.outgoing_flows(node) if flow.condition]
            if node in assigned or any(name in condition.variable_names for condition in conditions):
                return True
            if name in self.driver.spec.cleared_variables_by_task.get(node, ()) or name == f"{node}.outcome":
                continue
            ahead.extend(self.model.successors_by_element[node])
        return False


class _Found(Exception):
    def __init__(self, reason: str, way: list[str]) -> None:
        super().__init__(reason)
        self.reason, self.way = reason, way


def _told(choice: StepChoice) -> str:
    person = " by the adversary" if choice.person == ADVERSARY else ""
    answers = f" {choice.answer.decision or dict(choice.answer.variables)}" if choice.answer else ""
    made = f" makes {choice.answer.factories}" if choice.answer and choice.answer.factories else ""
    outcomes = f" -> {', '.join(choice.outcomes)}" if choice.outcomes else ""
    return f"{choice.kind} {choice.element}{answers}{made}{person}{outcomes}"


def _completed_since_reopened(history: tuple[rules.HistoryEntry, ...], model: ProcessModel) -> frozenset[str]:
    """Return the steps whose completion makes a later opening begin a new iteration, as cases count them."""
    completed: set[str] = set()
    for entry in history:
        if entry.kind == rules.COMPLETED_HISTORY_KIND and entry.element:
            completed.add(entry.element)
        for element in entry.opened:
            following = model.task_ids_after(element) | {element}
            if following & completed:
                completed -= following
    return frozenset(completed)


def _stuck_reason(graph: _Graph) -> str:
    """Return where a case can get from which it reaches no end."""
    sources: dict[Key, set[Key]] = {}
    for source, moves in graph.moves.items():
        for target in (target for _, targets in moves for target in targets):
            sources.setdefault(target, set()).add(source)
    ahead = [key for key, case in graph.cases.items() if case.done or key in graph.broken]
    can_end = set(ahead)
    while ahead:
        for source in sources.get(ahead.pop(), ()):
            if source not in can_end:
                can_end.add(source)
                ahead.append(source)
    stuck = next((key for key in graph.cases if key not in can_end), None)
    return "" if stuck is None else f"{STUCK}: {'; '.join(graph.way(stuck))}"


def _endless_reason(graph: _Graph) -> str:
    """Return a state in which timers can go on for ever without a person, whatever operations end in."""
    timers = {key: [targets for fires, targets in moves if fires] for key, moves in graph.moves.items()}
    going_on = {key for key, steps in timers.items() if steps}
    while True:
        kept = {
            key
            for key in going_on
            if any(all(target in going_on for target in targets) for targets in timers[key])
        }
        if kept == going_on:
            break
        going_on = kept
    first = next((key for key in graph.cases if key in going_on), None)
    return "" if first is None else f"{ENDLESS}: {'; '.join(graph.way(first))}"
