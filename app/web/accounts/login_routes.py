"""Signing in and out. Sessions are stored in PostgreSQL; the cookie contains only the key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import generate_csrf

from app.exchange.moving_in import is_shown_setup_steps
from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid
from app.kernel.i18n import current_locale
from app.kernel.ids import new_id
from app.people import commands as people
from app.people.rules import PERMISSIONS
from app.texts.translate import gettext as _
from app.web.core import resume_form, session_cookie
from app.web.core.error_pages import refusal_as_json
from app.web.core.known_devices import remember_device
from app.web.core.login_page import render_sign_in_page
from app.web.core.navigation import start_page_url
from app.web.core.rate_limits import (
    LIMIT_BY_ADDRESS,
    LIMIT_BY_LOGIN,
    is_from_known_device,
    is_refused_sign_in,
    login_rate_limit_key,
)
from app.web.core.safe_redirects import own_path_or_root
from app.web.core.visitor import (
    allow_access,
    current_act,
    current_visitor,
    opens_before_rules,
    reload_visitor,
    request_time,
    visitor_or_none,
)
from app.web.labels.messages import error_message, message_text

blueprint = Blueprint("login", __name__)


@blueprint.record_once
def install_sign_in_rate_limits(state: Any) -> None:
    """Limit refused sign-ins by login and by address."""
    limiter = state.app.extensions["depter.limiter"]
    view = limiter.limit(
        LIMIT_BY_LOGIN, key_func=login_rate_limit_key, deduct_when=is_refused_sign_in, methods=["POST"]
    )(_sign_in_or_refuse)
    state.app.extensions["depter.sign_in"] = limiter.limit(
        LIMIT_BY_ADDRESS,
        deduct_when=is_refused_sign_in,
        exempt_when=is_from_known_device,
        methods=["POST"],
    )(view)


@blueprint.get("/sign-in")
@allow_access("anyone")
def show_sign_in_page() -> Any:
    """Show the sign-in page, or redirect a person who is signed in to the home page."""
    if visitor_or_none() is not None:
        return redirect("/")
    return render_sign_in_page(next=request.args.get("next"))


@blueprint.post("/sign-in", endpoint="enter")
@allow_access("anyone")
def submit_sign_in() -> Any:
    """Check login and password under the rate limit.

    The refused page keeps the form that was carried along.
    """
    try:
        return current_app.extensions["depter.sign_in"]()
    except RateLimitExceeded:
        if request.is_json:
            raise
        return _refused_sign_in_page(message_text("people.sign_in.too_often", {})), 429


def _refused_sign_in_page(error: str) -> str:
    """Show the page again with everything that was posted except the password."""
    form = request.form
    return render_sign_in_page(error, form.get("next"), form.get("login", ""), form.get("carry", ""))


def _sign_in_or_refuse() -> Any:
    """Check login and password, open the session and go on, or return the refusal (401, 422).

    Form or JSON.
    """
    credentials: Any = request.get_json(silent=True) if request.is_json else request.form
    if not hasattr(credentials, "get"):
        raise Invalid.field("login", "kernel.input.not_an_object")
    login, password = str(credentials.get("login", "")), str(credentials.get("password", ""))
    if not login.strip() or not password:
        if request.is_json:
            raise Invalid.field("password" if login.strip() else "login", "forms.field.required")
        return _refused_sign_in_page(_("Please give both user name and password.")), 422
    try:
        person = people.authenticate_person(login, password)
    except Denied as refusal:
        # End the refused transaction before the page reads again.
        db.session.rollback()
        if request.is_json:
            return jsonify(error=refusal_as_json(refusal)), 401
        hint = _("Look at the keyboard’s language, or ask the IT administrator.")
        return _refused_sign_in_page(f"{error_message(refusal)} {hint}"), 401
    _rehash_and_open_session(person, password)
    if request.is_json:
        return remember_device(jsonify(csrf=generate_csrf(), person=str(person)), login)
    kept = resume_form.verified_posted_fields_or_none(credentials.get("carry", ""), person)
    if kept is not None:
        reload_visitor()
        page = render_template(
            "resume.html", to=kept["to"], fields=resume_form.posted_field_views(kept["fields"])
        )
        return remember_device(make_response(page), login)
    return remember_device(make_response(redirect(own_path_or_root(credentials.get("next")))), login)


def _rehash_and_open_session(person: UUID, password: str) -> None:
    """Rehash a weak password hash, open a session and put its key into the cookie.

    A language chosen on the sign-in page becomes that of the account.
    """
    chosen_locale = session_cookie.take_locale_of_guest()
    sign_in_act = Act(person, None, request_time(), locale=current_locale())
    with door.write(sign_in_act):
        people.rehash_if_weak(sign_in_act, person, password)
        if chosen_locale is not None:
            people.set_person_locale(sign_in_act, chosen_locale)
        opened = people.open_login_session(
            sign_in_act, new_id(), person, request.user_agent.string, request.remote_addr or ""
        )
    session_cookie.store_session_key(opened.key)


@blueprint.post("/sign-out")
@allow_access("signed_in")
@opens_before_rules
def sign_out() -> Any:
    """End this session. The cookie keeps the dead key, so that a form still open in another window can be
    attributed.
    """
    with door.write(current_act()):
        people.end_own_session(current_act(), current_visitor().signed_in_session.session_id)
    return redirect(url_for("login.show_sign_in_page"))


@blueprint.get("/")
@allow_access("anyone")
def redirect_to_start_page() -> Any:
    """Redirect to the start page of the visitor's role; in a university that moves in to its steps, for whoever has a
    part in them."""
    me = visitor_or_none()
    if me is None:
        return redirect(url_for("login.show_sign_in_page"))
    if me.has_role(*PERMISSIONS["setup.read"]) and is_shown_setup_steps(me.person_id):
        return redirect(url_for("setup.show_setup_steps"))
    return redirect(start_page_url())
