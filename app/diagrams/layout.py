"""Layout of a drawing that has none: lanes as rows, columns by longest path, orthogonal flows. Pure.

Only profile 1 and what an import may still contain is laid out: one pool, its lanes, flow nodes, flows and
notes. The result depends on the XML alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree

from app.bpmn.profile import BPMN_NAMESPACE, DRAWING_NAMESPACES
from app.diagrams.draft_file import is_flow_node
from app.diagrams.layout_routes import BOTTOM, RIGHT, TOP, Box, Point, compute_flow_route

BPMNDI, DC, DI = DRAWING_NAMESPACES
NAMESPACE_MAP = {"bpmndi": BPMNDI[1:-1], "dc": DC[1:-1], "di": DI[1:-1]}
COLUMN_WIDTH, ROW_HEIGHT = 170, 130
TASK_WIDTH, TASK_HEIGHT, EVENT_SIZE, GATEWAY_SIZE = 110, 80, 36, 50
POOL_X, POOL_Y, LANE_HEADER, POOL_HEADER, MARGIN = 160, 80, 30, 30, 40
LABEL_HEIGHT, LABEL_WIDTH = 27, 90


@dataclass(frozen=True, slots=True)
class DrawnGraph:
    """The nodes of a process in file order with their lanes and flows; `hosts` of attached events."""

    nodes: Mapping[str, etree._Element]
    lanes: Mapping[str, str]
    lane_order: tuple[str, ...]
    flows: Mapping[str, tuple[str, str]]
    hosts: Mapping[str, str]


def replace_layout_with_computed_one(root: etree._Element) -> None:
    """Replace the layout of a drawing by a computed one, in place; without a process nothing changes."""
    process = root.find(f"{BPMN_NAMESPACE}process")
    if process is None:
        return
    graph = read_drawn_graph(process)
    boxes = compute_node_boxes(graph)
    lanes = compute_lane_boxes(graph, boxes)
    for old in root.findall(f"{BPMNDI}BPMNDiagram"):
        root.remove(old)
    _write_layout(root, process, graph, boxes, lanes)


def read_drawn_graph(process: etree._Element) -> DrawnGraph:
    """Read nodes, lanes and flows; what refers to an unknown element is left out."""
    nodes = {
        element.get("id", ""): element
        for element in process
        if isinstance(element.tag, str) and is_flow_node(element) and element.get("id")
    }
    hosts = {
        name: host
        for name, element in nodes.items()
        if (host := element.get("attachedToRef", "")) in nodes and host != name
    }
    lanes: dict[str, str] = {}
    order: list[str] = []
    for lane in process.iter(f"{BPMN_NAMESPACE}lane"):
        if lane.find(f"{BPMN_NAMESPACE}childLaneSet") is not None or not lane.get("id"):
            continue
        order.append(lane.get("id", ""))
        for reference in lane.iterfind(f"{BPMN_NAMESPACE}flowNodeRef"):
            lanes.setdefault((reference.text or "").strip(), lane.get("id", ""))
    flows = {
        flow.get("id", ""): (flow.get("sourceRef", ""), flow.get("targetRef", ""))
        for flow in process.iterfind(f"{BPMN_NAMESPACE}sequenceFlow")
        if flow.get("id") and flow.get("sourceRef") in nodes and flow.get("targetRef") in nodes
    }
    first = order[0] if order else ""
    return DrawnGraph(
        nodes, {name: lanes.get(hosts.get(name, name), first) for name in nodes}, tuple(order), flows, hosts
    )


def compute_node_boxes(graph: DrawnGraph) -> dict[str, Box]:
    """Return a box for each node: its column by the longest path to it, its row by its lane."""
    columns = _compute_column_by_node(graph)
    rows: dict[str, int] = {}
    top, boxes = POOL_Y, {}
    for lane in graph.lane_order or ("",):
        members = [name for name in columns if graph.lanes[name] == lane]
        used: dict[int, int] = {}
        for name in sorted(members, key=lambda name: (columns[name], list(columns).index(name))):
            rows[name] = used.get(columns[name], 0)
            used[columns[name]] = rows[name] + 1
        for name in members:
            width, height = _drawn_size_of_element(graph.nodes[name])
            centre_x = POOL_X + POOL_HEADER + LANE_HEADER + MARGIN + COLUMN_WIDTH * columns[name]
            centre_x += TASK_WIDTH // 2
            centre_y = top + MARGIN // 2 + ROW_HEIGHT * rows[name] + ROW_HEIGHT // 2
            boxes[name] = Box(centre_x - width // 2, centre_y - height // 2, width, height)
        top += ROW_HEIGHT * max(used.values(), default=1) + MARGIN
    _place_attached_events(graph, boxes)
    return {name: boxes[name] for name in graph.nodes if name in boxes}


def compute_lane_boxes(graph: DrawnGraph, boxes: Mapping[str, Box]) -> dict[str, Box]:
    """Return a box for each lane, one under the other; the pool has the id ""."""
    right = max((box.right for box in boxes.values()), default=POOL_X + 400) + MARGIN
    found, top = {}, POOL_Y
    for lane in graph.lane_order or ("",):
        members = [
            box for name, box in boxes.items() if graph.lanes[name] == lane and name not in graph.hosts
        ]
        count = max(
            (round((box.centre_y - top - MARGIN // 2) / ROW_HEIGHT + 0.5) for box in members), default=1
        )
        height = ROW_HEIGHT * count + MARGIN
        if lane:
            found[lane] = Box(POOL_X + POOL_HEADER, top, right - POOL_X - POOL_HEADER, height)
        top += height
    return {"": Box(POOL_X, POOL_Y, right - POOL_X, top - POOL_Y), **found}


def _compute_column_by_node(graph: DrawnGraph) -> dict[str, int]:
    """Return the column of each node that is not attached: the length of the longest path to it, without returns."""
    targets: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for source, target in graph.flows.values():
        source, target = graph.hosts.get(source, source), graph.hosts.get(target, target)
        if source != target:
            targets[source].append(target)
    starts = [name for name in graph.nodes if name not in graph.hosts]
    entered = {target for found in targets.values() for target in found}
    order = _reverse_postorder_of_nodes([*(name for name in starts if name not in entered), *starts], targets)
    place = {name: number for number, name in enumerate(order)}
    columns = dict.fromkeys(order, 0)
    for name in order:
        for target in targets[name]:
            if place[target] > place[name]:
                columns[target] = max(columns[target], columns[name] + 1)
    return columns


def _reverse_postorder_of_nodes(starts: Iterable[str], targets: Mapping[str, list[str]]) -> list[str]:
    """Return the nodes so that every edge but those of loops leads forward (reverse postorder)."""
    seen: set[str] = set()
    groups: list[list[str]] = []
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        done: list[str] = []
        stack = [(start, iter(targets[start]))]
        while stack:
            node, rest = stack[-1]
            following = next((target for target in rest if target not in seen), None)
            if following is None:
                stack.pop()
                done.append(node)
            else:
                seen.add(following)
                stack.append((following, iter(targets[following])))
        groups.append(done[::-1])
    # An edge from a later group to an earlier one leads forward: later groups stand first.
    return [name for group in reversed(groups) for name in group]


def _drawn_size_of_element(element: etree._Element) -> tuple[int, int]:
    local = etree.QName(element).localname
    if local.endswith("Event"):
        return EVENT_SIZE, EVENT_SIZE
    if local.endswith("Gateway"):
        return GATEWAY_SIZE, GATEWAY_SIZE
    return TASK_WIDTH, TASK_HEIGHT


def _place_attached_events(graph: DrawnGraph, boxes: dict[str, Box]) -> None:
    """Place attached events on the lower edge of their host, from right to left."""
    count: dict[str, int] = {}
    for name, host in graph.hosts.items():
        box = boxes.get(host)
        if box is None:
            continue
        number = count[host] = count.get(host, 0) + 1
        x = box.right - EVENT_SIZE // 2 - number * (EVENT_SIZE + 2) + EVENT_SIZE // 2
        boxes[name] = Box(x, box.bottom - EVENT_SIZE // 2, EVENT_SIZE, EVENT_SIZE)


def _write_layout(
    root: etree._Element,
    process: etree._Element,
    graph: DrawnGraph,
    boxes: Mapping[str, Box],
    lanes: Mapping[str, Box],
) -> None:
    """Append the drawing of pool, lanes, nodes and flows to the file."""
    pool = root.find(f"{BPMN_NAMESPACE}collaboration/{BPMN_NAMESPACE}participant")
    collaboration = root.find(f"{BPMN_NAMESPACE}collaboration")
    has_pool = pool is not None and bool(pool.get("id")) and collaboration is not None
    plane_of = collaboration.get("id") if has_pool and collaboration is not None else process.get("id")
    diagram = etree.SubElement(root, f"{BPMNDI}BPMNDiagram", nsmap=NAMESPACE_MAP)
    plane = etree.SubElement(diagram, f"{BPMNDI}BPMNPlane", bpmnElement=plane_of or "")
    if has_pool and pool is not None:
        _add_shape(plane, pool.get("id", ""), lanes[""], isHorizontal="true")
    for lane in graph.lane_order:
        _add_shape(plane, lane, lanes[lane], isHorizontal="true")
    for name, box in boxes.items():
        shape = _add_shape(plane, name, box)
        local = etree.QName(graph.nodes[name]).localname
        if local.endswith("Gateway"):
            shape.set("isMarkerVisible", "true")
        if local.endswith(("Event", "Gateway")) and graph.nodes[name].get("name"):
            above = local.endswith("Gateway")
            y = box.y - LABEL_HEIGHT - 3 if above else box.bottom + 4
            _add_label(shape, Box(box.centre_x - LABEL_WIDTH // 2, y, LABEL_WIDTH, LABEL_HEIGHT))
    names = {flow.get("id"): flow.get("name") for flow in process.iterfind(f"{BPMN_NAMESPACE}sequenceFlow")}
    for number, (flow, (source, target)) in enumerate(graph.flows.items()):
        if source in boxes and target in boxes:
            side = _source_side_of_flow(graph, boxes, flow)
            points = compute_flow_route(boxes[source], boxes[target], side, number, boxes.values())
            _add_edge(plane, flow, points, bool(names.get(flow)))
    _place_notes_above_pool(root, plane, lanes[""], boxes)


def _source_side_of_flow(graph: DrawnGraph, boxes: Mapping[str, Box], flow: str) -> str:
    """Return where a flow leaves its source: an attached event below, a second branch above or below."""
    source, target = graph.flows[flow]
    if source in graph.hosts:
        return BOTTOM
    branches = [name for name, (begin, _end) in graph.flows.items() if begin == source]
    if not etree.QName(graph.nodes[source]).localname.endswith("Gateway") or branches.index(flow) == 0:
        return RIGHT
    return BOTTOM if boxes[target].centre_y > boxes[source].centre_y else TOP


def _place_notes_above_pool(
    root: etree._Element, plane: etree._Element, pool: Box, boxes: Mapping[str, Box]
) -> None:
    """Place notes in a row above the pool, each with a line to the element it is about."""
    notes: dict[str, Box] = {}
    for number, note in enumerate(root.iter(f"{BPMN_NAMESPACE}textAnnotation")):
        if note.get("id"):
            notes[note.get("id", "")] = Box(pool.x + 180 * number, pool.y - 70, 160, 50)
            _add_shape(plane, note.get("id", ""), notes[note.get("id", "")])
    known = {**boxes, **notes}
    for line in root.iter(f"{BPMN_NAMESPACE}association"):
        source, target = known.get(line.get("sourceRef", "")), known.get(line.get("targetRef", ""))
        if source and target and line.get("id"):
            _add_edge(plane, line.get("id", ""), [source.centre, target.centre], False)


def _add_shape(plane: etree._Element, element: str, box: Box, **more: str) -> etree._Element:
    shape = etree.SubElement(
        plane, f"{BPMNDI}BPMNShape", {"id": f"{element}_di", "bpmnElement": element, **more}
    )
    _add_bounds(shape, box)
    return shape


def _add_bounds(parent: etree._Element, box: Box) -> None:
    size = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    etree.SubElement(parent, f"{DC}Bounds", {name: str(value) for name, value in size.items()})


def _add_label(shape: etree._Element, box: Box) -> None:
    _add_bounds(etree.SubElement(shape, f"{BPMNDI}BPMNLabel"), box)


def _add_edge(plane: etree._Element, element: str, points: list[Point], is_named: bool) -> None:
    edge = etree.SubElement(plane, f"{BPMNDI}BPMNEdge", {"id": f"{element}_di", "bpmnElement": element})
    for x, y in points:
        etree.SubElement(edge, f"{DI}waypoint", {"x": str(x), "y": str(y)})
    if is_named:
        (x, y), (next_x, _) = points[0], points[1]
        left = x + 4 if next_x >= x else x - LABEL_WIDTH - 4
        _add_label(edge, Box(left, y + 3, LABEL_WIDTH, LABEL_HEIGHT // 2))
