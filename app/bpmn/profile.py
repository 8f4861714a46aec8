"""Profile 1: the elements and attributes a diagram may hold, and where. Everything else is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from lxml import etree

from app.bpmn.errors import Finding

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DEPTER = "{urn:depter:bpmn:1}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
DRAWING_NAMESPACES = (
    "{http://www.omg.org/spec/BPMN/20100524/DI}",
    "{http://www.omg.org/spec/DD/20100524/DC}",
    "{http://www.omg.org/spec/DD/20100524/DI}",
)
COLOUR_NAMESPACES = (
    "{http://bpmn.io/schema/bpmn/biocolor/1.0}",
    "{http://www.omg.org/spec/BPMN/non-normative/color/1.0}",
)

_TITLE_CHILDREN = ("extensionElements", "documentation")
_NODE_CHILDREN = (*_TITLE_CHILDREN, "incoming", "outgoing")
NODES = (
    "startEvent",
    "endEvent",
    "userTask",
    "serviceTask",
    "exclusiveGateway",
    "parallelGateway",
    "boundaryEvent",
    "intermediateCatchEvent",
)

CHILDREN: dict[str, tuple[str, ...]] = {
    "definitions": ("collaboration", "process"),
    "collaboration": ("participant", "documentation", "textAnnotation", "association"),
    "participant": ("documentation",),
    "process": (*_TITLE_CHILDREN, "laneSet", *NODES, "sequenceFlow", "textAnnotation", "association"),
    "laneSet": ("lane", "documentation"),
    "lane": (*_TITLE_CHILDREN, "flowNodeRef"),
    "startEvent": _NODE_CHILDREN,
    "endEvent": _NODE_CHILDREN,
    "userTask": _NODE_CHILDREN,
    "serviceTask": _NODE_CHILDREN,
    "exclusiveGateway": _NODE_CHILDREN,
    "parallelGateway": _NODE_CHILDREN,
    "boundaryEvent": (*_NODE_CHILDREN, "timerEventDefinition"),
    "intermediateCatchEvent": (*_NODE_CHILDREN, "timerEventDefinition"),
    "sequenceFlow": (*_TITLE_CHILDREN, "conditionExpression"),
    "textAnnotation": ("text", "documentation"),
    "association": ("documentation",),
}
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "definitions": ("targetNamespace", "name", "exporter", "exporterVersion"),
    "collaboration": ("name", "isClosed"),
    "participant": ("name", "processRef"),
    "process": ("name", "isExecutable", "isClosed", "processType"),
    "laneSet": ("name",),
    "lane": ("name",),
    **dict.fromkeys(NODES, ("name",)),
    "exclusiveGateway": ("name", "default", "gatewayDirection"),
    "parallelGateway": ("name", "gatewayDirection"),
    "boundaryEvent": ("name", "attachedToRef", "cancelActivity"),
    "sequenceFlow": ("name", "sourceRef", "targetRef"),
    "documentation": ("textFormat",),
    "textAnnotation": ("textFormat",),
    "association": ("sourceRef", "targetRef", "associationDirection"),
}
DEPTER_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "process": ("clause", "start"),
    "lane": ("role", "scope"),
    "userTask": ("form", "clause", "deadline", "approves", "assign", "rework", "anchor"),
    "serviceTask": ("operation",),
    "endEvent": ("outcome", "result"),
    "timerEventDefinition": ("policy", "anchor"),
}
EXTENSIONS: dict[str, tuple[str, ...]] = {
    "title": ("lang",),
    "about": ("lang",),
    "input": ("name", "variable"),
}


def element_name(element: etree._Element) -> str:
    """Return the id of an element, or its tag without namespace when it has none."""
    return str(element.get("id") or etree.QName(element).localname)


def find_violations(root: etree._Element) -> Iterator[Finding]:
    """Yield a finding for everything in the file that profile 1 does not list, in file order."""
    if root.tag != f"{BPMN}definitions":
        yield make_finding("bpmn.element.not_allowed", root, name=etree.QName(root).localname)
        return
    stack = [root]
    while stack:
        element = stack.pop()
        yield from _check_attributes(element)
        inner: list[etree._Element] = []
        for child in element:
            if not isinstance(child.tag, str):
                yield make_finding("bpmn.xml.entity", element)
            elif wrong := _misplaced_element(element, child):
                yield wrong
            else:
                inner.append(child)
        stack.extend(reversed(inner))


def _misplaced_element(parent: etree._Element, child: etree._Element) -> Finding | None:
    tag, name = str(child.tag), etree.QName(child).localname
    if tag.startswith(DRAWING_NAMESPACES):
        allowed = str(parent.tag).startswith(DRAWING_NAMESPACES) or parent.tag == f"{BPMN}definitions"
    elif tag.startswith(DEPTER):
        allowed = parent.tag == f"{BPMN}extensionElements" and name in EXTENSIONS
    elif tag.startswith(BPMN):
        local = etree.QName(parent).localname
        allowed = str(parent.tag).startswith(BPMN) and name in CHILDREN.get(local, ())
    else:
        return make_finding("bpmn.namespace.not_allowed", child, name=tag[:120])
    if allowed:
        return None
    return make_finding("bpmn.element.not_allowed", child, name=name, inside=etree.QName(parent).localname)


def _check_attributes(element: etree._Element) -> Iterator[Finding]:
    tag, local = str(element.tag), etree.QName(element).localname
    if tag.startswith(DRAWING_NAMESPACES):
        known = (*DRAWING_NAMESPACES, *COLOUR_NAMESPACES)
        for attribute in map(str, element.attrib):
            if attribute.startswith("{") and not attribute.startswith(known):
                yield make_finding("bpmn.attribute.not_allowed", element, name=attribute[:120])
        return
    for attribute in map(str, element.attrib):
        if not _attribute_allowed(tag, local, attribute):
            yield make_finding("bpmn.attribute.not_allowed", element, name=attribute[:120])


def _attribute_allowed(tag: str, local: str, attribute: str) -> bool:
    if tag.startswith(DEPTER):
        return attribute in EXTENSIONS.get(local, ())
    if attribute.startswith(DEPTER):
        return attribute.removeprefix(DEPTER) in DEPTER_ATTRIBUTES.get(local, ())
    if attribute == XSI_TYPE:
        return local == "conditionExpression"
    return attribute == "id" or attribute in ATTRIBUTES.get(local, ())


def make_finding(code: str, element: etree._Element, **params: Any) -> Finding:
    """Return a finding at the line of an element."""
    return Finding(code, element_line(element), element_name(element), params)


def element_line(element: etree._Element) -> int:
    """Return the line of the file on which an element opens, 1-based."""
    return cast("int | None", element.sourceline) or 0
