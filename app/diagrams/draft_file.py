"""Reading of a drawing that need not be of profile 1: its process, titles, forms, size and layout. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from app.bpmn.errors import DiagramError
from app.bpmn.expression import VARIABLE_PART_PATTERN
from app.bpmn.parse import MAX_DIAGRAM_NODES
from app.bpmn.profile import BPMN_NAMESPACE, DEPTER_NAMESPACE, DRAWING_NAMESPACES
from app.bpmn.reader import TITLE_LANGUAGES
from app.bpmn.safe_xml import MAX_DIAGRAM_BYTES, parse_xml
from app.kernel.errors import Invalid

NODE_SUFFIXES = ("Task", "Gateway", "Event")
NODE_TAGS = frozenset({"task", "subProcess", "transaction", "adHocSubProcess", "callActivity"})


@dataclass(frozen=True, slots=True)
class DrawingOutline:
    """The parts of a drawing that a list of drafts shows. `key` is "" when no process may have the id."""

    key: str
    titles: Mapping[str, str]
    form_names: frozenset[str]
    has_layout: bool


def read_drawing_outline(xml: str) -> DrawingOutline:
    """Read a drawing that is to be stored as a draft.

    Raises Invalid for the field `xml`: too large, no XML, a document type, no BPMN, or too many nodes.
    """
    root = parse_drawing(xml)
    nodes = sum(1 for element in root.iter(f"{BPMN_NAMESPACE}*") if is_flow_node(element))
    if nodes > MAX_DIAGRAM_NODES:
        raise Invalid.field("xml", "diagrams.draft.too_many_nodes", max=MAX_DIAGRAM_NODES, found=nodes)
    process = root.find(f"{BPMN_NAMESPACE}process")
    key = process.get("id", "") if process is not None else ""
    is_key = bool(VARIABLE_PART_PATTERN.fullmatch(key))
    return DrawingOutline(
        key=key if is_key else "",
        titles=_read_process_titles(process),
        form_names=_read_form_names(root) | ({f"{key}.start"} if is_key else set()),
        has_layout=next(root.iter(f"{DRAWING_NAMESPACES[0]}BPMNShape"), None) is not None,
    )


def parse_drawing(xml: str) -> etree._Element:
    """Parse a drawing and return its root, `definitions`. Raises Invalid for the field `xml`."""
    try:
        root = parse_xml(xml.encode())
    except DiagramError as error:
        code = error.findings[0].code
        if code == "bpmn.file.too_large":
            raise Invalid.field("xml", "diagrams.draft.too_large", max=MAX_DIAGRAM_BYTES // 1000) from None
        raise Invalid.field("xml", "diagrams.draft.not_xml") from None
    if root.tag != f"{BPMN_NAMESPACE}definitions":
        raise Invalid.field("xml", "diagrams.draft.not_bpmn")
    return root


def is_flow_node(element: etree._Element) -> bool:
    """Return whether an element is a node of BPMN 2.0, also one outside profile 1."""
    local = etree.QName(element).localname
    return local in NODE_TAGS or local.endswith(NODE_SUFFIXES)


def _read_process_titles(process: etree._Element | None) -> dict[str, str]:
    """Return the titles of the process by language; its name as the Kyrgyz one when it has no title."""
    if process is None:
        return {}
    titles = {
        language: " ".join((title.text or "").split())[:200]
        for title in process.iterfind(f"{BPMN_NAMESPACE}extensionElements/{DEPTER_NAMESPACE}title")
        if (language := title.get("lang", "")) in TITLE_LANGUAGES
    }
    titles = {language: text for language, text in titles.items() if text}
    name = " ".join(process.get("name", "").split())[:200]
    return titles or ({"ky": name} if name else {})


def _read_form_names(root: etree._Element) -> frozenset[str]:
    found = (task.get(f"{DEPTER_NAMESPACE}form", "") for task in root.iter(f"{BPMN_NAMESPACE}userTask"))
    return frozenset(name for name in found if name)
