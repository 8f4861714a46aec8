"""Orthogonal routes of flows between the boxes of a layout. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[int, int]
RIGHT, BOTTOM, TOP = "right", "bottom", "top"
BETWEEN_ROWS = 62
"""Distance of the space between two rows from the middle of a row; a step is 40 high on either side of it."""
SHIFT, LINES = 3, 6
"""Lines beside each other are shifted by so many pixels, and every sixth one runs where the first does."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in whole pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The lower edge."""
        return self.y + self.height

    @property
    def centre_x(self) -> int:
        """The middle from left to right."""
        return self.x + self.width // 2

    @property
    def centre_y(self) -> int:
        """The middle from top to bottom."""
        return self.y + self.height // 2

    @property
    def centre(self) -> Point:
        """The middle."""
        return self.centre_x, self.centre_y

    def overlaps(self, other: Box) -> bool:
        """Return whether two boxes share an area."""
        return (
            self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom
        )

    def contains(self, other: Box) -> bool:
        """Return whether the other box lies inside this one."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


def compute_flow_route(source: Box, target: Box, side: str, number: int, boxes: Iterable[Box]) -> list[Point]:
    """Return the points of a flow that leaves its source at a side, each line horizontal or vertical.

    A flow that leads back, or over other nodes, runs between the rows. `number` shifts lines beside each other.
    """
    shift = SHIFT * (number % LINES)
    others = [box for box in boxes if box not in (source, target)]
    routes = [
        *_forward_routes(source, target, side, shift),
        *_detour_routes(source, target, side, shift),
    ]
    clean = [
        route
        for route in map(_remove_redundant_route_points, routes)
        if not _is_route_empty_or_crossing_boxes(route, others)
    ]
    return clean[0] if clean else _remove_redundant_route_points(routes[-1])


def _route_start_point(source: Box, side: str) -> Point:
    return {
        RIGHT: (source.right, source.centre_y),
        BOTTOM: (source.centre_x, source.bottom),
        TOP: (source.centre_x, source.y),
    }[side]


def _forward_routes(source: Box, target: Box, side: str, shift: int) -> list[list[Point]]:
    begin = x, y = _route_start_point(source, side)
    end = (target.x, target.centre_y)
    if target.x <= source.right:
        return []
    near, far = x + 15 + shift, target.x - 15 - shift
    if side == RIGHT:
        return [
            [begin, end] if y == target.centre_y else [],
            [begin, (near, y), (near, target.centre_y), end],
            [begin, (far, y), (far, target.centre_y), end],
        ]
    leads_there = target.centre_y > y if side == BOTTOM else target.centre_y < y
    outside = y + 15 + shift if side == BOTTOM else y - 15 - shift
    return [
        [begin, (x, target.centre_y), end] if leads_there else [],
        [begin, (x, outside), (far, outside), (far, target.centre_y), end],
    ]


def _detour_routes(source: Box, target: Box, side: str, shift: int) -> list[list[Point]]:
    """Return routes that run between rows: below or above either box, then into the target from its side."""
    begin = x, y = _route_start_point(source, side)
    leave = x + 15 + shift if side == RIGHT else x
    enter = target.x - 15 - shift
    end = (target.x, target.centre_y)
    found = []
    for level in (
        source.centre_y + BETWEEN_ROWS - shift,
        source.centre_y - BETWEEN_ROWS + shift,
        target.centre_y + BETWEEN_ROWS - shift,
        target.centre_y - BETWEEN_ROWS + shift,
    ):
        if (side == BOTTOM and level < y) or (side == TOP and level > y):
            continue
        first = [begin, (leave, y)] if side == RIGHT else [begin]
        found.append([*first, (leave, level), (enter, level), (enter, target.centre_y), end])
    return found or [[begin, (leave, target.centre_y), end]]


def _remove_redundant_route_points(points: list[Point]) -> list[Point]:
    """Return the points without those that lie on a straight line between their neighbours."""
    found: list[Point] = []
    for point in points:
        if found and point == found[-1]:
            continue
        if len(found) > 1 and (
            found[-2][0] == found[-1][0] == point[0] or found[-2][1] == found[-1][1] == point[1]
        ):
            found[-1] = point
        else:
            found.append(point)
    return found


def _is_route_empty_or_crossing_boxes(points: list[Point], boxes: Iterable[Box]) -> bool:
    """Return whether a route is empty or runs over one of the boxes."""
    if len(points) < 2:
        return True
    lines = list(pairwise(points))
    return any(_is_line_crossing_box(line, box) for box in boxes for line in lines)


def _is_line_crossing_box(line: tuple[Point, Point], box: Box) -> bool:
    (x1, y1), (x2, y2) = line
    left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
    return left < box.right and right > box.x and top < box.bottom and bottom > box.y
