"""The page for a forgotten password: a letter with a one-time link. Its answer is the same whoever is named."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, request
from flask_limiter.errors import RateLimitExceeded

from app.kernel import door
from app.people import commands
from app.web.core.rate_limits import (
    LIMIT_OF_LETTERS_BY_ADDRESS,
    LIMIT_OF_LETTERS_BY_LOGIN,
    posted_login_rate_limit_key,
)
from app.web.core.visitor import allow_access, current_act
from app.web.labels.messages import message_text

blueprint = Blueprint("forgotten", __name__)


@blueprint.record_once
def install_letter_rate_limits(state: Any) -> None:
    """Limit the requests for letters by the login that is named, and by the address of the sender."""
    limiter = state.app.extensions["depter.limiter"]
    view = limiter.limit(LIMIT_OF_LETTERS_BY_LOGIN, key_func=posted_login_rate_limit_key, methods=["POST"])(
        _request_letter_response
    )
    state.app.extensions["depter.forgotten"] = limiter.limit(LIMIT_OF_LETTERS_BY_ADDRESS, methods=["POST"])(
        view
    )


@blueprint.get("/forgotten")
@allow_access("anyone")
def show_forgotten_form() -> str:
    """Show the field for the user name or the e-mail address."""
    return _render_forgotten_page()


@blueprint.post("/forgotten", endpoint="request_letter")
@allow_access("anyone")
def request_password_letter() -> Any:
    """Ask for the letter; 429 after too many requests, whether there is an account or not."""
    try:
        return current_app.extensions["depter.forgotten"]()
    except RateLimitExceeded:
        return _render_forgotten_page(message_text("people.letters.too_often", {})), 429


def _request_letter_response() -> Response:
    """Ask for the letter and show the page that says the same to everybody."""
    typed = request.form.get("login", "")
    if not typed.strip():
        return make_response(_render_forgotten_page(message_text("forms.field.required", {})), 422)
    with door.write(current_act()):
        commands.request_password_letter(current_act(), typed)
    return make_response(_render_forgotten_page(asked=True))


def _render_forgotten_page(error: str | None = None, *, asked: bool = False) -> str:
    typed = request.form.get("login", "")[:200]
    return render_template("account/forgotten.html", typed=typed, error=error, asked=asked)
