"""Where the words beside events, gateways and arrows stand: near what they name, upon nothing else. Pure geometry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from app.diagrams.picture.boxes import Box, Drawing, Point, Way, segments
from app.diagrams.picture.lettering import extent, wrapped

SIZE = 11.0
GAP = 4.0
ROOMS = (96.0, 72.0, 130.0, 56.0)
"""How wide a block of words may be, the best first."""
_SHAPE, _LABEL, _OUTSIDE, _ARROW = 4000.0, 4000.0, 6000.0, 300.0
"""What it costs to stand on a shape, on other words, outside the lane, on an arrow."""


@dataclass(frozen=True, slots=True)
class Label:
    """Words with the box they stand in; lines are centred."""

    lines: tuple[str, ...]
    box: Box


def placed(
    drawing: Drawing, nodes: Mapping[str, tuple[str, str]], flows: Mapping[str, str]
) -> dict[str, Label]:
    """The labels of a drawing. `nodes`: id -> (words, id of the lane they must stay in); `flows`: id -> words."""
    solid = {id_: box for id_, box in drawing.boxes.items() if id_ not in _rooms(drawing, nodes)}
    page = _Page(list(solid.values()), [piece for way in drawing.ways.values() for piece in segments(way)])
    found: dict[str, Label] = {}
    for id_, (words, lane) in nodes.items():
        found[id_] = page.put(_around(drawing.boxes[id_], words), drawing.boxes[lane], drawing.boxes[lane])
    for id_, words in flows.items():
        found[id_] = page.put(_along(drawing.ways[id_], words), drawing.boxes[drawing.pool], None)
    return found


def _rooms(drawing: Drawing, nodes: Mapping[str, tuple[str, str]]) -> set[str]:
    return {drawing.pool, *(lane for _, lane in nodes.values())}


class _Page:
    """What is drawn already; every label that is put becomes an obstacle for the next."""

    def __init__(self, shapes: list[Box], pieces: list[Box]) -> None:
        self.shapes = shapes
        self.pieces = pieces
        self.labels: list[Box] = []

    def put(self, offers: Iterable[tuple[Label, float]], room: Box, lane: Box | None) -> Label:
        """The cheapest of the offers; the first of equals."""
        inner = Box(room.x + 30, room.y, room.w - 30, room.h).grown(-2)
        label = min(offers, key=lambda offer: self._cost(offer[0].box, inner) + offer[1])[0]
        self.labels.append(label.box)
        return label

    def _cost(self, box: Box, room: Box) -> float:
        near = box.grown(1)
        cost = sum(_SHAPE for shape in self.shapes if shape.meets(near))
        cost += sum(_LABEL for other in self.labels if other.meets(near))
        cost += sum(_ARROW for piece in self.pieces if near.meets(piece.grown(0.5)))
        return cost + (0.0 if room.holds(box) else _OUTSIDE)


def _blocks(words: str) -> Iterator[tuple[tuple[str, ...], float, float, float]]:
    """The shapes a text can take: lines, width, height, what it costs."""
    seen = set()
    for rank, room in enumerate(ROOMS):
        lines = wrapped(words, room, SIZE)
        if lines not in seen:
            seen.add(lines)
            yield lines, *extent(lines, SIZE), rank * 3.0


def _around(box: Box, words: str) -> Iterator[tuple[Label, float]]:
    """Below, above, beside, at the corners; a little further away where that is not free."""
    x, y = box.middle
    for away in (0.0, 8.0, 16.0, 28.0):
        for lines, w, h, cost in _blocks(words):
            gap = GAP + away
            spots = (
                (x - w / 2, box.bottom + gap),
                (x - w / 2, box.y - gap - h),
                (box.right + gap, y - h / 2),
                (box.right + gap - 2, box.bottom - 4),
                (box.right + gap - 2, box.y + 4 - h),
                (box.x - gap + 2 - w, box.bottom - 4),
                (box.x - gap + 2 - w, box.y + 4 - h),
                (box.x - gap - w, y - h / 2),
                (box.x, box.bottom + gap),
                (box.x, box.y - gap - h),
                (box.right - w, box.bottom + gap),
                (box.right - w, box.y - gap - h),
            )
            for rank, (left, top) in enumerate(spots):
                yield Label(lines, Box(left, top, w, h)), cost + rank * 2 + away * 3


def _along(way: Way, words: str) -> Iterator[tuple[Label, float]]:
    """Beside each straight piece of an arrow, near where it begins if possible."""
    gone = 0.0
    for start, end in pairwise(way):
        long = abs(end.x - start.x) + abs(end.y - start.y)
        for lines, w, h, cost in _blocks(words):
            for part in (0.0, 0.25, 0.5, 0.75, 1.0):
                at = Point(start.x + (end.x - start.x) * part, start.y + (end.y - start.y) * part)
                for rank, box in enumerate(_beside(start, end, at, w, h)):
                    yield Label(lines, box), cost + rank * 2 + (gone + long * part) * 0.15
        gone += long


def _beside(start: Point, end: Point, at: Point, w: float, h: float) -> Iterator[Box]:
    if start.y == end.y:
        ahead = 1 if end.x > start.x else -1
        for left in (at.x + GAP if ahead > 0 else at.x - GAP - w, at.x - w / 2, at.x - GAP - w):
            yield Box(left, at.y - GAP + 1 - h, w, h)
            yield Box(left, at.y + GAP - 1, w, h)
    else:
        ahead = 1 if end.y > start.y else -1
        for top in (at.y + GAP if ahead > 0 else at.y - GAP - h, at.y - h / 2, at.y - GAP - h):
            yield Box(at.x + GAP, top, w, h)
            yield Box(at.x - GAP - w, top, w, h)
