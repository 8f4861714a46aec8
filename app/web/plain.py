"""Refuses text that no database can keep, in address, form or JSON, before a page reads it. Knows no page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request

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
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield name, key
            yield from _inside(key, part)
    elif isinstance(value, list):
        for part in value:
            yield from _inside(name, part)
