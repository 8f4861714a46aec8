"""The course of a case through its drawing: the main path, and where a decision leads. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from app.bpmn.model import GRANTED, REFUSED, EndEvent, ProcessModel


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
