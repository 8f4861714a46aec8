"""Findings of an exploration: violated demands, states without a way to an end, endless timers, dead elements."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from app.bpmn.errors import DiagramFinding
from app.bpmn.model import ProcessModel
from app.diagrams.lint.context import LintContext
from app.diagrams.verify.explore import (
    MAX_SECONDS,
    MAX_STATES,
    Exploration,
    StateExplorer,
    Transition,
)
from app.diagrams.verify.state_key import StateKey
from app.diagrams.verify.steps import StoryStep
from app.diagrams.verify.values import VariableValues


@dataclass(frozen=True, slots=True)
class VerifiedFinding:
    """A finding with the shortest story that leads to it; no story for an element that no story reaches."""

    finding: DiagramFinding
    story: tuple[StoryStep, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """Result for one diagram. `explored` is False when a bound was reached: then nothing says that it is sound."""

    findings: tuple[VerifiedFinding, ...]
    states: int
    explored: bool
    seconds: float = field(compare=False, default=0.0)

    @property
    def is_sound(self) -> bool:
        """Return whether every state was explored and nothing was found."""
        return self.explored and not self.findings


def verify_diagram(
    model: ProcessModel,
    forms: Mapping[str, str],
    max_states: int = MAX_STATES,
    max_seconds: float = MAX_SECONDS,
) -> VerifyResult:
    """Verify a parsed diagram with its forms (texts by name). Bounds: states and seconds."""
    return verify_diagram_of_context(LintContext(model, forms), max_states, max_seconds)


def verify_diagram_of_context(
    context: LintContext, max_states: int = MAX_STATES, max_seconds: float = MAX_SECONDS
) -> VerifyResult:
    """Verify the diagram of a lint context: forms are parsed once for both."""
    began = time.monotonic()
    model = context.model
    found = StateExplorer(VariableValues(context), max_states, max_seconds).explore_reachable_states()
    findings = list(_findings_of_exploration(context, found))
    if not found.complete and not findings:
        findings.append(
            VerifiedFinding(context.make_finding("verify.not_explored", model.key, states=len(found.states)))
        )
    return VerifyResult(tuple(findings), len(found.states), found.complete, time.monotonic() - began)


def _findings_of_exploration(context: LintContext, found: Exploration) -> Iterator[VerifiedFinding]:
    violations = list(_violation_findings(context, found))
    yield from violations
    yield from _endless_timer_findings(context, found)
    if not found.complete:
        return
    yield from _findings_of_stuck_states(context, found)
    # What lies behind a violation is not reached because of it, and is not reported a second time.
    if not violations:
        yield from _dead_element_findings(context, found)


def _violation_findings(context: LintContext, found: Exploration) -> Iterator[VerifiedFinding]:
    """Yield each violated demand once, with the first story: breadth first it is the shortest."""
    seen: set[tuple[str, str, str]] = set()
    for source, transitions in found.transitions.items():
        for transition in transitions:
            violation = transition.violation
            if violation is None:
                continue
            key = (violation.code, violation.element, str(violation.params.get("role", "")))
            if key not in seen:
                seen.add(key)
                finding = context.make_finding(violation.code, violation.element, **violation.params)
                yield VerifiedFinding(finding, (*found.story(source), transition.step))


def _findings_of_stuck_states(context: LintContext, found: Exploration) -> Iterator[VerifiedFinding]:
    """Yield the first state from which no end can be reached; a violation ahead has its own finding."""
    sources: dict[StateKey, list[StateKey]] = {}
    finishing: list[StateKey] = [key for key, state in found.states.items() if state.marking.done]
    for source, transitions in found.transitions.items():
        if source is None:
            continue
        for transition in transitions:
            if transition.target is not None:
                sources.setdefault(transition.target, []).append(source)
            else:
                finishing.append(source)
    can_end = set(finishing)
    while finishing:
        for source in sources.get(finishing.pop(), ()):
            if source not in can_end:
                can_end.add(source)
                finishing.append(source)
    stuck = next((key for key in found.states if key not in can_end), None)
    if stuck is not None:
        marking = found.states[stuck].marking
        element = next(iter((*marking.open_task_ids, *marking.running_timer_ids)), context.model.key)
        finding = context.make_finding("verify.case.cannot_end", element)
        yield VerifiedFinding(finding, tuple(found.story(stuck)))


def _endless_timer_findings(context: LintContext, found: Exploration) -> Iterator[VerifiedFinding]:
    """Yield a loop that timers alone drive for ever, whatever the operations in it end in."""
    waits = {
        source: _transitions_of_each_timer(transitions)
        for source, transitions in found.transitions.items()
        if source is not None
    }
    going_on, before = {source for source, steps in waits.items() if steps}, set[StateKey]()
    while going_on != before:
        before = going_on
        going_on = {
            source
            for source in before
            if any(all(one.target in before for one in step) for step in waits[source])
        }
    loop = _find_first_loop_of_transitions(
        {
            source: [one for step in waits[source] if all(t.target in going_on for t in step) for one in step]
            for source in found.states
            if source in going_on
        }
    )
    if loop:
        source, steps = loop
        finding = context.make_finding("verify.case.endless", steps[0].element)
        yield VerifiedFinding(finding, (*found.story(source), *steps))


def _transitions_of_each_timer(transitions: Iterable[Transition]) -> list[list[Transition]]:
    """Return for each timer that can fire the transitions of its step, one for each combination of outcomes."""
    steps: dict[str, list[Transition]] = {}
    for one in transitions:
        if one.step.kind == "fire":
            steps.setdefault(one.step.element, []).append(one)
    return list(steps.values())


def _find_first_loop_of_transitions(
    waits: Mapping[StateKey, list[Transition]],
) -> tuple[StateKey, list[StoryStep]] | None:
    """Return the first state that lies on a loop of these transitions, and the steps of the loop."""
    finished: set[StateKey] = set()
    for root in waits:
        path: list[StateKey] = []
        steps: list[StoryStep] = []
        stack: list[Iterator[Transition]] = []
        if root not in finished:
            path, stack = [root], [iter(waits[root])]
        while stack:
            transition = next(stack[-1], None)
            if transition is None:
                stack.pop()
                finished.add(path.pop())
                steps = steps[: len(path) - 1] if path else []
                continue
            target = transition.target
            assert target is not None
            if target in path:
                at = path.index(target)
                return target, [*steps[at:], transition.step]
            if target not in finished:
                path.append(target)
                steps.append(transition.step)
                stack.append(iter(waits.get(target, ())))
    return None


def _dead_element_findings(context: LintContext, found: Exploration) -> Iterator[VerifiedFinding]:
    """Yield the elements that no case reaches, and the conditional flows that no case takes between elements that
    it does.
    """
    model = context.model
    reached = {model.flows[flow].target for flow in found.taken_flows} | set(model.starts)
    reached |= {timer for state in found.states.values() for timer in state.marking.running_timer_ids}
    dead = [node for node in model.node_ids if node not in reached]
    for node in dead:
        yield VerifiedFinding(context.make_finding("verify.step.dead", node))
    for flow in _untaken_flows(model, found, set(dead)):
        yield VerifiedFinding(context.make_finding("verify.flow.dead", flow))


def _untaken_flows(model: ProcessModel, found: Exploration, dead: set[str]) -> Iterable[str]:
    for flow in model.flows.values():
        if flow.id not in found.taken_flows and flow.condition and not {flow.source, flow.target} & dead:
            yield flow.id
