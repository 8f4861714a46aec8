"""Read where the drawing of a diagram puts its elements: boxes of shapes and labels, points of flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import NamedTuple

from lxml import etree

_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
_WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"


class DrawnBox(NamedTuple):
    """An upright rectangle: left upper corner, width, height; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: DrawnBox) -> bool:
        """Return whether the two share more than an edge."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a file draws, by element id: boxes of nodes and lanes, boxes of labels, points of flows.

    Anything without readable coordinates is left out.
    """

    shapes: Mapping[str, DrawnBox] = field(default_factory=dict)
    labels: Mapping[str, DrawnBox] = field(default_factory=dict)
    ways: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)


def read_drawing(root: etree._Element) -> Drawing:
    """Return the drawing that a file carries; an empty one when it carries none."""
    shapes: dict[str, DrawnBox] = {}
    labels: dict[str, DrawnBox] = {}
    ways: dict[str, tuple[tuple[float, float], ...]] = {}
    for drawn in root.iter(f"{_DI}BPMNShape", f"{_DI}BPMNEdge"):
        element = drawn.get("bpmnElement", "")
        label = _read_box(drawn.find(f"{_DI}BPMNLabel/{_BOUNDS}"))
        if label:
            labels[element] = label
        if drawn.tag == f"{_DI}BPMNShape":
            box = _read_box(drawn.find(_BOUNDS))
            if box:
                shapes[element] = box
        else:
            points = [_read_finite_number_attributes(point, "x", "y") for point in drawn.iterfind(_WAYPOINT)]
            ways[element] = tuple((point[0], point[1]) for point in points if point)
    return Drawing(shapes, labels, ways)


def _read_box(bounds: etree._Element | None) -> DrawnBox | None:
    numbers = (
        _read_finite_number_attributes(bounds, "x", "y", "width", "height") if bounds is not None else None
    )
    return DrawnBox(*numbers) if numbers else None


def _read_finite_number_attributes(element: etree._Element, *names: str) -> list[float] | None:
    try:
        numbers = [float(element.get(name, "")) for name in names]
    except ValueError:
        return None
    return numbers if all(map(isfinite, numbers)) else None
