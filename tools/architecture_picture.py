"""Draws docs/pictures/architecture.svg: the rooms of `app`, stacked as the import contract in pyproject.toml says.

    .venv/bin/python -m tools.architecture_picture     # write the picture anew

What a room is for is the first sentence of its docstring. The same bytes on every machine.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from app.diagrams.picture.lettering import FONT, LINE, wrapped

PROJECT = Path(__file__).resolve().parents[1]
PICTURE = PROJECT / "docs" / "pictures" / "architecture.svg"
TITLE = "The rooms of Depter: each imports only rooms below it"
WIDTH, EDGE, GAP, SIDE = 960.0, 16.0, 8.0, 34.0
NAME_SIZE, TEXT_SIZE, PADDING = 15.0, 12.0, 10.0
STYLE = f"""text{{font-family:{FONT};fill:#1d2733}}
.room{{fill:#f4f7fb;stroke:#2b5a9b;stroke-width:1.4}}
.name{{font-size:{NAME_SIZE:g}px;font-weight:600}}
.text{{font-size:{TEXT_SIZE:g}px}}
.way{{stroke:#51607a;stroke-width:1.6;fill:none}}"""


def layers() -> list[list[str]]:
    """The rooms of each layer, uppermost first; a room in brackets that does not exist is left out."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (stack,) = (one["layers"] for one in contracts if one.get("containers") == ["app"])
    named = [[name.strip(" ()") for name in layer.split("|")] for layer in stack]
    return [rooms for layer in named if (rooms := [name for name in layer if _source(name).exists()])]


def purpose(room: str) -> str:
    """The first sentence of the docstring of a room. Raises ValueError when it has none."""
    text = ast.get_docstring(ast.parse(_source(room).read_text(encoding="utf-8")))
    if not text:
        raise ValueError(f"app.{room} has no docstring")
    sentence = " ".join(text.split("\n\n")[0].split()).split(". ")[0]
    return sentence.replace("`", "").removesuffix(".") + "."


def picture() -> str:
    """The SVG: one row a layer, its rooms side by side, what they are for below their names."""
    left, inner = EDGE + SIDE, WIDTH - 2 * (EDGE + SIDE)
    boxes: list[str] = []
    top = EDGE
    for rooms in layers():
        wide = (inner - GAP * (len(rooms) - 1)) / len(rooms)
        texts = [wrapped(purpose(room), wide - 2 * PADDING, TEXT_SIZE) for room in rooms]
        high = 2 * PADDING + NAME_SIZE * LINE + max(len(lines) for lines in texts) * TEXT_SIZE * LINE
        for number, (room, lines) in enumerate(zip(rooms, texts, strict=True)):
            boxes += _box(left + number * (wide + GAP), top, wide, high, room, lines)
        top += high + GAP
    bottom = top - GAP
    height = bottom + EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" width="{WIDTH:g}"'
        f' height="{height:g}" role="img" lang="en">',
        f"<title>{escape(TITLE)}</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 1 10 5 0 9z" fill="#51607a"/></marker></defs>',
        # The background is drawn: the words can be read on a dark page too.
        f'<rect width="{WIDTH:g}" height="{height:g}" fill="#fff"/>',
        *boxes,
        *_side(EDGE + SIDE / 2, EDGE, bottom, -6, "calls: down only"),
        *_side(WIDTH - EDGE - SIDE / 2, bottom, EDGE, 16, "events: up, by the outbox"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _source(room: str) -> Path:
    package = PROJECT / "app" / room / "__init__.py"
    return package if package.exists() else PROJECT / "app" / f"{room}.py"


def _box(x: float, y: float, w: float, h: float, room: str, lines: tuple[str, ...]) -> Iterator[str]:
    yield f'<rect class="room" x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="4"/>'
    base = y + PADDING + NAME_SIZE
    yield f'<text class="name" x="{x + PADDING:g}" y="{base:g}">{escape(room)}</text>'
    for number, line in enumerate(lines, 1):
        place = base + number * TEXT_SIZE * LINE + 2
        yield f'<text class="text" x="{x + PADDING:g}" y="{place:g}">{escape(line)}</text>'


def _side(x: float, start: float, end: float, shift: float, words: str) -> Iterator[str]:
    """An arrow beside the stack, its words read from below upwards and shifted away from the rooms."""
    yield f'<path class="way" d="M{x:g} {start:g}V{end:g}" marker-end="url(#tip)"/>'
    yield (
        f'<text class="text" transform="translate({x + shift:g} {(start + end) / 2:g}) rotate(-90)"'
        f' text-anchor="middle">{escape(words)}</text>'
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    print(f"Written: {PICTURE}")
