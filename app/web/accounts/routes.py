"""Pages of the own account: language, appearance, role in use, sessions, password, substitutes, mail,
calendar.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_limiter.errors import RateLimitExceeded

from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import Invalid, Refused
from app.kernel.i18n import LOCALES
from app.kernel.ids import new_id, parse_id
from app.kernel.typed_values import read_day_field
from app.people import commands as people
from app.people import queries
from app.people.account import load_active_sessions, load_unended_substitutions
from app.texts.roles import LABEL_BY_ROLE
from app.texts.translate import gettext as _
from app.web.accounts import calendar_feed, notification_settings
from app.web.accounts.devices import device_name
from app.web.core import session_cookie
from app.web.core.navigation import role_choices_by_id, task_list_url
from app.web.core.rate_limits import LIMIT_OF_PASSWORD_CHANGES, is_refused_form_response
from app.web.core.safe_redirects import own_path_or_root
from app.web.core.visitor import allow_access, current_act, current_visitor, request_time, visitor_or_none
from app.web.labels.messages import problem_texts_by_field

blueprint = Blueprint("account", __name__)


@blueprint.post("/account/locale")
@allow_access("anyone")
def set_locale() -> Any:
    """Change the language of the account, or of this browser for a guest."""
    wanted = request.form.get("locale", "")
    if wanted not in LOCALES:
        raise Invalid.field("locale", "people.locale.unknown")
    if visitor_or_none() is not None:
        with door.write(current_act()):
            people.set_person_locale(current_act(), wanted)
    else:
        session_cookie.store_locale_of_guest(wanted)
    answer = make_response(redirect(own_path_or_root(request.form.get("next"))))
    return session_cookie.set_choice_cookie(answer, "locale", wanted)


@blueprint.post("/account/theme")
@allow_access("anyone")
def set_theme() -> Any:
    """Set the appearance: light, dark, or as the device."""
    wanted = request.form.get("theme", "")
    if wanted not in ("auto", "light", "dark"):
        raise Invalid.field("theme", "people.theme.unknown")
    if visitor_or_none() is not None:
        with door.write(current_act()):
            people.set_person_theme(current_act(), wanted)
    answer = make_response(redirect(own_path_or_root(request.form.get("next"))))
    return session_cookie.set_choice_cookie(answer, "theme", wanted)


@blueprint.post("/account/role")
@allow_access("signed_in")
def switch_role() -> Any:
    """Choose the role in use, or the person to act for.

    Raises Refused (3.2) for a role that was not offered.
    """
    chosen = role_choices_by_id(current_visitor().signed_in_session).get(request.form.get("role", ""))
    if chosen is None:
        raise Refused("people.role.not_offered")
    with door.write(current_act()):
        people.switch_acting_role(current_act(), current_visitor().signed_in_session.session_id, *chosen)
    return redirect("/" if chosen[2] is None else task_list_url())


@blueprint.get("/account")
@allow_access("signed_in")
def show_account_settings(refused: Invalid | None = None, calendar_key: str | None = None) -> str:
    """Show all settings on one page; `calendar_key` is a new secret that is shown only once."""
    me = current_visitor()
    who = request.args.get("who", "")[:80]
    return render_template(
        "account/settings.html",
        sessions=[
            SimpleNamespace(
                id=row.id,
                device=device_name(row.user_agent),
                address=row.address,
                created_at=row.created_at,
                seen_at=row.seen_at,
                here=row.id == me.signed_in_session.session_id,
            )
            for row in load_active_sessions(me.person_id, request_time())
        ],
        substitutes=load_unended_substitutions(me.person_id, local_day(request_time())),
        roles=[
            (role, _(LABEL_BY_ROLE[role]))
            for role in dict.fromkeys(assignment.role for assignment in me.signed_in_session.assignments)
        ],
        role_names={role: _(label) for role, label in LABEL_BY_ROLE.items()},
        has_colleagues=any(assignment.role != "student" for assignment in me.signed_in_session.assignments),
        colleagues=_matching_colleague_options(who),
        who=who,
        today=local_day(request_time()),
        substitute_id=new_id(),
        typed=request.form,
        errors=problem_texts_by_field(refused) if refused else {},
        letters=notification_settings.build_notification_settings_view(me),
        calendar=calendar_feed.calendar_feed_view(me, calendar_key),
    )


def _matching_colleague_options(search: str) -> list[SimpleNamespace]:
    """Find at most 20 staff members whose names contain the search text of two characters or more."""
    if len(search) < 2:
        return []
    found = queries.load_people_page(local_day(request_time()), search, most=20)
    return [
        SimpleNamespace(id=row.id, name=row.name.full)
        for row in found
        if row.id != current_visitor().person_id and any(role != "student" for role, _unit in row.roles)
    ]


@blueprint.post("/account/sessions/<uuid:session_id>/end")
@allow_access("signed_in")
def end_session(session_id: UUID) -> Any:
    """End one of the own sessions."""
    with door.write(current_act()):
        people.end_own_session(current_act(), session_id)
    flash(_("The session is ended."), "good")
    return redirect(url_for("account.show_account_settings") + "#sessions")


@blueprint.post("/account/sessions/end-others")
@allow_access("signed_in")
def end_other_sessions() -> Any:
    """End all own sessions except this one."""
    with door.write(current_act()):
        people.end_all_sessions_of_person(
            current_act(), current_visitor().person_id, current_visitor().signed_in_session.session_id
        )
    flash(_("Every other session is ended."), "good")
    return redirect(url_for("account.show_account_settings") + "#sessions")


@blueprint.record_once
def install_password_rate_limit(state: Any) -> None:
    """Limit the refused changes of one person's password: who found a session open must not try passwords."""
    limiter = state.app.extensions["depter.limiter"]
    state.app.extensions["depter.password"] = limiter.limit(
        LIMIT_OF_PASSWORD_CHANGES,
        key_func=lambda: f"password:{current_visitor().person_id}",
        deduct_when=is_refused_form_response,
    )(_change_password_response)


