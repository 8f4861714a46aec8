"""Reader that turns XML elements into a Model, and records the line of every id and every problem."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from lxml import etree

from app.bpmn.drawing import read_drawing
from app.bpmn.errors import DiagramFinding, ExpressionError
from app.bpmn.expression import VARIABLE_PART_PATTERN, ConditionExpression, parse_condition
from app.bpmn.model import (
    END_RESULTS,
    NEUTRAL,
    EndEvent,
    Gateway,
    Lane,
    ProcessModel,
    SequenceFlow,
    ServiceTask,
    StartEvent,
    TimerEvent,
    UserTask,
)
from app.bpmn.profile import (
    BPMN_NAMESPACE,
    DEPTER_NAMESPACE,
    FLOW_NODE_TAGS,
    XSI_TYPE_ATTRIBUTE,
    element_line_number,
    make_finding,
)

TITLE_LANGUAGES = ("ky", "ru", "en")
FIXED_ASSIGNMENTS = ("", "deputy", "requester")
ID_PATTERN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,79}")
RESERVED_IDS = ("Start", "End", "Root", "start")
QUALIFIED_VARIABLE_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,59}\.[a-z][a-z0-9_]{0,59}")
FORM_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,59}(\.[a-z][a-z0-9_]{0,59})?")
DOTTED_NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


class BpmnReader:
    """Reader of one file. `lines` maps ids to lines, `lane_ids_by_node` a node to the lanes that name it."""

    def __init__(self, root: etree._Element, findings: list[DiagramFinding]) -> None:
        self.root = root
        self.findings = findings
        self.lines: dict[str, int] = {}
        self.lane_ids_by_node: dict[str, list[str]] = {}

    def read_model(self, digest: str) -> ProcessModel | None:
        """Return the Model, as complete as it could be read; None unless there is exactly one process."""
        self._check_element_ids()
        process = self._read_single_process()
        if process is None:
            return None
        lanes = {lane.id: lane for lane in self._read_lanes(process)}
        flows = {flow.id: flow for flow in self._read_flows(process)}
        tasks = {task.id: task for task in self._read_user_tasks(process)}
        services = {service.id: service for service in self._read_services(process)}
        read = {name for flow in flows.values() if flow.condition for name in flow.condition.variable_names}
        read |= {name for service in services.values() for names in service.inputs.values() for name in names}
        read |= {lane.scope for lane in lanes.values() if lane.scope}
        read |= {task.assign for task in tasks.values() if task.is_for_named_person}
        timers = {timer.id: timer for timer in self._read_timers(process)}
        read |= {task.anchor for task in tasks.values() if task.anchor}
        read |= {timer.anchor for timer in timers.values() if timer.anchor}
        return ProcessModel(
            key=process.get("id", ""),
            clause=process.get(f"{DEPTER_NAMESPACE}clause", ""),
            start_name=self._read_required_attribute(process, "start"),
            titles=self._read_texts_by_language(process),
            lanes=lanes,
            user_tasks=tasks,
            services=services,
            gateways={gateway.id: gateway for gateway in self._read_gateways(process)},
            timers=timers,
            flows=flows,
            ends={
                node.get("id", ""): self._read_end_event(node)
                for node in self._children_with_id(process, "endEvent")
            },
            starts={
                node.get("id", ""): StartEvent(node.get("id", ""), self._read_texts_by_language(node))
                for node in self._children_with_id(process, "startEvent")
            },
            read_variables=frozenset(read),
            digest=digest,
            line_by_id=self.lines,
            about=self._read_texts_by_language(process, "about"),
            starters=self._read_starter_roles(process),
            drawing=read_drawing(self.root),
        )

    def _add_finding(self, code: str, element: etree._Element, **params: str | int) -> None:
        self.findings.append(make_finding(code, element, **params))

    def _check_element_ids(self) -> None:
        """Check that every id occurs once and has a plain form, and that flow nodes and flows have one."""
        seen: set[str] = set()
        for element in self.root.iter(etree.Element):
            name = element.get("id")
            local = etree.QName(element).localname
            if name is None:
                if str(element.tag).startswith(BPMN_NAMESPACE) and local in (
                    *FLOW_NODE_TAGS,
                    "sequenceFlow",
                    "process",
                    "lane",
                ):
                    self._add_finding("bpmn.id.missing", element)
                continue
            if name in seen:
                self._add_finding("bpmn.id.duplicate", element, id=name[:80])
            seen.add(name)
            if not str(element.tag).startswith(BPMN_NAMESPACE):
                continue
            self.lines.setdefault(name, element_line_number(element))
            strict = local in ("userTask", "serviceTask", "process")
            if not (VARIABLE_PART_PATTERN if strict else ID_PATTERN).fullmatch(name):
                self._add_finding("bpmn.id.pattern", element, id=name[:80])
            if local in FLOW_NODE_TAGS and name in (RESERVED_IDS if strict else RESERVED_IDS[:3]):
                self._add_finding("bpmn.id.reserved", element, id=name[:80])

    def _read_single_process(self) -> etree._Element | None:
        processes = self.root.findall(f"{BPMN_NAMESPACE}process")
        if len(processes) != 1:
            self._add_finding("bpmn.process.count", self.root, count=len(processes))
            return None
        process = processes[0]
        if process.get("isExecutable") != "true":
            self._add_finding("bpmn.process.not_executable", process)
        pools = self.root.findall(f"{BPMN_NAMESPACE}collaboration/{BPMN_NAMESPACE}participant")
        if len(pools) > 1:
            self._add_finding("bpmn.process.pools", pools[1], count=len(pools))
        for pool in pools:
            if pool.get("processRef") != process.get("id"):
                self._add_finding(
                    "bpmn.reference.dangling", pool, attribute="processRef", to=pool.get("processRef", "")
                )
        return process

    def _children_with_id(self, parent: etree._Element, *names: str) -> Iterator[etree._Element]:
        for element in parent:
            if element.tag in {f"{BPMN_NAMESPACE}{name}" for name in names} and element.get("id"):
                yield element

    def _read_required_attribute(self, element: etree._Element, attribute: str) -> str:
        value = self._read_depter_attribute(element, attribute)
        if not value:
            self._add_finding("bpmn.attribute.missing", element, name=f"depter:{attribute}")
        return value

    def _read_starter_roles(self, process: etree._Element) -> tuple[str, ...]:
        """Return the roles that may begin a case, each once."""
        roles = process.get(f"{DEPTER_NAMESPACE}starters", "").split()
        for role in roles:
            if not VARIABLE_PART_PATTERN.fullmatch(role):
                self._add_finding("bpmn.attribute.value", process, name="depter:starters", value=role[:80])
        return tuple(dict.fromkeys(roles))

    def _read_depter_attribute(
        self, element: etree._Element, attribute: str, form: re.Pattern[str] = VARIABLE_PART_PATTERN
    ) -> str:
        value = element.get(f"{DEPTER_NAMESPACE}{attribute}", "")
        if value and not form.fullmatch(value):
            self._add_finding("bpmn.attribute.value", element, name=f"depter:{attribute}", value=value[:80])
        return value

    def _read_end_event(self, node: etree._Element) -> EndEvent:
        outcome = self._read_depter_attribute(node, "outcome")
        given = self._read_depter_attribute(node, "result")
        result = given or NEUTRAL
        if result not in END_RESULTS:
            self._add_finding("bpmn.attribute.value", node, name="depter:result", value=result[:80])
        return EndEvent(node.get("id", ""), self._read_texts_by_language(node), outcome, result, bool(given))

    def _read_boolean_attribute(
        self, element: etree._Element, attribute: str, default: str = "false"
    ) -> bool:
        value = element.get(attribute, default)
        if value not in ("true", "false"):
            self._add_finding(
                "bpmn.attribute.value",
                element,
                name=attribute.removeprefix(DEPTER_NAMESPACE),
                value=value[:80],
            )
        return value == "true"

    def _read_texts_by_language(self, element: etree._Element, word: str = "title") -> dict[str, str]:
        titles: dict[str, str] = {}
        for title in element.iterfind(f"{BPMN_NAMESPACE}extensionElements/{DEPTER_NAMESPACE}{word}"):
            language, text = title.get("lang", ""), " ".join((title.text or "").split())
            if language not in TITLE_LANGUAGES or language in titles or not text or len(title):
                self._add_finding("bpmn.title.wrong", element, lang=language[:20])
            titles[language] = text
        return titles

    def _read_lanes(self, process: etree._Element) -> Iterator[Lane]:
        for lane in process.iterfind(f"{BPMN_NAMESPACE}laneSet/{BPMN_NAMESPACE}lane"):
            name = lane.get("id", "")
            for reference in lane.iterfind(f"{BPMN_NAMESPACE}flowNodeRef"):
                node = (reference.text or "").strip()
                self.lane_ids_by_node.setdefault(node, []).append(name)
                if node not in self.lines:
                    self._add_finding("bpmn.reference.dangling", lane, attribute="flowNodeRef", to=node[:80])
            scope = lane.get(f"{DEPTER_NAMESPACE}scope", "")
            if scope and not _is_start_variable(scope):
                self._add_finding("bpmn.attribute.value", lane, name="depter:scope", value=scope[:80])
            yield Lane(
                name, self._read_required_attribute(lane, "role"), scope, self._read_texts_by_language(lane)
            )

    def _lane_id_of_node(self, node: str) -> str:
        return next(iter(self.lane_ids_by_node.get(node, ())), "")

    def _read_user_tasks(self, process: etree._Element) -> Iterator[UserTask]:
        for node in self._children_with_id(process, "userTask"):
            name, assign = node.get("id", ""), node.get(f"{DEPTER_NAMESPACE}assign", "")
            if assign not in FIXED_ASSIGNMENTS and not _is_start_variable(assign):
                self._add_finding("bpmn.attribute.value", node, name="depter:assign", value=assign[:80])
            yield UserTask(
                id=name,
                form=self._read_depter_attribute(node, "form", FORM_PATTERN),
                clause=node.get(f"{DEPTER_NAMESPACE}clause", ""),
                deadline=self._read_depter_attribute(node, "deadline", DOTTED_NAME_PATTERN),
                approves=self._read_boolean_attribute(node, f"{DEPTER_NAMESPACE}approves"),
                titles=self._read_texts_by_language(node),
                lane=self._lane_id_of_node(name),
                assign=assign,
                rework=self._read_boolean_attribute(node, f"{DEPTER_NAMESPACE}rework"),
                anchor=self._read_deadline_anchor_variable(node),
            )

    def _read_services(self, process: etree._Element) -> Iterator[ServiceTask]:
        for node in self._children_with_id(process, "serviceTask"):
            name = node.get("id", "")
            operation = self._read_depter_attribute(node, "operation", DOTTED_NAME_PATTERN)
            if not operation:
                self._add_finding("bpmn.attribute.missing", node, name="depter:operation")
            inputs: dict[str, tuple[str, ...]] = {}
            for input_element in node.iterfind(f"{BPMN_NAMESPACE}extensionElements/{DEPTER_NAMESPACE}input"):
                parameter, variables = (
                    input_element.get("name", ""),
                    tuple(input_element.get("variable", "").split()),
                )
                plain = (
                    VARIABLE_PART_PATTERN.fullmatch(parameter)
                    and variables
                    and all(QUALIFIED_VARIABLE_PATTERN.fullmatch(variable) for variable in variables)
                )
                if not plain or parameter in inputs:
                    self._add_finding(
                        "bpmn.service.input",
                        node,
                        name=parameter[:80],
                        variable=input_element.get("variable", "")[:120],
                    )
                inputs[parameter] = variables
            yield ServiceTask(
                name, operation, inputs, self._read_texts_by_language(node), self._lane_id_of_node(name)
            )

    def _read_gateways(self, process: etree._Element) -> Iterator[Gateway]:
        for node in self._children_with_id(process, "exclusiveGateway", "parallelGateway"):
            exclusive = node.tag == f"{BPMN_NAMESPACE}exclusiveGateway"
            kind: Literal["exclusive", "parallel"] = "exclusive" if exclusive else "parallel"
            yield Gateway(
                node.get("id", ""), kind, node.get("default", ""), self._read_texts_by_language(node)
            )

    def _read_timers(self, process: etree._Element) -> Iterator[TimerEvent]:
        for node in self._children_with_id(process, "boundaryEvent", "intermediateCatchEvent"):
            definitions = node.findall(f"{BPMN_NAMESPACE}timerEventDefinition")
            if len(definitions) != 1:
                self._add_finding("bpmn.timer.definition", node, count=len(definitions))
            policy = (
                self._read_depter_attribute(definitions[0], "policy", DOTTED_NAME_PATTERN)
                if definitions
                else ""
            )
            for definition in definitions:
                if not definition.get(f"{DEPTER_NAMESPACE}policy"):
                    self._add_finding("bpmn.timer.policy_missing", node)
                if len(definition) or (definition.text or "").strip():
                    self._add_finding("bpmn.timer.content", node)
            attached = node.get("attachedToRef", "") if node.tag == f"{BPMN_NAMESPACE}boundaryEvent" else ""
            if node.tag == f"{BPMN_NAMESPACE}boundaryEvent" and not attached:
                self._add_finding("bpmn.reference.dangling", node, attribute="attachedToRef", to="")
            interrupting = self._read_boolean_attribute(node, "cancelActivity", "true")
            anchor = self._read_deadline_anchor_variable(definitions[0]) if definitions else ""
            yield TimerEvent(
                node.get("id", ""), policy, attached, interrupting, self._read_texts_by_language(node), anchor
            )

    def _read_deadline_anchor_variable(self, element: etree._Element) -> str:
        """Return the start variable that a deadline is counted from."""
        anchor = element.get(f"{DEPTER_NAMESPACE}anchor", "")
        if anchor and not _is_start_variable(anchor):
            self._add_finding("bpmn.attribute.value", element, name="depter:anchor", value=anchor[:80])
        return str(anchor)

    def _read_flows(self, process: etree._Element) -> Iterator[SequenceFlow]:
        for node in self._children_with_id(process, "sequenceFlow"):
            source, target = node.get("sourceRef", ""), node.get("targetRef", "")
            yield SequenceFlow(
                node.get("id", ""),
                source,
                target,
                self._read_condition(node),
                self._read_texts_by_language(node),
            )

    def _read_condition(self, flow: etree._Element) -> ConditionExpression | None:
        conditions = flow.findall(f"{BPMN_NAMESPACE}conditionExpression")
        if not conditions:
            return None
        condition = conditions[0]
        kind = condition.get(XSI_TYPE_ATTRIBUTE, "tFormalExpression").split(":")[-1]
        if len(conditions) > 1 or len(condition) or kind != "tFormalExpression":
            self._add_finding("bpmn.flow.condition_form", flow)
        try:
            return parse_condition(condition.text or "")
        except ExpressionError as error:
            self._add_finding(error.code, flow, **error.params)
            return parse_condition("False")


def _is_start_variable(value: str) -> bool:
    return bool(QUALIFIED_VARIABLE_PATTERN.fullmatch(value)) and value.startswith("start.")
