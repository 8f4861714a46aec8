"""Signing in and out. Sessions live in PostgreSQL; the cookie holds the key and nothing else."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, jsonify, redirect, render_template, request, session, url_for
from flask_wtf.csrf import generate_csrf

from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid
from app.kernel.ids import new_id
from app.people import commands as people
from app.web import carry as carrying
from app.web.entrance import KEY, act, allow, guest, now
from app.web.gate import sign_in_page
from app.web.paths import own_path
from app.web.speech import gettext as _
from app.web.throttle import BY_ADDRESS, BY_LOGIN, failed, login_key
from app.web.wording import message_of

blueprint = Blueprint("login", __name__)


@blueprint.record_once
def throttle(state: Any) -> None:
    """Count refused sign-ins by login and by address."""
    limiter = state.app.extensions["depter.limiter"]
    view = limiter.limit(BY_LOGIN, key_func=login_key, deduct_when=failed, methods=["POST"])(_sign_in)
    state.app.extensions["depter.sign_in"] = limiter.limit(BY_ADDRESS, deduct_when=failed, methods=["POST"])(
        view
    )


@blueprint.get("/sign-in")
@allow("anyone")
def sign_in() -> Any:
    """The page, or home for who is in already."""
    if guest() is not None:
        return redirect("/")
    return sign_in_page(next=request.args.get("next"))


@blueprint.post("/sign-in", endpoint="enter")
@allow("anyone")
def enter() -> Any:
    """Check name and password, throttled."""
    return current_app.extensions["depter.sign_in"]()


def _sign_in() -> Any:
    given: Any = request.get_json(silent=True) if request.is_json else request.form
    if not hasattr(given, "get"):
        raise Invalid.field("login", "kernel.input.not_an_object")
    login, password = str(given.get("login", "")), str(given.get("password", ""))
    if not login.strip() or not password:
        problem = "login" if not login.strip() else "password"
        if request.is_json:
            raise Invalid.field(problem, "forms.field.required")
        return sign_in_page(_("Please give both user name and password."), login=login), 422
    try:
        person = people.check_password(login, password)
    except Denied as refusal:
        db.session.rollback()
        if request.is_json:
            return jsonify(error={"code": refusal.code, "message": message_of(refusal)}), 401
        text = f"{message_of(refusal)} {_('Look at the keyboard’s language, or ask the IT administrator.')}"
        return sign_in_page(text, given.get("next"), login, given.get("carry", "")), 401
    _open(person)
    if request.is_json:
        return {"csrf": generate_csrf(), "person": str(person)}
    kept = carrying.unpack(given.get("carry", ""))
    if kept is not None:
        return render_template("resume.html", to=kept["to"], fields=kept["fields"])
    return redirect(own_path(given.get("next")))


def _open(person: Any) -> None:
    entering = Act(person, None, now(), locale=g.locale)
    with door.write(entering):
        opened = people.open_session(
            entering, new_id(), person, request.user_agent.string, request.remote_addr or ""
        )
    session.clear()
    session[KEY] = opened.key


@blueprint.post("/sign-out")
@allow("signed_in")
def sign_out() -> Any:
    """End this session."""
    me = guest()
    if me is not None:
        with door.write(act()):
            people.end_session(act(), me.found.session_id)
    session.clear()
    return redirect(url_for("login.sign_in"))


@blueprint.get("/")
@allow("anyone")
def home() -> Any:
    """Where each person's day begins."""
    me = guest()
    if me is None:
        return redirect(url_for("login.sign_in"))
    if me.wears("student") and not me.wears("teacher"):
        return redirect(url_for("student.marks"))
    if me.wears("teacher") and me.found.role in (None, "teacher"):
        return redirect(url_for("journal.today"))
    if me.wears("auditor", "curator") and not me.wears("directorate", "academic_office"):
        return redirect(url_for("journal.today"))
    return redirect(url_for("inbox.inbox"))
