"""Compiler of a Model into SpiffWorkflow specifications; the caller caches one for each published version."""

from __future__ import annotations

import logging
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition

from app.bpmn import task_specs
from app.bpmn.model import DECISION_FIELD, ProcessModel
from app.bpmn.task_tree import CaseSpec

for _logger_name in ("spiff", "spiff.workflow", "spiff.task", "spiff.engine", "spiff.data"):
    logging.getLogger(_logger_name).setLevel(logging.WARNING)


def compile_case_spec(model: ProcessModel, *, join: type[Any] = task_specs.ParallelGatewaySpec) -> CaseSpec:
    """Build the specification of a model that `parse` accepted.

    Call it once for each published version and keep the result.

    `join` is replaced only in the test that shows the defect of the stock join.
    """
    variables = model.read_variables | {f"{task}.{DECISION_FIELD}" for task in model.user_tasks}
    variables |= {f"{service}.outcome" for service in model.services}
    return CaseSpec(
        model=model,
        process=_build_process_spec(model, join),
        kept_answers_by_task={
            task: frozenset(name.partition(".")[2] for name in variables if name.startswith(f"{task}."))
            for task in model.user_tasks
        },
        cleared_variables_by_task={
            task: _variables_of_owners(model.task_ids_after(task) | {task}, variables)
            for task in model.user_tasks
        },
        checksum_key=bytes.fromhex(model.digest)[:32],
    )


def _variables_of_owners(owners: frozenset[str], variables: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in variables if name.partition(".")[0] in owners))


def _build_process_spec(model: ProcessModel, join: type[Any]) -> task_specs.CaseProcessSpec:
    process = task_specs.CaseProcessSpec(model.key)
    nodes = _build_node_specs(model, process, join)
    entry = dict(nodes)
    for task in model.user_tasks:
        if timers := model.boundary_timers(task):
            entry[task] = split = task_specs.BoundarySplitSpec(process, f"{task}.split")
            done = task_specs.BoundaryJoinSpec(process, f"{task}.join", split_task=split.name, cancel=True)
            split.connect(nodes[task])
            nodes[task].connect(done)
            for timer in timers:
                split.connect(nodes[timer.id])
                nodes[timer.id].connect(done)
    for start in model.starts:
        process.start.connect(nodes[start])
    for end in model.ends:
        nodes[end].connect(process.end)
    for name, node in nodes.items():
        gateway = model.gateways.get(name)
        for flow in model.outgoing_flows(name):
            target = entry[flow.target]
            if gateway is not None and gateway.kind == "exclusive" and flow.condition is not None:
                node.connect_if(task_specs.FlowCondition(flow.condition), target)
            else:
                node.connect(target)
    return process


def _build_node_specs(
    model: ProcessModel, process: task_specs.CaseProcessSpec, join: type[Any]
) -> dict[str, Any]:
    nodes: dict[str, Any] = {}
    for start in model.starts:
        nodes[start] = task_specs.StartEventSpec(process, start, NoneEventDefinition())
    for task in model.user_tasks:
        nodes[task] = task_specs.UserTaskSpec(process, task)
    for service in model.services:
        nodes[service] = task_specs.ServiceTaskSpec(process, service)
    for gateway in model.gateways.values():
        kind = task_specs.ExclusiveGatewaySpec if gateway.kind == "exclusive" else join
        nodes[gateway.id] = kind(process, gateway.id)
    for timer in model.timers.values():
        definition = task_specs.PolicyTimer(timer.policy)
        if timer.attached_to:
            nodes[timer.id] = task_specs.BoundaryTimerSpec(process, timer.id, definition, timer.interrupting)
        else:
            nodes[timer.id] = task_specs.CatchTimerSpec(process, timer.id, definition)
    for end in model.ends:
        nodes[end] = task_specs.EndEventSpec(process, end, NoneEventDefinition())
    return nodes
