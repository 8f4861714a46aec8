"""The order in which a case meets the steps of its diagram. Pure."""

from __future__ import annotations

from app.bpmn.model import ProcessModel


def list_steps_in_order(model: ProcessModel) -> list[str]:
    """Return user tasks and services in the order a case meets them; what only a return leads to stands last."""
    depth = dict.fromkeys(model.starts, 0)
    ahead = list(depth)
    while ahead:
        node = ahead.pop(0)
        for after in model.forward_successors_by_element.get(node, ()):
            if depth.get(after, -1) < depth[node] + 1 <= len(model.node_ids):
                depth[after] = depth[node] + 1
                ahead.append(after)
    steps = (*model.user_tasks, *model.services)
    return sorted(steps, key=lambda step: (depth.get(step, len(model.node_ids) + 1), steps.index(step)))


def number_steps_in_order(model: ProcessModel) -> dict[str, int]:
    """Return the number of each step, from 1."""
    return {step: place for place, step in enumerate(list_steps_in_order(model), 1)}
