"""Where a diagram's own drawing puts things: boxes of elements, the points of arrows. Coordinates only, no meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from lxml import etree

from app.bpmn.safe_xml import parse_xml

_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_DC = "{http://www.omg.org/spec/DD/20100524/DC}"
_WAY = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


class Point(NamedTuple):
    """A point of the drawing; y grows downwards."""

    x: float
    y: float


class Box(NamedTuple):
    """An upright rectangle: left upper corner, width, height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def middle(self) -> Point:
        return Point(self.x + self.w / 2, self.y + self.h / 2)

    def grown(self, by: float) -> Box:
        """The same box, larger on every side; smaller for a negative number."""
        return Box(self.x - by, self.y - by, self.w + 2 * by, self.h + 2 * by)

    def meets(self, other: Box) -> bool:
        """Whether the two share more than an edge."""
        return (
            self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom
        )

    def holds(self, other: Box) -> bool:
        """Whether the other lies wholly inside, edges included."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


Way = tuple[Point, ...]


@dataclass(frozen=True)
class Drawing:
    """One drawing: the pool, the lanes and the nodes by element id, the arrows by flow id."""

    pool: str
    boxes: Mapping[str, Box]
    ways: Mapping[str, Way]


def read_pool_drawing(xml: bytes) -> Drawing:
    """Return the drawing that a diagram file carries. Raises ValueError when it has no pool, or a shape no bounds."""
    root = parse_xml(xml)
    pools = root.findall(f"{_BPMN}collaboration/{_BPMN}participant")
    if not pools:
        raise ValueError("the diagram has no pool")
    return Drawing(
        pool=str(pools[0].get("id")),
        boxes={str(shape.get("bpmnElement")): _box(shape) for shape in root.iter(f"{_DI}BPMNShape")},
        ways={
            str(edge.get("bpmnElement")): tuple(
                Point(float(point.get("x", 0)), float(point.get("y", 0))) for point in edge.iterfind(_WAY)
            )
            for edge in root.iter(f"{_DI}BPMNEdge")
        },
    )


def _box(shape: etree._Element) -> Box:
    bounds = shape.find(f"{_DC}Bounds")
    if bounds is None:
        raise ValueError(f"{shape.get('bpmnElement')} has no bounds")
    x, y, w, h = (float(bounds.get(name, 0)) for name in ("x", "y", "width", "height"))
    return Box(x, y, w, h)


def segments(way: Way) -> Iterator[Box]:
    """The straight pieces of an arrow, as boxes without width or height."""
    for start, end in pairwise(way):
        yield Box(min(start.x, end.x), min(start.y, end.y), abs(start.x - end.x), abs(start.y - end.y))


def crosses(way: Way, box: Box) -> bool:
    """Whether an arrow runs through the inside of a box; a slanting piece counts with the rectangle around it."""
    return any(box.meets(piece.grown(0.01)) for piece in segments(way))
