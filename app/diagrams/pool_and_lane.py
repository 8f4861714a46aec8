"""A pool with one lane around a process that has no lanes: every step of profile 1 lies in a lane. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from app.bpmn.profile import BPMN_NAMESPACE, DRAWING_NAMESPACES
from app.diagrams.draft_file import is_flow_node
from app.diagrams.layout_routes import Box

BPMNDI, DC, _DI = DRAWING_NAMESPACES
HEADER, MARGIN = 30, 40


def find_single_process_without_lane(root: etree._Element) -> list[etree._Element]:
    """Return the process when it is the only one and has no lane, else nothing."""
    processes = root.findall(f"{BPMN_NAMESPACE}process")
    return [
        one
        for one in processes
        if len(processes) == 1 and next(one.iter(f"{BPMN_NAMESPACE}lane"), None) is None
    ]


def put_process_into_one_lane(root: etree._Element, process: etree._Element) -> None:
    """Add what is absent of collaboration, pool and lane, and draw pool and lane around everything that is drawn."""
    taken = {str(element.get("id")) for element in root.iter(etree.Element) if element.get("id")}
    collaboration = root.find(f"{BPMN_NAMESPACE}collaboration")
    if collaboration is None:
        collaboration = etree.Element(
            f"{BPMN_NAMESPACE}collaboration", id=_make_unused_id("university", taken)
        )
        root.insert(root.index(process), collaboration)
    pool = collaboration.find(f"{BPMN_NAMESPACE}participant")
    if pool is None:
        pool = etree.SubElement(
            collaboration, f"{BPMN_NAMESPACE}participant", id=_make_unused_id("pool", taken)
        )
        pool.set("name", process.get("name", ""))
        pool.set("processRef", process.get("id", ""))
    for empty in process.findall(f"{BPMN_NAMESPACE}laneSet"):
        process.remove(empty)
    lanes = etree.Element(f"{BPMN_NAMESPACE}laneSet", id=_make_unused_id("lanes", taken))
    lane = etree.SubElement(lanes, f"{BPMN_NAMESPACE}lane", id=_make_unused_id("lane_first", taken))
    for node in process:
        if isinstance(node.tag, str) and is_flow_node(node) and node.get("id"):
            etree.SubElement(lane, f"{BPMN_NAMESPACE}flowNodeRef").text = node.get("id")
    process.insert(_insert_position_of_lanes(process), lanes)
    _draw_pool_and_lane(root, collaboration, str(pool.get("id")), str(lane.get("id")))


def _insert_position_of_lanes(process: etree._Element) -> int:
    """Return the place behind documentation and extensions, as the schema of BPMN orders them."""
    first = [
        number
        for number, child in enumerate(process)
        if _local_tag_name(child) in ("documentation", "extensionElements")
    ]
    return max(first, default=-1) + 1


def _local_tag_name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _draw_pool_and_lane(root: etree._Element, collaboration: etree._Element, pool: str, lane: str) -> None:
    plane = next(root.iter(f"{BPMNDI}BPMNPlane"), None)
    if plane is None:
        return
    plane.set("bpmnElement", str(collaboration.get("id")))
    for shape in plane.findall(f"{BPMNDI}BPMNShape"):
        if shape.get("bpmnElement") == pool:
            plane.remove(shape)
    drawn = [box for shape in plane.iter(f"{BPMNDI}BPMNShape") if (box := _read_shape_box(shape)) is not None]
    if not drawn:
        return
    around = _bounding_box(drawn)
    inner = Box(around.x - MARGIN, around.y - MARGIN, around.width + 2 * MARGIN, around.height + 2 * MARGIN)
    _insert_shape(plane, 0, pool, Box(inner.x - HEADER, inner.y, inner.width + HEADER, inner.height))
    _insert_shape(plane, 1, lane, inner)


def _read_shape_box(shape: etree._Element) -> Box | None:
    bounds = shape.find(f"{DC}Bounds")
    if bounds is None:
        return None
    try:
        return Box(*(round(float(bounds.get(part, "0"))) for part in ("x", "y", "width", "height")))
    except (ValueError, OverflowError):
        return None


def _bounding_box(boxes: Iterable[Box]) -> Box:
    all_boxes = list(boxes)
    x, y = min(box.x for box in all_boxes), min(box.y for box in all_boxes)
    return Box(x, y, max(box.right for box in all_boxes) - x, max(box.bottom for box in all_boxes) - y)


def _insert_shape(plane: etree._Element, place: int, element: str, box: Box) -> None:
    shape = etree.Element(
        f"{BPMNDI}BPMNShape", {"id": f"{element}_di", "bpmnElement": element, "isHorizontal": "true"}
    )
    size = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    etree.SubElement(shape, f"{DC}Bounds", {name: str(value) for name, value in size.items()})
    plane.insert(place, shape)


def _make_unused_id(wanted: str, taken: set[str]) -> str:
    found, number = wanted, 2
    while found in taken:
        found, number = f"{wanted}_{number}", number + 1
    taken.add(found)
    return found
