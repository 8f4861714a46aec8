"""Small diagrams for tests, drawn in a few lines: elements by id, flows as `a > b: condition`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:depter="urn:depter:bpmn:1"'
    ' targetNamespace="t">'
)
FLOW = re.compile(r"\s*(\w+)\s*>\s*(\w+)\s*(?::\s*(.*))?")
TASK_DEFAULTS = {"role": "department_head", "form": "decide", "deadline": "correction.step_sla"}


def choice_form(*values: str, required: bool = True, subject: str = "") -> str:
    """The text of a form with one decision; with `subject`, a field of this kind that makes a new subject."""
    text = dict.fromkeys(("ky", "ru", "en"), "x")
    decision = {
        "key": "decision",
        "type": "radio",
        "validate": {"required": required},
        "values": [{"value": value, "label": value} for value in values],
        "texts": {"label": text, "values": dict.fromkeys(values, text)},
    }
    made = {
        "key": subject,
        "type": f"depter.{subject}",
        "validate": {"required": True},
        "texts": {"label": text},
    }
    return json.dumps({"id": "form", "components": [decision, *([made] if subject else [])]})


def drawing(
    flows: str,
    *,
    tasks: Mapping[str, Mapping[str, str]],
    services: Mapping[str, tuple[str, str]] | None = None,
    exclusive: Sequence[str] = (),
    parallel: Sequence[str] = (),
    timers: Mapping[str, str] | None = None,
    ends: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
    start: str = "late_correction",
) -> bytes:
    """The XML of a diagram that starts at `begin`.

    `tasks` give attributes of the vocabulary and `role`; `services` operation and inputs (`name=variable ...; ...`);
    `timers` the task they are attached to, "" for one on the path, with `+` before the task when it does not interrupt;
    `ends` outcomes; `defaults` the target of the default flow of a gateway.
    """
    services, timers, ends = services or {}, timers or {}, ends or {"over": "done"}
    lanes: dict[str, list[str]] = {}
    parts = ['<startEvent id="begin"/>']
    lanes["department_head"] = ["begin", *services, *exclusive, *parallel, *timers, *ends]
    for id_, attributes in tasks.items():
        named = TASK_DEFAULTS | attributes
        lanes.setdefault(named.pop("role"), []).append(id_)
        said = " ".join(f"depter:{name}={quoteattr(value)}" for name, value in named.items() if value)
        parts.append(f'<userTask id="{id_}" {said}/>')
    for id_, (operation, inputs) in services.items():
        pairs = [pair.split("=") for pair in inputs.split(";") if pair.strip()]
        given = "".join(f'<depter:input name="{a.strip()}" variable="{b.strip()}"/>' for a, b in pairs)
        parts.append(
            f'<serviceTask id="{id_}" depter:operation="{operation}">'
            f"<extensionElements>{given}</extensionElements></serviceTask>"
        )
    found = [
        (number, *FLOW.fullmatch(line).groups()) for number, line in enumerate(flows.strip().splitlines())
    ]  # type: ignore[union-attr]
    numbers = {(source, target): f"f{number}" for number, source, target, _ in found}
    for id_ in exclusive:
        default = (defaults or {}).get(id_)
        said = f' default="{numbers[id_, default]}"' if default else ""
        parts.append(f'<exclusiveGateway id="{id_}"{said}/>')
    parts += [f'<parallelGateway id="{id_}"/>' for id_ in parallel]
    for id_, on in timers.items():
        definition = f'<timerEventDefinition id="{id_}_d" depter:policy="correction.step_sla"/>'
        if on:
            stays = ' cancelActivity="false"' if on.startswith("+") else ""
            parts.append(
                f'<boundaryEvent id="{id_}" attachedToRef="{on.lstrip("+")}"{stays}>{definition}</boundaryEvent>'
            )
        else:
            parts.append(f'<intermediateCatchEvent id="{id_}">{definition}</intermediateCatchEvent>')
    parts += [
        f'<endEvent id="{id_}" {f"depter:outcome={quoteattr(outcome)}" if outcome else ""}/>'
        for id_, outcome in ends.items()
    ]
    for number, source, target, condition in found:
        inner = (
            f"<conditionExpression>{condition.replace('<', '&lt;')}</conditionExpression>"
            if condition
            else ""
        )
        parts.append(
            f'<sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
        )
    rows = "".join(
        f'<lane id="lane_{role}" depter:role="{role}">'
        + "".join(f"<flowNodeRef>{id_}</flowNodeRef>" for id_ in members)
        + "</lane>"
        for role, members in lanes.items()
    )
    head = f'<process id="{start}" isExecutable="true" depter:start="{start}"><laneSet id="lanes">{rows}</laneSet>'
    return (HEAD + head + "".join(parts) + "</process></definitions>").encode()
