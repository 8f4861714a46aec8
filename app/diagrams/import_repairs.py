"""Repairs that an imported drawing is offered, because what it says has an equivalent in profile 1. Pure.

Kinds: `types` (a task becomes a step of a person or an operation), `ids` (readable ids), `layout` (a drawing is
computed), `executable` (the process may run), `lanes` (one lane around everything), `foreign` (what other programs
noted is removed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from app.bpmn.profile import (
    BPMN_NAMESPACE,
    COLOUR_NAMESPACES,
    DEPTER_NAMESPACE,
    DRAWING_NAMESPACES,
    XSI_TYPE_ATTRIBUTE,
)
from app.diagrams import draft_file, layout, pool_and_lane, readable_ids
from app.kernel.errors import Invalid

TYPES, IDS, LAYOUT, EXECUTABLE, LANES, FOREIGN = "types", "ids", "layout", "executable", "lanes", "foreign"
ALL = "all"
EQUIVALENT_TAGS: Mapping[str, str] = {
    "task": "userTask",
    "manualTask": "userTask",
    "sendTask": "serviceTask",
    "scriptTask": "serviceTask",
    "businessRuleTask": "serviceTask",
}
_OWN_NAMESPACES = (BPMN_NAMESPACE, DEPTER_NAMESPACE, *DRAWING_NAMESPACES, *COLOUR_NAMESPACES)


@dataclass(frozen=True, slots=True)
class OfferedRepair:
    """One repair: its kind, the element ("" for the whole drawing), and what it has and would have."""

    kind: str
    element: str
    before: str = ""
    after: str = ""


def list_repairs_that_change_drawing(xml: str) -> list[OfferedRepair]:
    """Return every repair that would change a drawing. Raises Invalid for no BPMN file."""
    root = draft_file.parse_drawing(xml)
    found = [
        OfferedRepair(TYPES, element.get("id", ""), etree.QName(element).localname, new)
        for element, new in _elements_with_equivalent_tags(root)
    ]
    found += [
        OfferedRepair(IDS, old, old, new)
        for old, new in readable_ids.find_replacements_of_unreadable_ids(root).items()
    ]
    if list(_non_executable_processes(root)):
        found.append(OfferedRepair(EXECUTABLE, ""))
    if pool_and_lane.find_single_process_without_lane(root):
        found.append(OfferedRepair(LANES, ""))
    if _foreign_elements_and_attributes(root):
        found.append(OfferedRepair(FOREIGN, "", str(len(_foreign_elements_and_attributes(root)))))
    if _is_without_layout(root):
        found.append(OfferedRepair(LAYOUT, ""))
    return found


def apply_repair(xml: str, kind: str, element: str = "") -> str:
    """Return the drawing after a repair: everywhere, or of one element; `all` makes every one.

    Raises Invalid when there is nothing of this kind to repair.
    """
    root = draft_file.parse_drawing(xml)
    before = etree.tostring(root)
    for name, repair in _REPAIRS.items():
        if kind in (name, ALL):
            repair(root, element)
    if etree.tostring(root) == before:
        raise Invalid.field("kind", "diagrams.repair.unknown")
    return serialize_drawing(root)


def add_layout_if_missing(xml: str) -> str:
    """Return the drawing with a computed layout when it has none, else as it is. Raises Invalid."""
    root = draft_file.parse_drawing(xml)
    if not _is_without_layout(root):
        return xml
    layout.replace_layout_with_computed_one(root)
    return serialize_drawing(root)


def serialize_drawing(root: etree._Element) -> str:
    """Return the text of a drawing with an XML declaration."""
    etree.cleanup_namespaces(root, keep_ns_prefixes=["bpmn", "bpmndi", "dc", "di", "depter", "xsi"])
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode()


def _elements_with_equivalent_tags(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    for element in root.iter(f"{BPMN_NAMESPACE}*"):
        new = EQUIVALENT_TAGS.get(etree.QName(element).localname)
        if new is not None:
            yield element, new


def _non_executable_processes(root: etree._Element) -> Iterator[etree._Element]:
    for process in root.iterfind(f"{BPMN_NAMESPACE}process"):
        if process.get("isExecutable") != "true":
            yield process


def _is_without_layout(root: etree._Element) -> bool:
    """Return whether a process has nodes of which none is drawn."""
    has_nodes = any(draft_file.is_flow_node(element) for element in root.iter(f"{BPMN_NAMESPACE}*"))
    return has_nodes and next(root.iter(f"{DRAWING_NAMESPACES[0]}BPMNShape"), None) is None


def _foreign_elements_and_attributes(root: etree._Element) -> list[tuple[etree._Element, str]]:
    """Return elements, and attributes by name, of namespaces that profile 1 does not know."""
    found: list[tuple[etree._Element, str]] = []
    for element in root.iter(etree.Element):
        if not str(element.tag).startswith(_OWN_NAMESPACES):
            found.append((element, ""))
            continue
        names = [str(name) for name in element.attrib]
        found += [
            (element, name)
            for name in names
            if name.startswith("{") and name != XSI_TYPE_ATTRIBUTE and not name.startswith(_OWN_NAMESPACES)
        ]
    return found


def _replace_by_equivalent_tags(root: etree._Element, chosen: str) -> None:
    for element, new in list(_elements_with_equivalent_tags(root)):
        if chosen in ("", element.get("id")):
            for child in list(element):
                if etree.QName(child).localname in ("script",):
                    element.remove(child)
            for name in ("scriptFormat", "implementation", "messageRef", "operationRef"):
                element.attrib.pop(name, "")
            element.tag = f"{BPMN_NAMESPACE}{new}"


def _rename_unreadable_ids(root: etree._Element, chosen: str) -> None:
    renamed = readable_ids.find_replacements_of_unreadable_ids(root)
    readable_ids.rename_elements_and_references(
        root, {old: new for old, new in renamed.items() if chosen in ("", old)}
    )


def _add_missing_layout(root: etree._Element, _chosen: str) -> None:
    if _is_without_layout(root):
        layout.replace_layout_with_computed_one(root)


def _make_processes_executable(root: etree._Element, _chosen: str) -> None:
    for process in _non_executable_processes(root):
        process.set("isExecutable", "true")


def _remove_foreign_parts(root: etree._Element, _chosen: str) -> None:
    for element, name in _foreign_elements_and_attributes(root):
        parent = element.getparent()
        if name:
            element.attrib.pop(name, "")
        elif parent is not None:
            parent.remove(element)


def _add_missing_pool_and_lane(root: etree._Element, _chosen: str) -> None:
    for process in pool_and_lane.find_single_process_without_lane(root):
        pool_and_lane.put_process_into_one_lane(root, process)


_REPAIRS: Mapping[str, Callable[[etree._Element, str], None]] = {
    FOREIGN: _remove_foreign_parts,
    TYPES: _replace_by_equivalent_tags,
    IDS: _rename_unreadable_ids,
    EXECUTABLE: _make_processes_executable,
    LANES: _add_missing_pool_and_lane,
    LAYOUT: _add_missing_layout,
}
"""In this order: ids are made after the types are known, and a layout after everything has its id."""
