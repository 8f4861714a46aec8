"""Rules on a diagram that has been read: references, reachability, gateways, lanes, variables, cycles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from app.bpmn import graph
from app.bpmn.errors import DiagramFinding
from app.bpmn.model import OUTCOME_FIELD, ProcessModel


class _FindingFactory:
    """Factory of findings at the line of an element."""

    def __init__(self, lines: Mapping[str, int]) -> None:
        self.lines = lines

    def __call__(self, code: str, element: str, **params: str | int) -> DiagramFinding:
        return DiagramFinding(code, self.lines.get(element, 0), element, params)


def iterate_model_findings(
    model: ProcessModel, lines: Mapping[str, int], membership: Mapping[str, Sequence[str]]
) -> Iterator[DiagramFinding]:
    """Yield every finding about a diagram that has been read.

    `lines` maps element ids to lines of the file, `membership` maps a node to the lanes that name it.
    """
    at = _FindingFactory(lines)
    yield from _dangling_reference_findings(model, at)
    yield from _lane_membership_findings(model, membership, at)
    yield from _start_and_end_count_findings(model, at)
    yield from _flow_count_findings(model, at)
    yield from _gateway_flow_findings(model, at)
    yield from _unsettable_variable_findings(model, at)
    yield from _reachability_and_loop_findings(model, at)


def _dangling_reference_findings(model: ProcessModel, at: _FindingFactory) -> Iterator[DiagramFinding]:
    nodes = set(model.node_ids)
    for flow in model.flows.values():
        for attribute, to in (("sourceRef", flow.source), ("targetRef", flow.target)):
            if to not in nodes:
                yield at("bpmn.reference.dangling", flow.id, attribute=attribute, to=to[:80])
    for timer in model.timers.values():
        if timer.attached_to and timer.attached_to not in model.user_tasks:
            yield at(
                "bpmn.reference.dangling", timer.id, attribute="attachedToRef", to=timer.attached_to[:80]
            )
    for gateway in model.gateways.values():
        if gateway.default and gateway.default not in {flow.id for flow in model.outgoing_flows(gateway.id)}:
            yield at("bpmn.reference.dangling", gateway.id, attribute="default", to=gateway.default[:80])


def _lane_membership_findings(
    model: ProcessModel, membership: Mapping[str, Sequence[str]], at: _FindingFactory
) -> Iterator[DiagramFinding]:
    for node in model.node_ids:
        count = len(membership.get(node, ()))
        if count != 1:
            yield at("bpmn.lane.not_one", node, count=count)


def _start_and_end_count_findings(model: ProcessModel, at: _FindingFactory) -> Iterator[DiagramFinding]:
    if len(model.starts) != 1:
        yield at("bpmn.start.count", model.key, count=len(model.starts))
    if not model.ends:
        yield at("bpmn.end.none", model.key)


def _flow_count_findings(model: ProcessModel, at: _FindingFactory) -> Iterator[DiagramFinding]:
    """Check how many sequence flows may leave and enter each kind of node."""
    boundary = {timer.id for timer in model.timers.values() if timer.attached_to}
    for node in model.node_ids:
        leaving, entering = len(model.outgoing_flows(node)), len(model.incoming_flows(node))
        if node in model.ends:
            if leaving:
                yield at("bpmn.end.outgoing", node)
        elif not leaving:
            yield at("bpmn.node.dead_end", node)
        elif leaving > 1 and node not in model.gateways:
            yield at("bpmn.node.many_outgoing", node, count=leaving)
        if entering and (node in model.starts or node in boundary):
            yield at("bpmn.node.incoming", node)


def _gateway_flow_findings(model: ProcessModel, at: _FindingFactory) -> Iterator[DiagramFinding]:
    for flow in model.flows.values():
        gateway = model.gateways.get(flow.source)
        exclusive = gateway is not None and gateway.kind == "exclusive"
        if flow.condition and not exclusive:
            yield at("bpmn.flow.condition_misplaced", flow.id)
        if flow.condition and gateway and gateway.default == flow.id:
            yield at("bpmn.gateway.default_condition", flow.id)
    for gateway in model.gateways.values():
        flows = model.outgoing_flows(gateway.id)
        if gateway.kind == "parallel" and gateway.default:
            yield at("bpmn.gateway.default_parallel", gateway.id)
        if gateway.kind == "exclusive" and len(flows) > 1:
            for flow in flows:
                if flow.condition is None and flow.id != gateway.default:
                    yield at("bpmn.gateway.unconditioned", flow.id, gateway=gateway.id)
        sources = [flow.source for flow in model.incoming_flows(gateway.id)]
        if gateway.kind == "parallel" and len(sources) != len(set(sources)):
            yield at("bpmn.gateway.doubled_flow", gateway.id)


def _unsettable_variable_findings(model: ProcessModel, at: _FindingFactory) -> Iterator[DiagramFinding]:
    for flow in model.flows.values():
        for name in sorted(flow.condition.variable_names) if flow.condition else ():
            if not _can_variable_have_value(name, model):
                yield at("bpmn.variable.unknown", flow.id, name=name)
    for service in model.services.values():
        for names in service.inputs.values():
            for name in names:
                if not _can_variable_have_value(name, model):
                    yield at("bpmn.variable.unknown", service.id, name=name)


def _reachability_and_loop_findings(model: ProcessModel, at: _FindingFactory) -> Iterator[DiagramFinding]:
    reached = graph.reachable_nodes(model.successors_by_element, *model.starts)
    finishing = graph.reachable_nodes(graph.reversed_edges(model.successors_by_element), *model.ends)
    for node in model.node_ids:
        if node not in reached:
            yield at("bpmn.node.unreachable", node)
        elif node not in finishing:
            yield at("bpmn.node.no_way_out", node)
    automatic = {
        n: t
        for n, t in model.successors_by_element.items()
        if n not in model.user_tasks and n not in model.timers
    }
    for node in sorted(graph.nodes_on_or_between_cycles(automatic)):
        yield at("bpmn.loop.automatic", node)
    for node in sorted(graph.nodes_on_or_between_cycles(model.forward_successors_by_element)):
        if node in model.user_tasks or node in model.services:
            yield at("bpmn.loop.unclear", node)


def _can_variable_have_value(name: str, model: ProcessModel) -> bool:
    """Return whether a task field, a service outcome or the start can give this process variable a value."""
    owner, _, part = name.partition(".")
    if owner in model.services:
        return part == OUTCOME_FIELD
    return owner == "start" or owner in model.user_tasks
