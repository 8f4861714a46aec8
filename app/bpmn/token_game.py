"""Token game of a diagram without the engine: open elements, possible next steps, and their results.

An independent implementation: the differential test compares the engine with it, and a verifier can explore
it. A marking is immutable and can be compared; automatic elements are passed at once, as the engine does in
one step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from app.bpmn.errors import CaseStalled, TaskNotOpen
from app.bpmn.model import OUTCOME_FIELD, ProcessModel, ServiceTask

MAX_TOKEN_STEPS = 1000

ServiceOutcomeFunction = Callable[[ServiceTask, dict[str, Any]], str]


class OpenTaskWithTimers(NamedTuple):
    """An open user task, and the timers on it that still run."""

    task: str
    timers: tuple[str, ...]


class PossibleStep(NamedTuple):
    """A possible next step: a person completes a task, or a timer fires."""

    kind: Literal["complete", "fire"]
    element: str


@dataclass(frozen=True)
class Marking:
    """Position of a case: open tasks, timers on the path, tokens at joins (flow ids), variables, end reached."""

    active: tuple[OpenTaskWithTimers, ...] = ()
    waiting: tuple[str, ...] = ()
    arrived: tuple[str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    end: str | None = None

    @property
    def open_task_ids(self) -> tuple[str, ...]:
        """Return the open tasks, sorted by id."""
        return tuple(sorted(active.task for active in self.active))

    @property
    def running_timer_ids(self) -> tuple[str, ...]:
        """Return the running timers, sorted by id."""
        return tuple(sorted([*self.waiting, *(timer for active in self.active for timer in active.timers)]))

    @property
    def done(self) -> bool:
        """Return whether no token is left."""
        return not (self.active or self.waiting or self.arrived)

    @property
    def moves(self) -> tuple[PossibleStep, ...]:
        """Return every possible next step."""
        completions = [PossibleStep("complete", task) for task in dict.fromkeys(self.open_task_ids)]
        return (
            *completions,
            *(PossibleStep("fire", timer) for timer in dict.fromkeys(self.running_timer_ids)),
        )


def marking_after_start(
    model: ProcessModel,
    variables: Mapping[str, Any],
    outcome: ServiceOutcomeFunction,
    taken: list[str] | None = None,
) -> Marking:
    """Return the first marking; `variables` are named `start.<name>`. Raises CaseStalled.

    Here and below, the ids of the sequence flows that tokens take are appended to `taken`, in order.
    """
    flows = [flow.id for start in model.starts for flow in model.outgoing_flows(start)]
    return _move_tokens_until_they_wait(model, Marking(variables=dict(variables)), flows, outcome, taken)


def marking_after_task(
    model: ProcessModel,
    marking: Marking,
    task: str,
    answers: Mapping[str, Any],
    outcome: ServiceOutcomeFunction,
    taken: list[str] | None = None,
) -> Marking:
    """Return the marking after a person completes a task: its timers are removed, its answers are variables.

    Raises TaskNotOpen and CaseStalled.
    """
    found = next((active for active in marking.active if active.task == task), None)
    if found is None:
        raise TaskNotOpen(task)
    new_facts = {f"{task}.{name}": value for name, value in answers.items() if value is not None}
    remaining = replace(
        marking,
        active=_tuple_without_one_member(marking.active, found),
        variables={**marking.variables, **new_facts},
    )
    return _move_tokens_until_they_wait(
        model, remaining, [flow.id for flow in model.outgoing_flows(task)], outcome, taken
    )


def marking_after_timer(
    model: ProcessModel,
    marking: Marking,
    timer: str,
    outcome: ServiceOutcomeFunction,
    taken: list[str] | None = None,
) -> Marking:
    """Return the marking after a timer fires; an interrupting one removes its task and the other timers of
    that task.

    Raises TaskNotOpen and CaseStalled.
    """
    flows = [flow.id for flow in model.outgoing_flows(timer)]
    if timer in marking.waiting:
        others = replace(marking, waiting=_tuple_without_one_member(marking.waiting, timer))
        return _move_tokens_until_they_wait(model, others, flows, outcome, taken)
    found = next((active for active in marking.active if timer in active.timers), None)
    if found is None:
        raise TaskNotOpen(timer)
    active = _tuple_without_one_member(marking.active, found)
    if not model.timers[timer].interrupting:
        active = (*active, OpenTaskWithTimers(found.task, _tuple_without_one_member(found.timers, timer)))
    return _move_tokens_until_they_wait(model, replace(marking, active=active), flows, outcome, taken)


def _move_tokens_until_they_wait(
    model: ProcessModel,
    marking: Marking,
    tokens: list[str],
    outcome: ServiceOutcomeFunction,
    taken: list[str] | None,
) -> Marking:
    """Move tokens along flows until each stands at a task, a timer or a join that still waits.

    As in the engine, a token that leaves an element opens a task without timers at once, and so deletes variables
    before the other tokens go on; everything else waits for its turn.
    """
    count, leaving = 0, tokens
    tokens = []
    while leaving or tokens:
        for flow in leaving:
            if _is_flow_to_task_without_timers(model, flow):
                marking, _ = _enter_element_with_token(model, marking, flow, outcome, taken)
            else:
                tokens.append(flow)
        if not tokens:
            break
        count += 1
        if count > MAX_TOKEN_STEPS:
            raise CaseStalled("endless", model.flows[tokens[0]].target)
        marking, leaving = _enter_element_with_token(model, marking, tokens.pop(0), outcome, taken)
    if marking.arrived and not marking.open_task_ids and not marking.running_timer_ids:
        raise CaseStalled("nothing_open")
    return marking


def _is_flow_to_task_without_timers(model: ProcessModel, flow: str) -> bool:
    target = model.flows[flow].target
    return target in model.user_tasks and not model.boundary_timers(target)


def _enter_element_with_token(
    model: ProcessModel,
    marking: Marking,
    token: str,
    outcome: ServiceOutcomeFunction,
    taken: list[str] | None,
) -> tuple[Marking, list[str]]:
    """Let one token enter the element to which its flow points."""
    if taken is not None:
        taken.append(token)
    node = model.flows[token].target
    onward = [flow.id for flow in model.outgoing_flows(node)]
    if node in model.user_tasks:
        void = model.task_ids_after(node) | {node}
        variables = {
            name: value for name, value in marking.variables.items() if name.partition(".")[0] not in void
        }
        opened = OpenTaskWithTimers(node, tuple(timer.id for timer in model.boundary_timers(node)))
        return replace(marking, active=(*marking.active, opened), variables=variables), []
    if node in model.timers:
        return replace(marking, waiting=(*marking.waiting, node)), []
    if node in model.ends:
        named = marking.end is not None and model.ends[marking.end].outcome
        return (marking if named else replace(marking, end=node)), []
    if node in model.services:
        return replace(
            marking, variables={**marking.variables, **_run_service_task(model, marking, node, outcome)}
        ), onward
    if model.gateways[node].kind == "exclusive":
        return marking, [_choose_gateway_flow(model, marking, node)]
    arrived = (*marking.arrived, token)
    if not all(flow.id in arrived for flow in model.incoming_flows(node)):
        return replace(marking, arrived=arrived), []
    for flow in model.incoming_flows(node):
        arrived = _tuple_without_one_member(arrived, flow.id)
    return replace(marking, arrived=arrived), onward


def _run_service_task(
    model: ProcessModel, marking: Marking, node: str, outcome: ServiceOutcomeFunction
) -> dict[str, Any]:
    service = model.services[node]
    inputs = {}
    for parameter, names in service.inputs.items():
        values = [marking.variables[name] for name in names if marking.variables.get(name) is not None]
        inputs[parameter] = values[0] if values else None
    return {f"{node}.{OUTCOME_FIELD}": outcome(service, inputs)}


def _choose_gateway_flow(model: ProcessModel, marking: Marking, node: str) -> str:
    for flow in model.outgoing_flows(node):
        if flow.condition is not None and flow.condition.is_true_for(marking.variables):
            return flow.id
    plain = [flow.id for flow in model.outgoing_flows(node) if flow.condition is None]
    if not plain:
        raise CaseStalled("no_branch", node)
    return model.gateways[node].default or plain[0]


def _tuple_without_one_member(items: tuple[Any, ...], item: Any) -> tuple[Any, ...]:
    at = items.index(item)
    return items[:at] + items[at + 1 :]
