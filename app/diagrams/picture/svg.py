"""Draw a diagram as SVG from its own coordinates, in the words of one language, with or without the path of a case.

The same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from xml.sax.saxutils import escape, quoteattr

from app.bpmn.model import ProcessModel
from app.diagrams.picture.boxes import Box, Drawing, Point, Way
from app.diagrams.picture.lettering import FONT, LINE, fitted
from app.diagrams.picture.placing import SIZE, Label, placed

EDGE, ROUND = 12.0, 7.0
"""What is left around the pool; how round the corners of an arrow are."""
TEXT_SIZES = (12.0, 11.5, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5)
STYLE = f"""text{{font-family:{FONT};fill:#1d2733}}
.pool,.lane{{fill:none;stroke:#8794a5}}
.even{{fill:#fbfcfe}}.odd{{fill:#f4f7fb}}.head{{fill:#e6ecf4}}
.task{{fill:#fff;stroke:#2b5a9b;stroke-width:1.6}}
.service{{fill:#eef4ea;stroke:#4c7a34;stroke-width:1.6}}
.gate{{fill:#fff7e0;stroke:#95731a;stroke-width:1.6}}
.event{{fill:#fff;stroke:#3d4a5c;stroke-width:1.6}}.last{{stroke-width:3.6}}
.timer{{fill:#fff;stroke:#95550f;stroke-width:1.4}}.aside{{stroke-dasharray:4 2.5}}
.sign{{fill:none;stroke:#3d4a5c;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}}
.way{{fill:none;stroke:#51607a;stroke-width:1.3;stroke-linejoin:round}}
.number{{fill:#51607a;font-weight:600}}
.word{{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}}
.strong{{font-weight:600}}"""
PATH_STYLE = """
.taken{stroke:#0b5d3b;stroke-width:3.4}
.done{fill:#dff1e6;stroke:#0b5d3b;stroke-width:3}
.open{fill:#fdeccb;stroke:#8a4b00;stroke-width:3;stroke-dasharray:7 4}"""
"""A path that stays visible in black and white: thick lines, and a dashed edge where the case is now."""
PATH_TIP = (
    '<marker id="taken" viewBox="0 0 10 10" refX="9" refY="5" markerUnits="userSpaceOnUse" markerWidth="14"'
    ' markerHeight="14" orient="auto"><path d="M0 1 10 5 0 9z" fill="#0b5d3b"/></marker>'
)


@dataclass(frozen=True, slots=True)
class CasePath:
    """The path of one case: ids of finished and of open elements, and of the flows it took."""

    done: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    flows: frozenset[str] = frozenset()

    def class_of_element(self, element: str) -> str:
        """Return the class that marks an element, with a blank before it; "" for one the case did not reach."""
        return " open" if element in self.open else " done" if element in self.done else ""


NO_PATH = CasePath()


def draw_diagram_svg(
    model: ProcessModel,
    drawing: Drawing,
    places: Mapping[str, int],
    locale: str,
    path: CasePath = NO_PATH,
    font: str = FONT,
) -> str:
    """Return the SVG: pool, lanes, arrows, nodes; tasks carry the number that `places` gives them.

    `path` is drawn upon it. Raises KeyError, StopIteration for a drawing that lacks an element or a lane.
    """
    style = STYLE.replace(FONT, font) + (PATH_STYLE if path != NO_PATH else "")
    flows = sorted(model.flows, key=lambda flow: flow in path.flows)
    pool = drawing.boxes[drawing.pool]
    page = pool.grown(EDGE)
    title = escape(model.titles[locale])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{_n(page.x)} {_n(page.y)} {_n(page.w)} {_n(page.h)}"'
        f' width="{_n(page.w)}" height="{_n(page.h)}" role="img" lang="{locale}">',
        f"<title>{title}</title>",
        f"<style>{style}</style>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 1 10 5 0 9z" fill="#51607a"/></marker>'
        + (PATH_TIP if path != NO_PATH else "")
        + "</defs>",
        f'<rect x="{_n(page.x)}" y="{_n(page.y)}" width="{_n(page.w)}" height="{_n(page.h)}" fill="#fff"/>',
        *_rooms(model, drawing, locale),
        *(_arrow(drawing.ways[flow], flow in path.flows) for flow in flows),
        *_nodes(model, drawing, places, locale, path),
        *(_label(label) for label in labels(model, drawing, locale).values()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def labels(model: ProcessModel, drawing: Drawing, locale: str) -> dict[str, Label]:
    """The words that stand beside something: of events, gateways, timers, arrows."""
    events = [(id_, start.titles) for id_, start in model.starts.items()]
    events += [(id_, gateway.titles) for id_, gateway in model.gateways.items()]
    events += [(id_, timer.titles) for id_, timer in model.timers.items()]
    events += [(id_, end.titles) for id_, end in model.ends.items()]
    nodes = {
        id_: (titles[locale], lane_of(model, drawing, id_)) for id_, titles in events if titles.get(locale)
    }
    flows = {id_: flow.titles[locale] for id_, flow in model.flows.items() if flow.titles.get(locale)}
    return placed(drawing, nodes, flows)


def lane_of(model: ProcessModel, drawing: Drawing, node: str) -> str:
    """The lane a node is drawn in: the one that holds its middle."""
    middle = drawing.boxes[node].middle
    point = Box(middle.x, middle.y, 0, 0)
    return next(lane for lane in model.lanes if drawing.boxes[lane].holds(point))


def _rooms(model: ProcessModel, drawing: Drawing, locale: str) -> Iterator[str]:
    pool = drawing.boxes[drawing.pool]
    for number, (id_, lane) in enumerate(model.lanes.items()):
        box = drawing.boxes[id_]
        yield _rect(box, "odd" if number % 2 else "even")
        yield _rect(Box(box.x, box.y, 30, box.h), "head")
        yield _rect(box, "lane")
        yield _upright(Box(box.x, box.y, 30, box.h), lane.titles[locale], "")
    yield _rect(Box(pool.x, pool.y, 30, pool.h), "head")
    yield _rect(Box(pool.x, pool.y, 30, pool.h), "lane")
    yield _upright(Box(pool.x, pool.y, 30, pool.h), model.titles[locale], "strong")
    yield _rect(pool, "pool")


def _upright(box: Box, words: str, kind: str) -> str:
    """Words that are read from below upwards."""
    lines, size = fitted(words, box.h - 12, box.w - 2, TEXT_SIZES)
    x, y = box.middle
    text = _text(lines, size, Point(0, 0), kind)
    return f'<g transform="translate({_n(x)} {_n(y)}) rotate(-90)">{text}</g>'


def _nodes(
    model: ProcessModel, drawing: Drawing, places: Mapping[str, int], locale: str, path: CasePath
) -> Iterator[str]:
    for id_, place in places.items():
        kind = "task" if id_ in model.user_tasks else "service"
        titles = model.user_tasks[id_].titles if kind == "task" else model.services[id_].titles
        below = 16 if model.boundary_timers(id_) else 0
        shape = _step(drawing.boxes[id_], kind, path.class_of_element(id_), place, titles[locale], below)
        yield _named(titles, shape)
    for id_, gateway in model.gateways.items():
        yield _named(gateway.titles, _gateway(drawing.boxes[id_], gateway.kind))
    for id_, start in model.starts.items():
        yield _named(start.titles, _circle(drawing.boxes[id_], "event" + path.class_of_element(id_)))
    for id_, end in model.ends.items():
        yield _named(end.titles, _circle(drawing.boxes[id_], "event last" + path.class_of_element(id_)))
    for id_, timer in model.timers.items():
        yield _named(timer.titles, _timer(drawing.boxes[id_], timer.interrupting))


def _named(titles: Mapping[str, str], shape: str) -> str:
    """A shape that says its names in all languages when one points at it."""
    said = " / ".join(dict.fromkeys(titles[locale] for locale in ("ky", "ru", "en") if titles.get(locale)))
    return f"<g><title>{escape(said)}</title>{shape}</g>"


def _step(box: Box, kind: str, mark: str, place: int, words: str, below: float) -> str:
    """A box with sign and number above its words; `below` is kept free for the timers on its edge."""
    above = 18
    lines, size = fitted(words, box.w - 10, box.h - above - below - 4, TEXT_SIZES)
    middle = Point(box.x + box.w / 2, box.y + above + (box.h - above - below - 2) / 2)
    sign = _person(box) if kind == "task" else _gear(box)
    number = (
        f'<text class="number" x="{_n(box.right - 7)}" y="{_n(box.y + 15)}" font-size="11"'
        f' text-anchor="end">{place}</text>'
    )
    rect = _rect(box, kind + mark, ' rx="9"')
    return rect + sign + number + _text(lines, size, middle, "")


def _person(box: Box) -> str:
    x, y = box.x + 13, box.y + 11
    return (
        f'<circle class="sign" cx="{_n(x)}" cy="{_n(y - 2)}" r="2.8"/>'
        f'<path class="sign" d="M{_n(x - 5)} {_n(y + 6.5)}c0-7 10-7 10 0"/>'
    )


def _gear(box: Box) -> str:
    x, y = box.x + 13, box.y + 12
    return (
        f'<circle class="sign" cx="{_n(x)}" cy="{_n(y)}" r="3.6"/>'
        f'<circle class="sign" cx="{_n(x)}" cy="{_n(y)}" r="5.4" stroke-dasharray="1.6 2.641"/>'
    )


def _gateway(box: Box, kind: str) -> str:
    x, y = box.middle
    diamond = (
        f'<path class="gate" d="M{_n(x)} {_n(box.y)} {_n(box.right)} {_n(y)} {_n(x)} {_n(box.bottom)}'
        f' {_n(box.x)} {_n(y)}z"/>'
    )
    cross = (
        f"M{_n(x - 7)} {_n(y - 7)} {_n(x + 7)} {_n(y + 7)}M{_n(x + 7)} {_n(y - 7)} {_n(x - 7)} {_n(y + 7)}"
    )
    plus = f"M{_n(x - 9)} {_n(y)}H{_n(x + 9)}M{_n(x)} {_n(y - 9)}V{_n(y + 9)}"
    return diamond + f'<path class="sign" d="{cross if kind == "exclusive" else plus}"/>'


def _circle(box: Box, kind: str, less: float = 0) -> str:
    x, y = box.middle
    return f'<circle class="{kind}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(box.w / 2 - less)}"/>'


def _timer(box: Box, interrupting: bool) -> str:
    x, y = box.middle
    kind = "timer" if interrupting else "timer aside"
    hands = f'<path class="sign" d="M{_n(x)} {_n(y - 7)}V{_n(y)}l5 3"/>'
    return _circle(box, kind) + _circle(box, kind, 4) + hands


def _arrow(way: Way, taken: bool) -> str:
    """A line through the points with round corners and a tip."""
    first, last = way[0], way[-1]
    path = [f"M{_n(first.x)} {_n(first.y)}"]
    for (before, at), (_, after) in pairwise(pairwise(way)):
        near, far = _towards(at, before), _towards(at, after)
        path.append(f"L{_n(near.x)} {_n(near.y)}Q{_n(at.x)} {_n(at.y)} {_n(far.x)} {_n(far.y)}")
    path.append(f"L{_n(last.x)} {_n(last.y)}")
    look = 'class="way taken" marker-end="url(#taken)"' if taken else 'class="way" marker-end="url(#tip)"'
    return f'<path {look} d="{"".join(path)}"/>'


def _towards(start: Point, end: Point) -> Point:
    """The point on the way to the end at which a corner begins."""
    long = hypot(end.x - start.x, end.y - start.y)
    part = min(ROUND, long / 2) / long if long else 0
    return Point(start.x + (end.x - start.x) * part, start.y + (end.y - start.y) * part)


def _label(label: Label) -> str:
    return _text(label.lines, SIZE, label.box.middle, "word")


def _text(lines: tuple[str, ...], size: float, middle: Point, kind: str) -> str:
    """Lines around a point; a reader who copies them finds blanks between them."""
    top = middle.y - (len(lines) - 1) * size * LINE / 2 + size * 0.35
    spans = " ".join(
        f'<tspan x="{_n(middle.x)}" y="{_n(top + number * size * LINE)}">{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    named = f" class={quoteattr(kind)}" if kind else ""
    return f'<text{named} font-size="{_n(size)}" text-anchor="middle">{spans}</text>'


def _rect(box: Box, kind: str, more: str = "") -> str:
    return f'<rect class="{kind}" x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.w)}" height="{_n(box.h)}"{more}/>'


def _n(number: float) -> str:
    """A number in as few letters as a tenth of a unit needs."""
    return f"{round(number, 1):g}"
