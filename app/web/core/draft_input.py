"""Drafts of forms: the posted draft (static/js/drafts.js), and the cookie that reports a submitted form.

Only the shape of a draft is validated.
"""

from __future__ import annotations

import re

from flask import Flask, Response, current_app, request

from app.kernel.errors import Invalid

DraftValues = dict[str, str | list[str]]

SENT_FORM_COOKIE_NAME = "draft_sent"
"""Cookie for the script: the number of the form that was just accepted, so that its draft is deleted."""
FORM_NUMBER_PATTERN = re.compile(r"[\w-]{1,40}", re.ASCII)
COOKIE_SECONDS = 120


def install_accepted_form_cookie_hook(app: Flask) -> None:
    """Register the hook that sets the cookie after a form was accepted."""
    app.after_request(_set_accepted_form_cookie)


def _set_accepted_form_cookie(response: Response) -> Response:
    """Set the cookie with the number of a form that was accepted."""
    # Only an accepted form redirects; a refused one is rendered again and has to keep its draft.
    if request.method == "POST" and response.status_code in (302, 303):
        number = request.form.get("draft", "")
        if FORM_NUMBER_PATTERN.fullmatch(number):
            secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
            response.set_cookie(
                SENT_FORM_COOKIE_NAME, number, max_age=COOKIE_SECONDS, samesite="Lax", secure=secure
            )
    return response


def read_posted_draft_values() -> DraftValues:
    """Return `{field: text | [text]}` of this request. Raises Invalid (`body`, `values`) otherwise."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Invalid.field("body", "kernel.input.not_an_object")
    values = body.get("values")
    if not isinstance(values, dict) or not all(_is_text_or_text_list(value) for value in values.values()):
        raise Invalid.field("values", "kernel.input.not_an_object")
    return values


def _is_text_or_text_list(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(part, str) for part in value)
    return isinstance(value, str)
