"""Rejection of malformed input: NUL bytes, lone surrogates, deeply nested JSON, NaN and infinities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request
from flask.json.provider import DefaultJSONProvider

from app.kernel.composed_text import compose_json_value
from app.kernel.errors import Invalid


def reject_malformed_text() -> None:
    """Raise Invalid naming the first field whose text holds a NUL or a lone surrogate."""
    for name, text in _request_texts():
        if "\x00" in text or not _is_encodable(text):
            raise Invalid.field(name.replace("\x00", ""), "kernel.input.unreadable")


def _is_encodable(text: str) -> bool:
    """Return whether a text can be encoded; a lone surrogate cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _request_texts() -> Iterator[tuple[str, str]]:
    """Yield (field, text) of the path, the query, the form and the JSON body."""
    yield "address", request.path
    for values in (request.args, request.form):
        for name, text in values.items(multi=True):
            yield name, name + text
    if request.is_json:
        yield from _json_texts("body", request.get_json(silent=True))


def _json_texts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield every text of a JSON value with the name of the field around it."""
    # A stack instead of recursion: the value may be nested deeper than Python's recursion limit.
    stack: list[tuple[str, Any]] = [(name, value)]
    while stack:
        around, part = stack.pop()
        if isinstance(part, str):
            yield around, part
        elif isinstance(part, dict):
            yield from ((around, key) for key in part)
            stack.extend(part.items())
        elif isinstance(part, list):
            stack.extend((around, each) for each in part)


class StrictJSONProvider(DefaultJSONProvider):
    """JSON provider of the application: NaN, infinities and deep nesting are syntax errors."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse a JSON text; its texts come in NFC. Raises ValueError for NaN, infinities and deep nesting."""
        try:
            return compose_json_value(super().loads(s, parse_constant=_reject_non_finite_number, **kwargs))
        except RecursionError:
            raise ValueError("nested too deeply") from None


def _reject_non_finite_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")
