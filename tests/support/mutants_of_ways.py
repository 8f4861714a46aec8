"""Operators of mutants that change where a diagram leads: steps, flows, timers and gateways."""

from __future__ import annotations

from app.bpmn.profile import BPMN_NAMESPACE as BPMN
from app.bpmn.profile import DEPTER_NAMESPACE as DEPTER
from tests.support.diagram_edits import EditedDiagram, flow_pairs


def drop_task(edited: EditedDiagram) -> None:
    edited.bridge(edited.choose(edited.nodes("userTask", "serviceTask")).get("id", ""))


def swap_tasks(edited: EditedDiagram) -> None:
    """Let two steps change places; their timers go with them."""
    names = [one.get("id", "") for one in edited.nodes("userTask", "serviceTask")]
    one, other = edited.chance.sample(names, 2) if len(names) > 1 else (edited.choose([]), "")
    turned = {one: other, other: one}
    for flow in edited.flows():
        for end in ("sourceRef", "targetRef"):
            flow.set(end, turned.get(flow.get(end, ""), flow.get(end, "")))


def reroute_flow(edited: EditedDiagram) -> None:
    flow, target = edited.choose(flow_pairs(edited))
    flow.set("targetRef", target)


def reroute_timer(edited: EditedDiagram) -> None:
    timers = {one.get("id") for one in edited.nodes("boundaryEvent", "intermediateCatchEvent")}
    flow, target = edited.choose(pair for pair in flow_pairs(edited) if pair[0].get("sourceRef") in timers)
    flow.set("targetRef", target)


def reroute_rework(edited: EditedDiagram) -> None:
    """Lead a way out of a rework, or of the decision behind it, to another element."""
    reworks = {one.id for one in edited.model.user_tasks.values() if one.rework}
    behind = {flow.target for flow in edited.model.flows.values() if flow.source in reworks}
    sources = reworks | (behind & edited.model.gateways.keys())
    flow, target = edited.choose(pair for pair in flow_pairs(edited) if pair[0].get("sourceRef") in sources)
    flow.set("targetRef", target)


def bypass_by_timer(edited: EditedDiagram) -> None:
    """Put a timer on a task; it leads to some other element."""
    task = edited.choose(edited.nodes("userTask")).get("id", "")
    timer = edited.add_node("boundaryEvent", task)
    edited.node(timer).set("attachedToRef", task)
    edited.node(timer).set("cancelActivity", edited.chance.choice(("true", "false")))
    term = {f"{DEPTER}policy": "correction.step_sla"}
    edited.node(timer).append(edited.node(timer).makeelement(f"{BPMN}timerEventDefinition", term))
    target = edited.choose(name for flow, name in flow_pairs(edited) if name not in (timer, task))
    edited.add_flow(timer, target)


def swap_gateway(edited: EditedDiagram) -> None:
    """Make an exclusive gateway a parallel one: its conditions and default go."""
    gateway = edited.choose(edited.nodes("exclusiveGateway"))
    gateway.tag = f"{BPMN}parallelGateway"
    gateway.attrib.pop("default", None)
    for flow in edited.flows(source=gateway.get("id", "")):
        edited.set_condition(flow, None)


def merge_in_parallel(edited: EditedDiagram) -> None:
    """Let two flows into one element join in a parallel gateway before it."""
    entered = {}
    for flow in edited.flows():
        entered.setdefault(flow.get("targetRef", ""), []).append(flow)
    target = edited.choose(name for name, flows in entered.items() if len(flows) > 1)
    join = edited.add_node("parallelGateway", target)
    for flow in edited.chance.sample(entered[target], 2):
        flow.set("targetRef", join)
    edited.add_flow(join, target)


def add_parallel_task(edited: EditedDiagram) -> None:
    """Let a new task run beside a step, from a fork before it to a join behind it."""
    beside = edited.choose(edited.nodes("userTask", "serviceTask")).get("id", "")
    like = edited.choose(edited.nodes("userTask"))
    attributes = {
        key: like.get(f"{DEPTER}{key}", "") for key in ("form", "clause", "deadline", "approves", "assign")
    }
    fork, join = edited.add_node("parallelGateway", beside), edited.add_node("parallelGateway", beside)
    new = edited.add_node(
        "userTask", like.get("id", ""), **{key: text for key, text in attributes.items() if text}
    )
    for flow in edited.flows(target=beside):
        flow.set("targetRef", fork)
    for flow in edited.flows(source=beside):
        flow.set("sourceRef", join)
    for source, target in ((fork, beside), (fork, new), (beside, join), (new, join)):
        edited.add_flow(source, target)


def add_parallel_way(edited: EditedDiagram) -> None:
    """Let a second token go from a flow to some element, often to an end without an outcome."""
    flow = edited.choose(edited.flows())
    fork = edited.add_node("parallelGateway", flow.get("sourceRef", ""))
    target, onward = flow.get("targetRef", ""), edited.chance.random()
    flow.set("targetRef", fork)
    edited.add_flow(fork, target)
    if onward < 0.5:
        edited.add_flow(
            fork, edited.choose(name for one, name in flow_pairs(edited) if name not in (fork, target))
        )
        return
    like = edited.choose(edited.nodes("userTask"))
    attributes = {
        key: like.get(f"{DEPTER}{key}", "") for key in ("form", "clause", "deadline", "approves", "assign")
    }
    new = edited.add_node(
        "userTask", like.get("id", ""), **{key: text for key, text in attributes.items() if text}
    )
    edited.add_flow(fork, new)
    edited.add_flow(new, edited.add_node("endEvent", like.get("id", "")))


def run_in_parallel(edited: EditedDiagram) -> None:
    """Take a step out of its place, and let it run beside another one."""
    names = [one.get("id", "") for one in edited.nodes("userTask", "serviceTask")]
    first, second = edited.chance.sample(names, 2) if len(names) > 1 else (edited.choose([]), "")
    onward = edited.choose(edited.flows(source=second))
    for entering in edited.flows(target=second):
        entering.set("targetRef", onward.get("targetRef", ""))
    fork, join = edited.add_node("parallelGateway", first), edited.add_node("parallelGateway", first)
    for entering in edited.flows(target=first):
        entering.set("targetRef", fork)
    for leaving in edited.flows(source=first):
        leaving.set("sourceRef", join)
    onward.set("targetRef", join)
    for source, target in ((fork, first), (fork, second), (first, join)):
        edited.add_flow(source, target)


def repeat_service(edited: EditedDiagram) -> None:
    """Let an operation run a second time, behind itself or somewhere else."""
    service = edited.choose(edited.nodes("serviceTask"))
    copied = edited.model.services[service.get("id", "")]
    flow = edited.choose(edited.flows())
    new = edited.add_node("serviceTask", copied.id, operation=copied.operation)
    extension = edited.node(new)[0]
    for name, variables in copied.inputs.items():
        extension.append(
            extension.makeelement(f"{DEPTER}input", {"name": name, "variable": " ".join(variables)})
        )
    edited.add_flow(new, flow.get("targetRef", ""))
    flow.set("targetRef", new)
