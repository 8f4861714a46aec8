"""How wide a text is and where its lines break. Measures are of a wide font, so that a narrower one fits as well."""

from __future__ import annotations

from collections.abc import Sequence

FONT = "'Golos Text','Noto Sans','Segoe UI',Roboto,'Liberation Sans',Arial,'DejaVu Sans',sans-serif"
_GROUPS = (
    (0.30, "'Jijl"),
    (0.35, " ,.:;I"),
    (0.40, "()-/[]ft"),
    (0.45, "!r"),
    (0.50, '"_`–'),
    (0.55, "?cszгзсэ"),
    (0.60, "*FLkvxy|втухьү"),
    (0.65, "$0123456789EPSTYabdeghnopqu{}ГЕЁЗРТУабеёийклорчяҮө«»"),
    (0.70, "ABCKRVXZАБВСХЧЬЭЯднпцң"),
    (0.75, "UКъ"),
    (0.80, "&DGHNOQДИЙЛНОПЦмыҢӨ"),
    (0.85, "#+<=>^w~Ъю→✓"),
    (0.90, "ФЫф"),
    (0.95, "MМжшщ"),
    (1.00, "%@Wm—"),
    (1.10, "ЖШЩЮ№"),
)
"""The width of a letter in em, by width."""
_WIDTHS = {letter: width for width, letters in _GROUPS for letter in letters}
LINE = 1.2
"""The height of a line in em."""


def width(text: str, size: float) -> float:
    """The width of a text in a size, in the units of the size; a letter nobody measured is a wide one."""
    return sum(_WIDTHS.get(letter, 0.9) for letter in text) * size


def wrapped(text: str, room: float, size: float) -> tuple[str, ...]:
    """The lines of a text; a word wider than the room stands alone and juts out."""
    lines: list[str] = []
    for word in text.split():
        if lines and width(f"{lines[-1]} {word}", size) <= room:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return tuple(lines)


def extent(lines: Sequence[str], size: float) -> tuple[float, float]:
    """Width and height of lines."""
    return max(width(line, size) for line in lines), len(lines) * size * LINE


def fitted(text: str, w: float, h: float, sizes: Sequence[float]) -> tuple[tuple[str, ...], float]:
    """The lines of a text in the largest size in which they fit; in the last one whatever happens."""
    for size in sizes:
        lines = wrapped(text, w, size)
        wide, high = extent(lines, size)
        if wide <= w and high <= h:
            return lines, size
    return wrapped(text, w, sizes[-1]), sizes[-1]
