"""The course of a case through its drawing: the main path, and where a decision leads. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from app.bpmn import graph
from app.bpmn.model import DECISION_FIELD, GRANTED, NEUTRAL, REFUSED, EndEvent, ProcessModel, SequenceFlow

_MAX_CACHED_WAYS = 500
"""Answers kept for one drawing; a condition may read a number that differs from case to case."""
DecisionsByTask = Mapping[str, Sequence[str]]
"""The decisions that the form of a task offers, by task."""
_RESULTS_BEST_FIRST = (GRANTED, NEUTRAL, REFUSED)


def main_path_task_ids(model: ProcessModel) -> list[str]:
    """Return the user tasks of the main path in the order a case meets them.

    Left out are rework and whatever only a passed deadline or a step back leads to. A timer on the path itself only
    makes it wait.
    """
    depth = dict.fromkeys(model.starts, 0)
    ahead = list(depth)
    while ahead:
        node = ahead.pop()
        for after in model.forward_successors_by_element.get(node, ()):
            deeper = depth.get(after, -1) < depth[node] + 1 <= len(model.node_ids)
            late = after in model.timers and model.timers[after].attached_to
            if deeper and not late:
                depth[after] = depth[node] + 1
                ahead.append(after)
    met = [
        task
        for task in model.user_tasks.values()
        if task.id in depth and model.forward_successors_by_element.get(task.id)
    ]
    return [task.id for task in sorted(met, key=lambda task: depth[task.id]) if task.is_on_main_path]


def happy_path_task_ids(model: ProcessModel) -> list[str]:
    """Return the happy path: the user tasks that every case passes which ends well, in the order it meets them."""
    always = task_ids_on_every_way_to_success(model, model.starts, {})
    return [task for task in main_path_task_ids(model) if task in always]


def task_ids_on_every_way_to_success(
    model: ProcessModel,
    elements: Iterable[str],
    known: Mapping[str, Any],
    decisions: DecisionsByTask = MappingProxyType({}),
) -> frozenset[str]:
    """Return the user tasks that a case meets from these elements on whatever is decided, if it ends well.

    They lie on every way to an end that grants, or, where no way leads to one, to the next best kind of end; ends
    that a service comes before count more than ends where nothing is done. Returns to earlier steps are not
    followed. `known` holds process variables that no longer change: flows that they rule out are no ways. The
    elements themselves are included if they are user tasks.
    """
    elements = tuple(elements)
    read = {name for flow in model.flows.values() if flow.condition for name in flow.condition.variable_names}
    relevant = {name: value for name, value in known.items() if name in read}
    key = (
        elements,
        tuple(sorted(relevant.items())),
        tuple((task, tuple(offered)) for task, offered in decisions.items()),
    )
    answers = model.cache_of_ways_to_success
    if key not in answers:
        edges = _forward_edges_possible_with(model, relevant, decisions)
        found: frozenset[str] = frozenset()
        for element in elements:
            ends = _best_ends(model, edges, element)
            found |= _nodes_on_every_way(model, edges, element, ends) if ends else {element}
        if len(answers) >= _MAX_CACHED_WAYS:
            answers.clear()
        answers[key] = found & model.user_tasks.keys()
    return answers[key]


def _best_ends(model: ProcessModel, edges: graph.Edges, element: str) -> frozenset[str]:
    """Return the ends with the best result that an element reaches; of these the ones behind a service, if any are."""
    reached = graph.reachable_nodes(edges, element)
    ends = [end for end in model.ends.values() if end.id in reached and end.outcome]
    best = min((_RESULTS_BEST_FIRST.index(end.result) for end in ends), default=0)
    same = [end.id for end in ends if _RESULTS_BEST_FIRST.index(end.result) == best]
    served = [
        end for end in same if _nodes_on_every_way(model, edges, element, {end}) & model.services.keys()
    ]
    return frozenset(served or same)


def _forward_edges_possible_with(
    model: ProcessModel, known: Mapping[str, Any], decisions: DecisionsByTask
) -> graph.Edges:
    """Return the edges without returns, side paths of timers, and flows that no decision leads to with the known
    variables."""
    beside = {timer.id for timer in model.timers.values() if timer.attached_to and not timer.interrupting}
    edges = {
        node: tuple(target for target in targets if target not in beside)
        for node, targets in model.forward_successors_by_element.items()
    }
    offered = {f"{task}.{DECISION_FIELD}": values for task, values in decisions.items()}
    for gateway in model.gateways.values():
        if gateway.kind == "exclusive":
            possible = possible_targets_of_gateway(model, gateway.id, known, offered)
            edges[gateway.id] = tuple(target for target in edges[gateway.id] if target in possible)
    return edges


def possible_targets_of_gateway(
    model: ProcessModel, gateway: str, known: Mapping[str, Any], values: Mapping[str, Sequence[str]]
) -> set[str]:
    """Return where an exclusive gateway may lead, or led.

    `known` are variables with one value; `values` the values that a decision or an outcome may have, or had, by
    variable: one of those that the conditions read was set last, the others count as empty. Variables in neither are
    unknown.
    """
    flows = model.outgoing_flows(gateway)
    read = {name for flow in flows if flow.condition for name in flow.condition.variable_names}
    deciding = {name: found for name, found in values.items() if name in read}
    cases: list[Mapping[str, Any]] = [
        {**known, **dict.fromkeys(deciding), name: value}
        for name, found in deciding.items()
        for value in found
    ] or [known]
    return {target for case in cases for target in _targets_of_flows(flows, case)}


def _targets_of_flows(flows: Sequence[SequenceFlow], known: Mapping[str, Any]) -> Iterable[str]:
    """Yield the targets of the flows that may be taken with these variables, in the order of the conditions."""
    for flow in flows:
        truth = flow.condition.truth_for_known_variables(known) if flow.condition else False
        if truth is not False:
            yield flow.target
        if truth is True:
            return
    yield from (flow.target for flow in flows if flow.condition is None)


def _nodes_on_every_way(
    model: ProcessModel, edges: graph.Edges, element: str, ends: Collection[str]
) -> frozenset[str]:
    """Return the nodes on every way from an element to one of the ends; a parallel gateway takes all its ways."""
    leading = graph.reachable_nodes(graph.reversed_edges(edges), *ends)
    nodes = [node for node in graph.reachable_nodes(edges, element) if node in leading]
    everything = frozenset(nodes)
    found = {node: frozenset({node}) if node in ends else everything for node in nodes}
    changed = True
    while changed:
        changed = False
        for node in nodes:
            if node in ends:
                continue
            after = [found[target] for target in edges[node] if target in found]
            parallel = node in model.gateways and model.gateways[node].kind == "parallel"
            combined = frozenset.union(*after) if parallel else frozenset.intersection(*after)
            if combined | {node} != found[node]:
                found[node], changed = combined | {node}, True
    return found[element]


def find_step_replaced_by_deputy(model: ProcessModel, element: str) -> str:
    """Return the step that a deputy stands in for: the one whose timer leads to him; else the step itself."""
    task = model.user_tasks.get(element)
    if task is None or task.is_on_main_path or task.rework:
        return element
    for timer in model.timers.values():
        if timer.attached_to and any(flow.target == element for flow in model.outgoing_flows(timer.id)):
            return timer.attached_to
    return element


def next_element_by_decision(model: ProcessModel, element: str, decisions: Iterable[str]) -> dict[str, str]:
    """Return the element that follows each decision of a step; under "" the one that follows them all.

    Reads the one gateway behind the step. A decision that the drawing does not decide there is left out.
    """
    found: dict[str, str] = {}
    offered = list(decisions)
    for flow in model.outgoing_flows(element):
        if flow.target not in model.gateways:
            return {"": flow.target}
        for branch in model.outgoing_flows(flow.target):
            for decision in offered:
                if branch.condition is not None and branch.condition.is_true_for(
                    {f"{element}.decision": decision}
                ):
                    found.setdefault(decision, branch.target)
        default = model.gateways[flow.target].default
        if default:
            rest = model.flows[default].target
            found |= {decision: rest for decision in offered if decision not in found}
    return found


def find_end_without_another_person(model: ProcessModel, element: str) -> EndEvent | None:
    """Return the end that follows an element without another person: itself, or behind services in a row."""
    for _ in range(len(model.node_ids)):
        if element in model.ends:
            return model.ends[element]
        following = model.outgoing_flows(element) if element in model.services else ()
        if len(following) != 1:
            return None
        element = following[0].target
    return None


def decisions_ending_without_grant(
    model: ProcessModel, element: str, decisions: Iterable[str]
) -> frozenset[str]:
    """Return the decisions of a step that end a case and do not grant what was requested."""
    ends = {
        decision: find_end_without_another_person(model, target)
        for decision, target in next_element_by_decision(model, element, decisions).items()
    }
    return frozenset(decision for decision, end in ends.items() if end is not None and end.result != GRANTED)


def completed_step_status(model: ProcessModel, element: str, decision: str | None) -> str:
    """Return how a step came out: "returned" when its decision leads to rework, "rejected" when to an end that
    refuses, "withdrawn" when to the end of that outcome, else "done"."""
    if not decision:
        return "done"
    target = next_element_by_decision(model, element, [decision]).get(decision, "")
    task = model.user_tasks.get(target)
    if task is not None and task.rework:
        return "returned"
    end = find_end_without_another_person(model, target)
    if end is None:
        return "done"
    if end.outcome == "withdrawn":
        return "withdrawn"
    return "rejected" if end.result == REFUSED else "done"
