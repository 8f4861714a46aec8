"""Texts in Unicode's composed form (NFC): one letter, one way of storing it, whatever keyboard or program wrote it."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize


def compose_text(text: str) -> str:
    """Return a text in NFC, so that «й» is one character and not «и» with a breve."""
    return normalize("NFC", text)


def compose_json_value(value: Any) -> Any:
    """Return a JSON value with every text in it in NFC, keys too.

    The value may be nested deeper than Python's recursion limit.
    """
    root = [value]
    stack: list[Any] = [root]
    while stack:
        part = stack.pop()
        places = list(part.items()) if isinstance(part, dict) else list(enumerate(part))
        if isinstance(part, dict):
            part.clear()
        for place, inner in places:
            key = compose_text(place) if isinstance(place, str) else place
            part[key] = compose_text(inner) if isinstance(inner, str) else inner
            if isinstance(inner, (dict, list)):
                stack.append(inner)
    return root[0]
