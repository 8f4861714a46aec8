"""The page of an invitation: a one-time link, or the code of a slip, with which a person chooses login and password
and is signed in.

Only sending the form uses the link up; opening the page, as mail scanners do, does not.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask_limiter.errors import RateLimitExceeded

from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Invalid, Missing, Refused
from app.kernel.ids import new_id
from app.people import commands, queries
from app.people.code_rules import read_code
from app.people.invitation_rules import (
    EXPIRED_INVITATION,
    OPEN_INVITATION,
    REPLACED_INVITATION,
    USED_INVITATION,
)
from app.web.core import session_cookie
from app.web.core.rate_limits import LIMIT_BY_ADDRESS
from app.web.core.visitor import allow_access, current_act, request_time
from app.web.labels.messages import error_message, message_text, next_step_text, problem_texts_by_field

blueprint = Blueprint("invitation", __name__)

REFUSED_TRIES_RATE_LIMIT = "30 per 5 minutes"
MAX_KEY_LENGTH = 100
HTTP_GONE = 410
REFUSAL_CODES_BY_STAGE = {
    USED_INVITATION: "people.invitation.used",
    REPLACED_INVITATION: "people.invitation.replaced",
    EXPIRED_INVITATION: "people.invitation.expired",
}
"""Error codes of a link that is no longer valid, by its stage."""


def is_refused_response(response: Response) -> bool:
    """Return whether the request was refused; only refused requests count against the sender."""
    return response.status_code >= 400


@blueprint.record_once
def install_invitation_rate_limit(state: Any) -> None:
    """Limit the failed links and forms of one machine."""
    limiter = state.app.extensions["depter.limiter"]
    state.app.extensions["depter.invitation"] = limiter.limit(
        REFUSED_TRIES_RATE_LIMIT, deduct_when=is_refused_response
    )(_invitation_response)
    state.app.extensions["depter.activation"] = limiter.limit(
        LIMIT_BY_ADDRESS, deduct_when=is_refused_response, methods=["POST"]
    )(_activation_response)


@blueprint.get("/invitation/<key>")
@allow_access("anyone")
def show_invitation_form(key: str) -> Any:
    """Show the form, or the reason why the link is no longer valid."""
    return _answer_invitation_within_rate_limit(key)


@blueprint.post("/invitation/<key>", endpoint="accept")
@allow_access("anyone")
def accept_invitation(key: str) -> Any:
    """Open the account and sign in."""
    return _answer_invitation_within_rate_limit(key)


@blueprint.get("/activate")
@allow_access("anyone")
def show_activation_form() -> Any:
    """Show the field for the code of a slip."""
    return _render_activation_form()


@blueprint.post("/activate", endpoint="activate")
@allow_access("anyone")
def submit_activation_code() -> Any:
    """Go on to the page of the code. The answer is the same for a code that is unknown, used, replaced or
    expired."""
    try:
        return current_app.extensions["depter.activation"]()
    except RateLimitExceeded:
        return _render_activation_form(message_text("people.sign_in.too_often", {})), 429


def _activation_response() -> Response:
    """Answer a code with a response object, so that the limiter can count refusals."""
    code = read_code(request.form.get("code", ""))
    found = queries.find_invitation(commands.hash_key_for_storage(code), request_time())
    if found is None or found.stage != OPEN_INVITATION:
        said = message_text("people.slips.code_unknown", {})
        return make_response(_render_activation_form(said), Invalid.status)
    return make_response(redirect(url_for("invitation.show_invitation_form", key=code)))


def _render_activation_form(error: str | None = None) -> str:
    return render_template("account/activate.html", typed=request.form.get("code", ""), error=error)


def _answer_invitation_within_rate_limit(key: str) -> Any:
    """Answer through the rate limiter; 429 when the machine has failed too often."""
    try:
        return current_app.extensions["depter.invitation"](key=key)
    except RateLimitExceeded:
        return _render_message_page(message_text("people.sign_in.too_often", {}), ""), 429


def _invitation_response(key: str) -> Any:
    """Answer either request with a response object, so that the limiter can count refusals."""
    hashed = commands.hash_key_for_storage(key[:MAX_KEY_LENGTH])
    try:
        found = queries.find_invitation(hashed, request_time())
        if found is None:
            raise Missing
        if found.stage != OPEN_INVITATION:
            raise Refused(REFUSAL_CODES_BY_STAGE[found.stage])
        if request.method == "POST":
            return _open_account_and_sign_in(hashed)
    except Invalid as wrong:
        # End the refused transaction before the page reads again.
        db.session.rollback()
        return make_response(_render_invitation_form(hashed, wrong), wrong.status)
    except (Missing, Refused) as gone:
        db.session.rollback()
        return _invalid_invitation_response(gone)
    return make_response(_render_invitation_form(hashed))


def _open_account_and_sign_in(hashed: bytes) -> Response:
    form = request.form
    # The guest's act opens the account; the session is opened by the person who now exists.
    sign_in_act = current_act()
    chosen_locale = session_cookie.take_locale_of_guest()
    with door.write(sign_in_act):
        person = commands.accept_invitation(
            sign_in_act, hashed, form.get("login", ""), form.get("new", ""), form.get("again", "")
        )
        session_act = Act(person, None, sign_in_act.at, locale=sign_in_act.locale)
        if chosen_locale is not None:
            commands.set_person_locale(session_act, chosen_locale)
        opened = commands.open_login_session(
            session_act, new_id(), person, request.user_agent.string, request.remote_addr or ""
        )
    session_cookie.store_session_key(opened.key)
    return make_response(redirect("/"))


def _render_invitation_form(hashed: bytes, wrong: Invalid | None = None) -> str:
    found = queries.find_invitation(hashed, request_time())
    return render_template(
        "account/invitation.html",
        invitation=found,
        typed=request.form,
        errors=problem_texts_by_field(wrong) if wrong else {},
    )


def _invalid_invitation_response(gone: DepterError) -> Response:
    """Show why the link is not valid and what to do.

    An unknown link gets a text of its own, which reveals nothing of others.
    """
    code = "people.invitation.unknown" if isinstance(gone, Missing) else gone.code
    status = 404 if isinstance(gone, Missing) else HTTP_GONE
    refusal = Refused(code)
    return make_response(_render_message_page(error_message(refusal), next_step_text(refusal) or ""), status)


def _render_message_page(text: str, following: str) -> str:
    return render_template("account/invitation.html", invitation=None, text=text, following=following)
