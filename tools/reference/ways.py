"""Where a step of a diagram leads: the order a case meets steps in, and what each answer brings. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from app.bpmn import graph
from app.bpmn.model import DECISION_FIELD, OUTCOME_FIELD, ProcessModel, SequenceFlow

_MOST = 512
"""No more combinations of facts are tried at one gateway."""


@dataclass(frozen=True, slots=True)
class Lead:
    """One way on: the element it ends at, and what must hold for it ("" when nothing further)."""

    target: str
    when: str = ""


def after_decision(model: ProcessModel, task: str, decision: str) -> list[Lead]:
    """Where a case goes when a person answers like this; "" for a form without a decision."""
    return _onward(model, task, {f"{task}.{DECISION_FIELD}": decision or None})


def after_outcome(model: ProcessModel, service: str, outcome: str) -> list[Lead]:
    """Where a case goes when an operation ends in this outcome."""
    return _onward(model, service, {f"{service}.{OUTCOME_FIELD}": outcome})


def after_timer(model: ProcessModel, timer: str) -> list[Lead]:
    """Where a case goes when the time has passed; the task the timer stands on was not answered."""
    host = model.timers[timer].attached_to
    return _onward(model, timer, {f"{host}.{DECISION_FIELD}": None} if host else {})


def _onward(model: ProcessModel, element: str, facts: Mapping[str, str | None]) -> list[Lead]:
    known = {**dict.fromkeys(_never(model, element)), **facts}
    leads = [
        lead for flow in model.outgoing_flows(element) for lead in _follow(model, flow.target, known, "")
    ]
    return list(dict.fromkeys(leads))


def _never(model: ProcessModel, element: str) -> set[str]:
    """Decisions that are not there when this element is reached: of steps after it, and of those it stands in for."""
    missing = {task for task in model.user_tasks if task != element and task in model.task_ids_after(element)}
    for timer in model.timers.values():
        host = timer.attached_to
        if (
            host
            and timer.interrupting
            and element in graph.reachable_nodes(model.forward_successors_by_element, timer.id)
        ):
            usual = graph.reachable_nodes(
                model.forward_successors_by_element, *(flow.target for flow in model.outgoing_flows(host))
            )
            missing |= {host} - usual if element not in usual else set()
    before = {task for task in model.user_tasks if element in model.task_ids_after(task)}
    beside = set(model.user_tasks) - before - {element}
    return {f"{task}.{DECISION_FIELD}" for task in missing | beside}


def _follow(model: ProcessModel, node: str, facts: Mapping[str, str | None], when: str) -> Iterator[Lead]:
    """Through gateways to the next thing that somebody sees."""
    gateway = model.gateways.get(node)
    if gateway is None:
        yield Lead(node, when)
        return
    flows = model.outgoing_flows(node)
    if gateway.kind == "exclusive" and len(flows) > 1:
        flows = tuple(_possible(model, node, facts))
    for flow in flows:
        parts = gateway.kind == "exclusive" and len(flows) > 1
        said = " and ".join(part for part in (when, _words(flow) if parts else "") if part)
        yield from _follow(model, flow.target, facts, said)


def _possible(model: ProcessModel, node: str, facts: Mapping[str, str | None]) -> list[SequenceFlow]:
    """The arrows of a gateway that can be taken, whatever the unknown facts are."""
    flows = model.outgoing_flows(node)
    conditions = [flow.condition for flow in flows if flow.condition is not None]
    open_ = sorted({name for condition in conditions for name in condition.variable_names} - facts.keys())
    values = [sorted({str(v) for c in conditions for v in _literals(c.tree, name)}) for name in open_]
    taken: set[str] = set()
    for number, chosen in enumerate(product(*([*found, None] for found in values))):
        if number >= _MOST:
            break
        tried = {**facts, **dict(zip(open_, chosen, strict=True))}
        taken.add(_choice(model, node, tried))
    return [flow for flow in flows if flow.id in taken]


def _choice(model: ProcessModel, node: str, facts: Mapping[str, str | None]) -> str:
    for flow in model.outgoing_flows(node):
        if flow.condition is not None and flow.condition.is_true_for(facts):
            return flow.id
    return model.gateways[node].default


def _literals(tree: ast.expr, name: str) -> Iterator[str]:
    """The texts a event_type is compared with."""
    for compared in (part for part in ast.walk(tree) if isinstance(part, ast.Compare)):
        if any(isinstance(side, ast.Attribute) and ast.unparse(side) == name for side in ast.walk(compared)):
            yield from (
                side.value
                for side in ast.walk(compared)
                if isinstance(side, ast.Constant) and isinstance(side.value, str)
            )


def _words(flow: SequenceFlow) -> str:
    """What an arrow says: its name, else its condition."""
    if flow.titles.get("en"):
        return flow.titles["en"]
    return f"`{flow.condition.text}`" if flow.condition else "otherwise"