@blueprint.post("/account/password", endpoint="password")
@allow_access("signed_in")
def change_password() -> Any:
    """Change the own password; all other sessions end. 429 after too many refusals."""
    try:
        return current_app.extensions["depter.password"]()
    except RateLimitExceeded:
        return show_account_settings(Invalid.field("old", "people.password.too_often")), 429


def _change_password_response() -> Any:
    try:
        with door.write(current_act()):
            people.change_password(
                current_act(),
                request.form.get("old", ""),
                request.form.get("new", ""),
                current_visitor().signed_in_session.session_id,
            )
    except Invalid as refused:
        return show_account_settings(refused), refused.status
    flash(_("The password is changed. Every other session was ended."), "good")
    return redirect(url_for("account.show_account_settings"))


@blueprint.post("/account/calendar")
@allow_access("signed_in")
def create_calendar_link() -> str:
    """Create a new calendar address, shown only on this page; the earlier address becomes invalid."""
    with door.write(current_act()):
        key = people.create_or_replace_calendar_secret(current_act())
    return show_account_settings(calendar_key=key)


@blueprint.post("/account/substitutes")
@allow_access("signed_in")
def name_substitute() -> Any:
    """Name a substitute for the own person between two days."""
    form = request.form
    try:
        with door.write(current_act()):
            people.name_substitute(
                current_act(),
                parse_id(form.get("id")),
                parse_id(form.get("substitute"), "substitute"),
                form.get("role") or None,
                read_day_field("from", form.get("from")),
                read_day_field("until", form.get("until")),
                form.get("reason", ""),
            )
    except Invalid as refused:
        return show_account_settings(refused), refused.status
    flash(_("Your substitute is named."), "good")
    return redirect(url_for("account.show_account_settings") + "#substitutes")


@blueprint.post("/account/substitutes/<uuid:substitute_id>/end")
@allow_access("signed_in")
def end_substitution(substitute_id: UUID) -> Any:
    """End a substitution at once."""
    with door.write(current_act()):
        people.revoke_substitution(current_act(), substitute_id)
    flash(_("The substitution is ended."), "good")
    return redirect(url_for("account.show_account_settings") + "#substitutes")
