"""Profile 1: the elements and attributes a diagram may hold, and where. Everything else is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from lxml import etree

from app.bpmn.errors import DiagramFinding

BPMN_NAMESPACE = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DEPTER_NAMESPACE = "{urn:depter:bpmn:1}"
XSI_TYPE_ATTRIBUTE = "{http://www.w3.org/2001/XMLSchema-instance}type"
DRAWING_NAMESPACES = (
    "{http://www.omg.org/spec/BPMN/20100524/DI}",
    "{http://www.omg.org/spec/DD/20100524/DC}",
    "{http://www.omg.org/spec/DD/20100524/DI}",
)
COLOUR_NAMESPACES = (
    "{http://bpmn.io/schema/bpmn/biocolor/1.0}",
    "{http://www.omg.org/spec/BPMN/non-normative/color/1.0}",
)

_ANNOTATION_CHILDREN = ("extensionElements", "documentation")
_FLOW_NODE_CHILDREN = (*_ANNOTATION_CHILDREN, "incoming", "outgoing")
FLOW_NODE_TAGS = (
    "startEvent",
    "endEvent",
    "userTask",
    "serviceTask",
    "exclusiveGateway",
    "parallelGateway",
    "boundaryEvent",
    "intermediateCatchEvent",
)

ALLOWED_CHILDREN: dict[str, tuple[str, ...]] = {
    "definitions": ("collaboration", "process"),
    "collaboration": ("participant", "documentation", "textAnnotation", "association"),
    "participant": ("documentation",),
    "process": (
        *_ANNOTATION_CHILDREN,
        "laneSet",
        *FLOW_NODE_TAGS,
        "sequenceFlow",
        "textAnnotation",
        "association",
    ),
    "laneSet": ("lane", "documentation"),
    "lane": (*_ANNOTATION_CHILDREN, "flowNodeRef"),
    "startEvent": _FLOW_NODE_CHILDREN,
    "endEvent": _FLOW_NODE_CHILDREN,
    "userTask": _FLOW_NODE_CHILDREN,
    "serviceTask": _FLOW_NODE_CHILDREN,
    "exclusiveGateway": _FLOW_NODE_CHILDREN,
    "parallelGateway": _FLOW_NODE_CHILDREN,
    "boundaryEvent": (*_FLOW_NODE_CHILDREN, "timerEventDefinition"),
    "intermediateCatchEvent": (*_FLOW_NODE_CHILDREN, "timerEventDefinition"),
    "sequenceFlow": (*_ANNOTATION_CHILDREN, "conditionExpression"),
    "textAnnotation": ("text", "documentation"),
    "association": ("documentation",),
}
ALLOWED_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "definitions": ("targetNamespace", "name", "exporter", "exporterVersion"),
    "collaboration": ("name", "isClosed"),
    "participant": ("name", "processRef"),
    "process": ("name", "isExecutable", "isClosed", "processType"),
    "laneSet": ("name",),
    "lane": ("name",),
    **dict.fromkeys(FLOW_NODE_TAGS, ("name",)),
    "exclusiveGateway": ("name", "default", "gatewayDirection"),
    "parallelGateway": ("name", "gatewayDirection"),
    "boundaryEvent": ("name", "attachedToRef", "cancelActivity"),
    "sequenceFlow": ("name", "sourceRef", "targetRef"),
    "documentation": ("textFormat",),
    "textAnnotation": ("textFormat",),
    "association": ("sourceRef", "targetRef", "associationDirection"),
}
DEPTER_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "process": ("clause", "start", "starters"),
    "lane": ("role", "scope"),
    "userTask": ("form", "clause", "deadline", "approves", "assign", "rework", "anchor"),
    "serviceTask": ("operation",),
    "endEvent": ("outcome", "result"),
    "timerEventDefinition": ("policy", "anchor"),
}
EXTENSION_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "title": ("lang",),
    "about": ("lang",),
    "input": ("name", "variable"),
}


def element_id_or_tag(element: etree._Element) -> str:
    """Return the id of an element, or its tag without namespace when it has none."""
    return str(element.get("id") or etree.QName(element).localname)


def profile_violation_findings(root: etree._Element) -> Iterator[DiagramFinding]:
    """Yield a finding for everything in the file that profile 1 does not list, in file order."""
    if root.tag != f"{BPMN_NAMESPACE}definitions":
        yield make_finding("bpmn.element.not_allowed", root, name=etree.QName(root).localname)
        return
    stack = [root]
    while stack:
        element = stack.pop()
        yield from _forbidden_attribute_findings(element)
        inner: list[etree._Element] = []
        for child in element:
            if not isinstance(child.tag, str):
                yield make_finding("bpmn.xml.entity", element)
            elif wrong := _misplaced_element_finding(element, child):
                yield wrong
            else:
                inner.append(child)
        stack.extend(reversed(inner))


def _misplaced_element_finding(parent: etree._Element, child: etree._Element) -> DiagramFinding | None:
    tag, name = str(child.tag), etree.QName(child).localname
    if tag.startswith(DRAWING_NAMESPACES):
        allowed = (
            str(parent.tag).startswith(DRAWING_NAMESPACES) or parent.tag == f"{BPMN_NAMESPACE}definitions"
        )
    elif tag.startswith(DEPTER_NAMESPACE):
        allowed = parent.tag == f"{BPMN_NAMESPACE}extensionElements" and name in EXTENSION_ATTRIBUTES
    elif tag.startswith(BPMN_NAMESPACE):
        local = etree.QName(parent).localname
        allowed = str(parent.tag).startswith(BPMN_NAMESPACE) and name in ALLOWED_CHILDREN.get(local, ())
    else:
        return make_finding("bpmn.namespace.not_allowed", child, name=tag[:120])
    if allowed:
        return None
    return make_finding("bpmn.element.not_allowed", child, name=name, inside=etree.QName(parent).localname)


def _forbidden_attribute_findings(element: etree._Element) -> Iterator[DiagramFinding]:
    tag, local = str(element.tag), etree.QName(element).localname
    if tag.startswith(DRAWING_NAMESPACES):
        known = (*DRAWING_NAMESPACES, *COLOUR_NAMESPACES)
        for attribute in map(str, element.attrib):
            if attribute.startswith("{") and not attribute.startswith(known):
                yield make_finding("bpmn.attribute.not_allowed", element, name=attribute[:120])
        return
    for attribute in map(str, element.attrib):
        if not _is_attribute_allowed(tag, local, attribute):
            yield make_finding("bpmn.attribute.not_allowed", element, name=attribute[:120])


def _is_attribute_allowed(tag: str, local: str, attribute: str) -> bool:
    if tag.startswith(DEPTER_NAMESPACE):
        return attribute in EXTENSION_ATTRIBUTES.get(local, ())
    if attribute.startswith(DEPTER_NAMESPACE):
        return attribute.removeprefix(DEPTER_NAMESPACE) in DEPTER_ATTRIBUTES.get(local, ())
    if attribute == XSI_TYPE_ATTRIBUTE:
        return local == "conditionExpression"
    return attribute == "id" or attribute in ALLOWED_ATTRIBUTES.get(local, ())


def make_finding(code: str, element: etree._Element, **params: Any) -> DiagramFinding:
    """Return a finding at the line of an element."""
    return DiagramFinding(code, element_line_number(element), element_id_or_tag(element), params)


def element_line_number(element: etree._Element) -> int:
    """Return the line of the file on which an element opens, 1-based."""
    return cast("int | None", element.sourceline) or 0
