"""Drafts of forms: what a script keeps while somebody types (static/js/drafts.js), and the word that a form is done.

A draft is never validated beyond its shape.
"""

from __future__ import annotations

import re

from flask import Flask, Response, current_app, request

from app.kernel.errors import Invalid

Values = dict[str, str | list[str]]

SENT = "draft_sent"
"""Cookie for the script: the number of the form that was just taken, so that its draft is forgotten."""
NUMBER = re.compile(r"[\w-]{1,40}", re.ASCII)
SECONDS = 120


def install(app: Flask) -> None:
    """Answer the number of a form that was taken."""
    app.after_request(_tell_done)


def _tell_done(response: Response) -> Response:
    """A form that was taken leads on to another page; a refused one is drawn again and keeps its draft."""
    if request.method == "POST" and response.status_code in (302, 303):
        number = request.form.get("draft", "")
        if NUMBER.fullmatch(number):
            secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
            response.set_cookie(SENT, number, max_age=SECONDS, samesite="Lax", secure=secure)
    return response


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
