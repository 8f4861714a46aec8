"""One process of a BPMN file as tests change it: find and insert elements, move flows, drop what nothing reaches."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from app.bpmn.model import ProcessModel
from app.bpmn.profile import BPMN_NAMESPACE as BPMN
from app.bpmn.profile import DEPTER_NAMESPACE as DEPTER
from app.bpmn.profile import FLOW_NODE_TAGS
from app.diagrams.lint.context import LintContext

CONDITION = f"{BPMN}conditionExpression"


class NotPossible(Exception):
    """Raised by an operator that finds nothing to change in this diagram."""


class EditedDiagram:
    """A parsed file, its model before the change, the texts of its forms, and the source of chance."""

    def __init__(
        self, xml: bytes, model: ProcessModel, forms: Mapping[str, str], chance: random.Random
    ) -> None:
        self.root = etree.fromstring(xml)
        context = LintContext(model, forms)
        self.forms = list(context.forms.values())
        self.known_variables = context.known_variables
        self.model, self.chance = model, chance
        self.process = self.root.find(f"{BPMN}process")
        for drawing in [one for one in self.root if not str(one.tag).startswith(BPMN)]:
            self.root.remove(drawing)

    def xml(self) -> bytes:
        """Return the changed file."""
        return etree.tostring(self.root)

    def choose(self, options: Any) -> Any:
        """Return one of the options. Raises NotPossible when there is none."""
        found = list(options)
        if not found:
            raise NotPossible
        return self.chance.choice(found)

    def nodes(self, *tags: str) -> list[etree._Element]:
        """Return the flow nodes with these tags, all without any."""
        wanted = {f"{BPMN}{tag}" for tag in tags or FLOW_NODE_TAGS}
        return [one for one in self.process if one.tag in wanted]

    def node(self, name: str) -> etree._Element:
        return next(one for one in self.process if one.get("id") == name)

    def flows(self, source: str = "", target: str = "") -> list[etree._Element]:
        """Return the sequence flows from or to an element."""
        return [
            flow
            for flow in self.process.findall(f"{BPMN}sequenceFlow")
            if (not source or flow.get("sourceRef") == source)
            and (not target or flow.get("targetRef") == target)
        ]

    def conditions(self) -> list[etree._Element]:
        return list(self.process.iter(CONDITION))

    def lanes(self) -> list[etree._Element]:
        return list(self.process.iter(f"{BPMN}lane"))

    def set_condition(self, flow: etree._Element, text: str | None) -> None:
        """Give a flow this condition; None takes it away."""
        for old in flow.findall(CONDITION):
            flow.remove(old)
        if text is not None:
            etree.SubElement(flow, CONDITION).text = text

    def add_node(self, tag: str, like: str, **attributes: str) -> str:
        """Add an element to the lane of another one; return its id."""
        name = f"new_{tag.lower()}_{len(self.nodes())}"
        node = etree.SubElement(self.process, f"{BPMN}{tag}", id=name)
        for key, value in attributes.items():
            node.set(f"{DEPTER}{key}", value)
        titles = etree.SubElement(node, f"{BPMN}extensionElements")
        for language in ("ky", "ru", "en"):
            etree.SubElement(titles, f"{DEPTER}title", lang=language).text = name
        self.put_into_lane(name, self.lane_of(like))
        return name

    def add_flow(self, source: str, target: str) -> etree._Element:
        name = f"new_flow_{len(self.flows())}_{source}_{target}"[:79]
        return etree.SubElement(
            self.process, f"{BPMN}sequenceFlow", id=name, sourceRef=source, targetRef=target
        )

    def lane_of(self, name: str) -> etree._Element:
        return next(
            lane for lane in self.lanes() if any(one.text == name for one in lane.iter(f"{BPMN}flowNodeRef"))
        )

    def put_into_lane(self, name: str, lane: etree._Element) -> None:
        """Move an element to a lane, out of the one it was in."""
        for other in self.lanes():
            for reference in [one for one in other.findall(f"{BPMN}flowNodeRef") if one.text == name]:
                other.remove(reference)
        etree.SubElement(lane, f"{BPMN}flowNodeRef").text = name

    def remove_node(self, name: str) -> None:
        """Remove an element with its flows, its timers and its place in a lane."""
        for timer in [one for one in self.nodes("boundaryEvent") if one.get("attachedToRef") == name]:
            self.remove_node(timer.get("id", ""))
        for flow in [*self.flows(source=name), *self.flows(target=name)]:
            self._remove_flow(flow)
        for lane in self.lanes():
            for reference in [one for one in lane.findall(f"{BPMN}flowNodeRef") if one.text == name]:
                lane.remove(reference)
        self.process.remove(self.node(name))

    def bridge(self, name: str) -> None:
        """Remove an element with one way out; what led to it leads on to what follows it."""
        onward = self.flows(source=name)
        if len(onward) != 1 or onward[0].get("targetRef") == name:
            raise NotPossible
        for flow in self.flows(target=name):
            flow.set("targetRef", onward[0].get("targetRef", ""))
        self.remove_node(name)
        self.forget_variables(name)

    def prune(self) -> None:
        """Remove the elements that nothing leads to any more, and what only they led to."""
        while True:
            reached = self._reached()
            lost = [one.get("id", "") for one in self.nodes() if one.get("id") not in reached]
            if not lost:
                return
            self.remove_node(lost[0])
            self.forget_variables(lost[0])

    def forget_variables(self, owner: str) -> None:
        """Let conditions and inputs read nothing of an element that is gone: one of its values counts as given."""
        pattern = re.compile(rf"\b{owner}\.\w+ *(==|!=|in) *(\[[^\]]*\]|'[^']*')")
        texts = [match.group() for one in self.conditions() for match in pattern.finditer(one.text or "")]
        approved = [text for text in texts if "approve" in text]
        given = self.chance.choice(approved or texts or [""])
        for one in self.conditions():
            one.text = pattern.sub(lambda match: str(match.group() == given), one.text or "")
        for one in self.process.iter(f"{DEPTER}input"):
            kept = [name for name in one.get("variable", "").split() if not name.startswith(f"{owner}.")]
            one.set("variable", " ".join(kept))

    def _remove_flow(self, flow: etree._Element) -> None:
        for gateway in self.nodes("exclusiveGateway"):
            if gateway.get("default") == flow.get("id"):
                del gateway.attrib["default"]
        if flow.getparent() is not None:
            self.process.remove(flow)

    def _reached(self) -> set[str]:
        found: set[str] = set()
        ahead = [one.get("id", "") for one in self.nodes("startEvent")]
        while ahead:
            name = ahead.pop()
            if name not in found:
                found.add(name)
                ahead += [flow.get("targetRef", "") for flow in self.flows(source=name)]
                ahead += [
                    one.get("id", "")
                    for one in self.nodes("boundaryEvent")
                    if one.get("attachedToRef") == name
                ]
        return found


def flow_pairs(edited: EditedDiagram) -> Iterator[tuple[etree._Element, str]]:
    """Yield every flow with every other element that it could lead to."""
    boundary_or_start = {one.get("id") for one in edited.nodes("boundaryEvent", "startEvent")}
    for flow in edited.flows():
        for node in edited.nodes():
            name = node.get("id", "")
            if name not in boundary_or_start and name not in (flow.get("targetRef"), flow.get("sourceRef")):
                yield flow, name
