"""Refuses what no page should have to read: text that no database can keep, JSON that is nested without end or holds
numbers that are none. Knows no page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request
from flask.json.provider import DefaultJSONProvider

from app.kernel.errors import Invalid


def refuse_unkept() -> None:
    """Raises Invalid naming the first field whose text holds a zero or half a character (a lone surrogate)."""
    for name, text in _texts():
        if "\x00" in text or not _whole(text):
            raise Invalid.field(name.replace("\x00", ""), "kernel.input.unreadable")


def _whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _texts() -> Iterator[tuple[str, str]]:
    yield "address", request.path
    for values in (request.args, request.form):
        for name, text in values.items(multi=True):
            yield name, name + text
    if request.is_json:
        yield from _inside("body", request.get_json(silent=True))


def _inside(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every text in a JSON value with the name of the field around it; not by recursion, the value is a stranger's."""
    left: list[tuple[str, Any]] = [(name, value)]
    while left:
        around, part = left.pop()
        if isinstance(part, str):
            yield around, part
        elif isinstance(part, dict):
            yield from ((around, key) for key in part)
            left.extend(part.items())
        elif isinstance(part, list):
            left.extend((around, each) for each in part)


class PlainJSON(DefaultJSONProvider):
    """The application's JSON: NaN, infinities and endless nesting are as unreadable as a missing bracket."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Raises ValueError for what is not plain JSON."""
        try:
            return super().loads(s, parse_constant=_no_number, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")
