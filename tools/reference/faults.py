"""What is wrong with a drawing: shapes on shapes, words on shapes, words outside their lane, arrows through steps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

from app.bpmn.model import ProcessModel
from app.diagrams.picture.boxes import Box, Drawing, crosses, segments
from app.diagrams.picture.svg import labels, lane_of

ROOM = 15.0
"""Two arrows may share this much of their way: where they leave or reach the same point."""


def faults(model: ProcessModel, drawing: Drawing, locale: str) -> list[str]:
    """Every fault in words; none for a drawing that can be read."""
    found = [*_missing(model, drawing), *_shapes(model, drawing)]
    return found or [*_arrows(model, drawing), *_together(model, drawing), *_words(model, drawing, locale)]


def _missing(model: ProcessModel, drawing: Drawing) -> Iterator[str]:
    for id_ in (*model.lanes, *model.node_ids):
        if id_ not in drawing.boxes:
            yield f"{id_} is not drawn"
    for id_ in model.flows:
        if len(drawing.ways.get(id_, ())) < 2:
            yield f"the arrow {id_} is not drawn"


def _shapes(model: ProcessModel, drawing: Drawing) -> Iterator[str]:
    boxes = drawing.boxes
    for one, other in combinations([id_ for id_ in model.node_ids if id_ in boxes], 2):
        held = [timer.attached_to for timer in model.timers.values() if timer.id in (one, other)]
        if boxes[one].meets(boxes[other]) and not {one, other} & set(held):
            yield f"{one} stands on {other}"
    for id_ in model.node_ids:
        box = boxes.get(id_, Box(0, 0, 0, 0))
        if not any(boxes[lane].holds(box) for lane in model.lanes if lane in boxes):
            yield f"{id_} stands in no lane"


def _arrows(model: ProcessModel, drawing: Drawing) -> Iterator[str]:
    pool = drawing.boxes[drawing.pool]
    for flow in model.flows.values():
        if not all(pool.holds(piece) for piece in segments(drawing.ways[flow.id])):
            yield f"the arrow {flow.id} leaves the pool"
        timer = model.timers.get(flow.source)
        host = timer.attached_to if timer else ""
        for id_ in model.node_ids:
            inside = 15 if id_ in model.gateways else 2
            if id_ != host and crosses(drawing.ways.get(flow.id, ()), drawing.boxes[id_].grown(-inside)):
                yield f"the arrow {flow.id} runs through {id_}"


def _together(model: ProcessModel, drawing: Drawing) -> Iterator[str]:
    """Arrows to different targets that run upon each other, so that one cannot see which goes where."""
    for one, other in combinations(model.flows.values(), 2):
        pairs = product(segments(drawing.ways[one.id]), segments(drawing.ways[other.id]))
        if one.target != other.target and any(_shared(first, second) > ROOM for first, second in pairs):
            yield f"the arrows {one.id} and {other.id} run upon each other"


def _shared(one: Box, other: Box) -> float:
    """How long two straight pieces lie upon each other."""
    if one.h == other.h == 0 and abs(one.y - other.y) < 1:
        return min(one.right, other.right) - max(one.x, other.x)
    if one.w == other.w == 0 and abs(one.x - other.x) < 1:
        return min(one.bottom, other.bottom) - max(one.y, other.y)
    return 0


def _words(model: ProcessModel, drawing: Drawing, locale: str) -> Iterator[str]:
    found = labels(model, drawing, locale)
    pool = drawing.boxes[drawing.pool]
    for id_, label in found.items():
        room = pool if id_ in model.flows else drawing.boxes[lane_of(model, drawing, id_)]
        if not room.holds(label.box):
            yield f"the words of {id_} leave their lane"
        for other in model.node_ids:
            if label.box.grown(-0.5).meets(drawing.boxes[other]):
                yield f"the words of {id_} stand on {other}"
        for flow, way in drawing.ways.items():
            if crosses(way, label.box.grown(-1)):
                yield f"the arrow {flow} runs through the words of {id_}"
    for (one, first), (other, second) in combinations(found.items(), 2):
        if first.box.meets(second.box):
            yield f"the words of {one} stand on those of {other}"
