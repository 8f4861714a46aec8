"""Operators of mutants that leave each element in its place: conditions, marks, lanes, inputs, outcomes."""

from __future__ import annotations

import ast
from typing import Any

from app import operations
from app.bpmn.profile import BPMN_NAMESPACE as BPMN
from app.bpmn.profile import DEPTER_NAMESPACE as DEPTER
from tests.support.diagram_edits import EditedDiagram, flow_pairs


def change_operator(edited: EditedDiagram) -> None:
    condition = edited.choose(edited.conditions())
    text = condition.text or ""
    changes = [
        ("==", "!="),
        ("==", "<"),
        ("==", ">="),
        (" or ", " and "),
        (" and ", " or "),
        (" in ", " not in "),
    ]
    old, new = edited.choose(pair for pair in changes if pair[0] in text)
    condition.text = text.replace(old, new, 1)


def change_literal(edited: EditedDiagram) -> None:
    condition = edited.choose(edited.conditions())
    tree = ast.parse(condition.text or "", mode="eval")
    literal = edited.choose(node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    texts = {value.value for form in edited.forms for item in form.fields for value in item.values}
    for service in edited.model.services.values():
        texts |= set(operations.OPERATIONS[service.operation].outcomes)
    literal.value = edited.choose([*sorted(texts), 3, True, None])
    condition.text = ast.unparse(tree)


def change_variable(edited: EditedDiagram) -> None:
    condition = edited.choose(edited.conditions())
    tree = ast.parse(condition.text or "", mode="eval")
    variable = edited.choose(node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    name = edited.choose(sorted(edited.known_variables - {ast.unparse(variable)}))
    condition.text = ast.unparse(tree).replace(ast.unparse(variable), name)


def change_default(edited: EditedDiagram) -> None:
    """Take the default away from a gateway, or give it to another flow in exchange for its condition."""
    gateway = edited.choose(one for one in edited.nodes("exclusiveGateway") if one.get("default"))
    flows = edited.flows(source=gateway.get("id", ""))
    old = next(flow for flow in flows if flow.get("id") == gateway.get("default"))
    new = edited.choose(flow for flow in flows if flow is not old)
    text = new.findtext(f"{BPMN}conditionExpression")
    edited.set_condition(old, edited.choose([text, f"not ({text})"]))
    if edited.chance.random() < 0.5:
        del gateway.attrib["default"]
    else:
        edited.set_condition(new, None)
        gateway.set("default", new.get("id", ""))


def move_lane(edited: EditedDiagram) -> None:
    task = edited.choose(edited.nodes("userTask")).get("id", "")
    edited.put_into_lane(
        task, edited.choose(one for one in edited.lanes() if one is not edited.lane_of(task))
    )


def change_role(edited: EditedDiagram) -> None:
    roles = ["teacher", "department_head", "directorate", "academic_office", "it_admin", "rector"]
    edited.choose(edited.lanes()).set(f"{DEPTER}role", edited.choose(roles))


def change_deadline(edited: EditedDiagram) -> None:
    task = edited.choose(one for one in edited.nodes("userTask") if one.get(f"{DEPTER}deadline"))
    policies = {one.deadline for one in edited.model.user_tasks.values() if one.deadline}
    new = edited.choose([*sorted(policies - {task.get(f"{DEPTER}deadline")}), ""])
    task.set(f"{DEPTER}deadline", new)


def flip_approval(edited: EditedDiagram) -> None:
    _flip(edited.choose(edited.nodes("userTask")), f"{DEPTER}approves", "false")


def flip_rework(edited: EditedDiagram) -> None:
    _flip(edited.choose(edited.nodes("userTask")), f"{DEPTER}rework", "false")


def flip_interrupting(edited: EditedDiagram) -> None:
    """Let one or several timers take the task away or leave it open, other than before."""
    timers = edited.nodes("boundaryEvent")
    edited.choose(timers)
    for timer in edited.chance.sample(timers, edited.chance.randint(1, len(timers))):
        _flip(timer, "cancelActivity", "true")


def change_assignment(edited: EditedDiagram) -> None:
    task = edited.choose(edited.nodes("userTask"))
    persons = [f"start.{name}" for name in operations.STARTS[edited.model.start_name].person_variables]
    old = task.get(f"{DEPTER}assign", "")
    task.set(
        f"{DEPTER}assign", edited.choose(one for one in ["", "deputy", "requester", *persons] if one != old)
    )


def change_inputs(edited: EditedDiagram) -> None:
    """Drop a variable of an input, put its variables in another order, or read another subject."""
    one = edited.choose(edited.process.iter(f"{DEPTER}input"))
    names = one.get("variable", "").split()
    start = operations.STARTS[edited.model.start_name]
    others = [f"start.{start.id_variable}"] + [
        name
        for name in sorted(edited.known_variables)
        if name.partition(".")[2] in operations.SUBJECT_FACTORY_BY_KIND
    ]
    changes: list[Any] = [[name] for name in others if [name] != names]
    changes += [[*names, name] for name in others if name not in names]
    changes += [names[:at] + names[at + 1 :] for at in range(len(names)) if len(names) > 1] * 3
    changes += [names[::-1]] * 3 if len(names) > 1 else []
    one.set("variable", " ".join(edited.choose(changes)))


def change_outcome(edited: EditedDiagram) -> None:
    end = edited.choose(edited.nodes("endEvent"))
    end.set(f"{DEPTER}outcome", "" if end.get(f"{DEPTER}outcome") else "done")
    flow, target = edited.choose(pair for pair in flow_pairs(edited) if pair[1] == end.get("id"))
    if edited.chance.random() < 0.5:
        flow.set("targetRef", target)


def _flip(element: Any, attribute: str, unset: str) -> None:
    element.set(attribute, "false" if element.get(attribute, unset) == "true" else "true")
