"""What a script sends to keep of a form: the fields as they were typed. Never validated beyond their shape."""

from __future__ import annotations

from flask import request

from app.kernel.errors import Invalid

Values = dict[str, str | list[str]]


def typed_values() -> Values:
    """`{values: {field: text | [text]}}` of this request. Raises Invalid (`body`, `values`) for another shape."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Invalid.field("body", "kernel.input.not_an_object")
    values = body.get("values")
    if not isinstance(values, dict) or not all(_typed(value) for value in values.values()):
        raise Invalid.field("values", "kernel.input.not_an_object")
    return values


def _typed(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(part, str) for part in value)
    return isinstance(value, str)
