"""Orthogonal routes of flows between the boxes of a layout. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[int, int]
SHIFT, LINES = 4, 5
"""Lines beside each other are shifted by so many pixels, and every fifth one runs where the first does."""


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


def route_flow(source: Box, target: Box, is_attached: bool, number: int, boxes: Iterable[Box]) -> list[Point]:
    """Return the points of a flow, each line horizontal or vertical.

    An attached event is left downwards, any other node to the right. A flow that leads back, or over other
    nodes, runs between the rows.
    """
    shift = SHIFT * (number % LINES)
    others = [box for box in boxes if box not in (source, target)]
    begin = (source.centre_x, source.bottom) if is_attached else (source.right, source.centre_y)
    routes = [
        *_forward_routes(begin, source, target, is_attached, shift),
        *_detours(begin, source, target, is_attached, shift),
    ]
    clean = [route for route in map(_without_repeats, routes) if not _crosses(route, others)]
    return clean[0] if clean else _without_repeats(routes[-1])


def _forward_routes(
    begin: Point, source: Box, target: Box, is_attached: bool, shift: int
) -> list[list[Point]]:
    x, y = begin
    end = (target.x, target.centre_y)
    if target.x <= source.right:
        return []
    if is_attached:
        low = y + 15 + shift
        return [
            [begin, (x, target.centre_y), end] if target.centre_y > y else [],
            [begin, (x, low), (target.x - 15 - shift, low), (target.x - 15 - shift, target.centre_y), end],
        ]
    near, far = x + 15 + shift, target.x - 15 - shift
    return [
        [begin, end] if y == target.centre_y else [],
        [begin, (near, y), (near, target.centre_y), end],
        [begin, (far, y), (far, target.centre_y), end],
    ]


def _detours(begin: Point, source: Box, target: Box, is_attached: bool, shift: int) -> list[list[Point]]:
    """Return routes that run between rows: below or above either box, then into the target from its side."""
    x, y = begin
    leave = x if is_attached else x + 15 + shift
    enter = target.x - 15 - shift
    end = (target.x, target.centre_y)
    found = []
    for level in (
        source.centre_y + 55 - shift,
        source.centre_y - 55 + shift,
        target.centre_y + 55 - shift,
        target.centre_y - 55 + shift,
    ):
        if is_attached and level < y:
            continue
        first = [begin] if is_attached else [begin, (leave, y)]
        found.append([*first, (leave, level), (enter, level), (enter, target.centre_y), end])
    return found


def _without_repeats(points: list[Point]) -> list[Point]:
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


def _crosses(points: list[Point], boxes: Iterable[Box]) -> bool:
    """Return whether a route is empty or runs over one of the boxes."""
    if len(points) < 2:
        return True
    lines = list(pairwise(points))
    return any(_line_crosses(line, box) for box in boxes for line in lines)


def _line_crosses(line: tuple[Point, Point], box: Box) -> bool:
    (x1, y1), (x2, y2) = line
    left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
    return left < box.right and right > box.x and top < box.bottom and bottom > box.y
