"""Layout of drawings without one: nodes apart, each in its lane, every flow drawn, the same bytes each time."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from app.bpmn.parse import parse_diagram
from app.bpmn.profile import BPMN_NAMESPACE, DRAWING_NAMESPACES
from app.diagrams import draft_file, import_repairs, layout
from app.diagrams.layout_routes import Box
from app.kernel.settings import PROJECT_DIR

SHIPPED = sorted((PROJECT_DIR / "workflows").glob("*.bpmn"))
BPMNDI, DC, DI = DRAWING_NAMESPACES


def stripped(path: Path) -> str:
    """The shipped drawing without its layout."""
    root = draft_file.parse_drawing(path.read_text(encoding="utf-8"))
    for diagram in root.findall(f"{BPMNDI}BPMNDiagram"):
        root.remove(diagram)
    return import_repairs.serialize_drawing(root)


def drawn(xml: str) -> tuple[etree._Element, dict[str, Box], dict[str, list[tuple[int, int]]]]:
    """Root, boxes and lines of a drawing by element, read from its layout."""
    root = draft_file.parse_drawing(xml)
    boxes, lines = {}, {}
    for shape in root.iter(f"{BPMNDI}BPMNShape"):
        bounds = shape.find(f"{DC}Bounds")
        boxes[shape.get("bpmnElement")] = Box(
            *(int(bounds.get(part)) for part in ("x", "y", "width", "height"))
        )
    for edge in root.iter(f"{BPMNDI}BPMNEdge"):
        points = [(int(one.get("x")), int(one.get("y"))) for one in edge.findall(f"{DI}waypoint")]
        lines[edge.get("bpmnElement")] = points
    return root, boxes, lines


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_diagram_without_its_layout_gets_a_readable_one(path: Path):
    xml = import_repairs.add_layout_if_missing(stripped(path))
    assert xml == import_repairs.add_layout_if_missing(stripped(path)), (
        "the layout depends on the drawing alone"
    )
    model = parse_diagram(xml.encode())
    root, boxes, lines = drawn(xml)
    attached = {timer.id: timer.attached_to for timer in model.timers.values() if timer.attached_to}

    assert set(boxes) >= {*model.node_ids, *model.lanes} and set(lines) >= set(model.flows)
    for one in model.node_ids:
        for other in model.node_ids:
            if one < other and attached.get(one) != other and attached.get(other) != one:
                assert not boxes[one].overlaps(boxes[other]), (one, other)
    for lane in root.iter(f"{BPMN_NAMESPACE}lane"):
        for reference in lane.iterfind(f"{BPMN_NAMESPACE}flowNodeRef"):
            assert boxes[lane.get("id")].contains(boxes[reference.text]), (lane.get("id"), reference.text)
    for flow, points in lines.items():
        if flow not in model.flows:
            continue
        assert len(points) > 1
        for (x, y), (next_x, next_y) in pairwise(points):
            assert x == next_x or y == next_y, (flow, points)
        ends = {model.flows[flow].source, model.flows[flow].target}
        crossed = [node for node in model.node_ids if node not in ends and _crosses(points, boxes[node])]
        assert [node for node in crossed if attached.get(node) not in ends] == [], (flow, crossed)


def _crosses(points: list[tuple[int, int]], box: Box) -> bool:
    inner = Box(box.x + 1, box.y + 1, box.width - 2, box.height - 2)
    return any(
        inner.overlaps(Box(min(x, u), min(y, v), max(abs(x - u), 1), max(abs(y - v), 1)))
        for (x, y), (u, v) in pairwise(points)
    )


def test_columns_follow_the_longest_path_and_returns_do_not_count():
    root = draft_file.parse_drawing(stripped(PROJECT_DIR / "workflows" / "late_correction.bpmn"))
    graph = layout.read_drawn_graph(root.find(f"{BPMN_NAMESPACE}process"))
    boxes = layout.compute_node_boxes(graph)
    model = parse_diagram((PROJECT_DIR / "workflows" / "late_correction.bpmn").read_bytes())
    for task in ("endorse_department_head", "forward_directorate", "decide_academic_office"):
        for later in model.task_ids_after(task) - {"rework_teacher"}:
            assert boxes[task].centre_x < boxes[later].centre_x, (task, later)


def test_a_drawing_with_a_layout_keeps_it():
    xml = (PROJECT_DIR / "workflows" / "excuse.bpmn").read_text(encoding="utf-8")
    assert import_repairs.add_layout_if_missing(xml) == xml


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_no_line_of_a_shipped_drawing_runs_along_or_across_a_step(path: Path):
    root, boxes, lines = drawn(path.read_text(encoding="utf-8"))
    steps = {
        element.get("id"): boxes[element.get("id")]
        for kind in ("userTask", "serviceTask")
        for element in root.iter(f"{BPMN_NAMESPACE}{kind}")
    }
    for flow, points in lines.items():
        for (x1, y1), (x2, y2) in pairwise(points):
            for step, box in steps.items():
                level = x1 == x2
                beside = (x1, box.x, box.right) if level else (y1, box.y, box.bottom)
                near, first, last = beside
                span = (y1, y2, box.y, box.bottom) if level else (x1, x2, box.x, box.right)
                shared = min(max(span[:2]), span[3]) - max(min(span[:2]), span[2])
                assert not (shared > 6 and first - 5 < near < last + 5), (flow, step)
