"""The walk from XML elements to the Model; notes every id's line and what is missing or misspelt on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from lxml import etree

from app.bpmn.errors import ExpressionError, Finding
from app.bpmn.expression import NAME, Expression, parse_expression
from app.bpmn.model import NEUTRAL, RESULTS, End, Flow, Gateway, Lane, Model, Service, Start, Timer, UserTask
from app.bpmn.profile import BPMN, DEPTER, NODES, XSI_TYPE, finding, line_of

LANGUAGES = ("ky", "ru", "en")
ASSIGN = ("", "deputy", "requester")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,79}")
RESERVED = ("Start", "End", "Root", "start")
FACT = re.compile(r"[a-z][a-z0-9_]{0,59}\.[a-z][a-z0-9_]{0,59}")
FORM = re.compile(r"[a-z][a-z0-9_]{0,59}(\.[a-z][a-z0-9_]{0,59})?")
POLICY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


class Reader:
    """Reads one file. `lines` maps ids to lines, `membership` a node to the lanes that name it."""

    def __init__(self, root: etree._Element, findings: list[Finding]) -> None:
        self.root = root
        self.findings = findings
        self.lines: dict[str, int] = {}
        self.membership: dict[str, list[str]] = {}

    def model(self, digest: str) -> Model | None:
        """The Model, complete as far as it could be read; None when there is no single process to read."""
        self._ids()
        process = self._process()
        if process is None:
            return None
        lanes = {lane.id: lane for lane in self._lanes(process)}
        flows = {flow.id: flow for flow in self._flows(process)}
        tasks = {task.id: task for task in self._user_tasks(process)}
        services = {service.id: service for service in self._services(process)}
        read = {name for flow in flows.values() if flow.condition for name in flow.condition.names}
        read |= {name for service in services.values() for names in service.inputs.values() for name in names}
        read |= {lane.scope for lane in lanes.values() if lane.scope}
        read |= {task.assign for task in tasks.values() if task.named}
        timers = {timer.id: timer for timer in self._timers(process)}
        read |= {task.anchor for task in tasks.values() if task.anchor}
        read |= {timer.anchor for timer in timers.values() if timer.anchor}
        return Model(
            key=process.get("id", ""),
            clause=process.get(f"{DEPTER}clause", ""),
            start=self._required(process, "start"),
            titles=self._titles(process),
            lanes=lanes,
            user_tasks=tasks,
            services=services,
            gateways={gateway.id: gateway for gateway in self._gateways(process)},
            timers=timers,
            flows=flows,
            ends={node.get("id", ""): self._end(node) for node in self._each(process, "endEvent")},
            starts={
                node.get("id", ""): Start(node.get("id", ""), self._titles(node))
                for node in self._each(process, "startEvent")
            },
            facts=frozenset(read),
            digest=digest,
            lines=self.lines,
            about=self._titles(process, "about"),
        )

    def _note(self, code: str, element: etree._Element, **params: str | int) -> None:
        self.findings.append(finding(code, element, **params))

    def _ids(self) -> None:
        """Every id once in the file, of a plain form; flow nodes and flows must have one."""
        seen: set[str] = set()
        for element in self.root.iter(etree.Element):
            name = element.get("id")
            local = etree.QName(element).localname
            if name is None:
                if str(element.tag).startswith(BPMN) and local in (*NODES, "sequenceFlow", "process", "lane"):
                    self._note("bpmn.id.missing", element)
                continue
            if name in seen:
                self._note("bpmn.id.duplicate", element, id=name[:80])
            seen.add(name)
            if not str(element.tag).startswith(BPMN):
                continue
            self.lines.setdefault(name, line_of(element))
            strict = local in ("userTask", "serviceTask", "process")
            if not (NAME if strict else IDENTIFIER).fullmatch(name):
                self._note("bpmn.id.pattern", element, id=name[:80])
            if local in NODES and name in (RESERVED if strict else RESERVED[:3]):
                self._note("bpmn.id.reserved", element, id=name[:80])

    def _process(self) -> etree._Element | None:
        processes = self.root.findall(f"{BPMN}process")
        if len(processes) != 1:
            self._note("bpmn.process.count", self.root, count=len(processes))
            return None
        process = processes[0]
        if process.get("isExecutable") != "true":
            self._note("bpmn.process.not_executable", process)
        pools = self.root.findall(f"{BPMN}collaboration/{BPMN}participant")
        if len(pools) > 1:
            self._note("bpmn.process.pools", pools[1], count=len(pools))
        for pool in pools:
            if pool.get("processRef") != process.get("id"):
                self._note(
                    "bpmn.reference.dangling", pool, attribute="processRef", to=pool.get("processRef", "")
                )
        return process

    def _each(self, parent: etree._Element, *names: str) -> Iterator[etree._Element]:
        for element in parent:
            if element.tag in {f"{BPMN}{name}" for name in names} and element.get("id"):
                yield element

    def _required(self, element: etree._Element, attribute: str) -> str:
        value = self._word(element, attribute)
        if not value:
            self._note("bpmn.attribute.missing", element, name=f"depter:{attribute}")
        return value

    def _word(self, element: etree._Element, attribute: str, form: re.Pattern[str] = NAME) -> str:
        value = element.get(f"{DEPTER}{attribute}", "")
        if value and not form.fullmatch(value):
            self._note("bpmn.attribute.value", element, name=f"depter:{attribute}", value=value[:80])
        return value

    def _end(self, node: etree._Element) -> End:
        outcome, result = self._word(node, "outcome"), self._word(node, "result") or NEUTRAL
        if result not in RESULTS:
            self._note("bpmn.attribute.value", node, name="depter:result", value=result[:80])
        return End(node.get("id", ""), self._titles(node), outcome, result)

    def _flag(self, element: etree._Element, attribute: str, default: str = "false") -> bool:
        value = element.get(attribute, default)
        if value not in ("true", "false"):
            self._note("bpmn.attribute.value", element, name=attribute.removeprefix(DEPTER), value=value[:80])
        return value == "true"

    def _titles(self, element: etree._Element, word: str = "title") -> dict[str, str]:
        titles: dict[str, str] = {}
        for title in element.iterfind(f"{BPMN}extensionElements/{DEPTER}{word}"):
            language, text = title.get("lang", ""), " ".join((title.text or "").split())
            if language not in LANGUAGES or language in titles or not text or len(title):
                self._note("bpmn.title.wrong", element, lang=language[:20])
            titles[language] = text
        return titles

    def _lanes(self, process: etree._Element) -> Iterator[Lane]:
        for lane in process.iterfind(f"{BPMN}laneSet/{BPMN}lane"):
            name = lane.get("id", "")
            for reference in lane.iterfind(f"{BPMN}flowNodeRef"):
                node = (reference.text or "").strip()
                self.membership.setdefault(node, []).append(name)
                if node not in self.lines:
                    self._note("bpmn.reference.dangling", lane, attribute="flowNodeRef", to=node[:80])
            scope = lane.get(f"{DEPTER}scope", "")
            if scope and not _start_fact(scope):
                self._note("bpmn.attribute.value", lane, name="depter:scope", value=scope[:80])
            yield Lane(name, self._required(lane, "role"), scope, self._titles(lane))

    def _lane(self, node: str) -> str:
        return next(iter(self.membership.get(node, ())), "")

    def _user_tasks(self, process: etree._Element) -> Iterator[UserTask]:
        for node in self._each(process, "userTask"):
            name, assign = node.get("id", ""), node.get(f"{DEPTER}assign", "")
            if assign not in ASSIGN and not _start_fact(assign):
                self._note("bpmn.attribute.value", node, name="depter:assign", value=assign[:80])
            yield UserTask(
                id=name,
                form=self._word(node, "form", FORM),
                clause=node.get(f"{DEPTER}clause", ""),
                deadline=self._word(node, "deadline", POLICY),
                approves=self._flag(node, f"{DEPTER}approves"),
                titles=self._titles(node),
                lane=self._lane(name),
                assign=assign,
                rework=self._flag(node, f"{DEPTER}rework"),
                anchor=self._anchor(node),
            )

    def _services(self, process: etree._Element) -> Iterator[Service]:
        for node in self._each(process, "serviceTask"):
            name = node.get("id", "")
            operation = self._word(node, "operation", POLICY)
            if not operation:
                self._note("bpmn.attribute.missing", node, name="depter:operation")
            inputs: dict[str, tuple[str, ...]] = {}
            for given in node.iterfind(f"{BPMN}extensionElements/{DEPTER}input"):
                parameter, facts = given.get("name", ""), tuple(given.get("fact", "").split())
                plain = NAME.fullmatch(parameter) and facts and all(FACT.fullmatch(fact) for fact in facts)
                if not plain or parameter in inputs:
                    self._note(
                        "bpmn.service.input", node, name=parameter[:80], fact=given.get("fact", "")[:120]
                    )
                inputs[parameter] = facts
            yield Service(name, operation, inputs, self._titles(node), self._lane(name))

    def _gateways(self, process: etree._Element) -> Iterator[Gateway]:
        for node in self._each(process, "exclusiveGateway", "parallelGateway"):
            exclusive = node.tag == f"{BPMN}exclusiveGateway"
            kind: Literal["exclusive", "parallel"] = "exclusive" if exclusive else "parallel"
            yield Gateway(node.get("id", ""), kind, node.get("default", ""), self._titles(node))

    def _timers(self, process: etree._Element) -> Iterator[Timer]:
        for node in self._each(process, "boundaryEvent", "intermediateCatchEvent"):
            definitions = node.findall(f"{BPMN}timerEventDefinition")
            if len(definitions) != 1:
                self._note("bpmn.timer.definition", node, count=len(definitions))
            policy = self._word(definitions[0], "policy", POLICY) if definitions else ""
            for definition in definitions:
                if not definition.get(f"{DEPTER}policy"):
                    self._note("bpmn.timer.policy_missing", node)
                if len(definition) or (definition.text or "").strip():
                    self._note("bpmn.timer.content", node)
            attached = node.get("attachedToRef", "") if node.tag == f"{BPMN}boundaryEvent" else ""
            if node.tag == f"{BPMN}boundaryEvent" and not attached:
                self._note("bpmn.reference.dangling", node, attribute="attachedToRef", to="")
            interrupting = self._flag(node, "cancelActivity", "true")
            anchor = self._anchor(definitions[0]) if definitions else ""
            yield Timer(node.get("id", ""), policy, attached, interrupting, self._titles(node), anchor)

    def _anchor(self, element: etree._Element) -> str:
        """The start fact a term is counted from."""
        anchor = element.get(f"{DEPTER}anchor", "")
        if anchor and not _start_fact(anchor):
            self._note("bpmn.attribute.value", element, name="depter:anchor", value=anchor[:80])
        return str(anchor)

    def _flows(self, process: etree._Element) -> Iterator[Flow]:
        for node in self._each(process, "sequenceFlow"):
            source, target = node.get("sourceRef", ""), node.get("targetRef", "")
            yield Flow(node.get("id", ""), source, target, self._condition(node), self._titles(node))

    def _condition(self, flow: etree._Element) -> Expression | None:
        conditions = flow.findall(f"{BPMN}conditionExpression")
        if not conditions:
            return None
        condition = conditions[0]
        kind = condition.get(XSI_TYPE, "tFormalExpression").split(":")[-1]
        if len(conditions) > 1 or len(condition) or kind != "tFormalExpression":
            self._note("bpmn.flow.condition_form", flow)
        try:
            return parse_expression(condition.text or "")
        except ExpressionError as error:
            self._note(error.code, flow, **error.params)
            return parse_expression("False")


def _start_fact(value: str) -> bool:
    return bool(FACT.fullmatch(value)) and value.startswith("start.")
