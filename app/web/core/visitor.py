"""The visitor of a request: person, session, language, roles and act.

One SELECT finds session, person and roles; the cookie holds only the session's key. `act()` is passed to
commands; its time is read from the clock once a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask, current_app, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf import CSRFProtect

from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_time
from app.kernel.errors import Denied, DepterError, Missing
from app.kernel.i18n import (
    DEFAULT_LOCALE,
    LOCALES,
    PSEUDO_LOCALE,
    current_locale,
    set_current_locale,
    set_every_year_written,
    set_reading_year,
    supported_or_default_locale,
)
from app.people import commands as people_commands
from app.people import queries as people
from app.people.name_masking import set_names_masked
from app.people.queries import SignedInSession
from app.web.core import draft_input, error_pages, navigation, security_headers, template_filters
from app.web.core.access_policy import (
    ANYONE,
    allow_access,
    declared_access_policy,
    is_every_year_written,
    is_open_before_rules,
    is_route_access_allowed,
    opens_before_rules,
    writes_every_year,
)
from app.web.core.input_guard import StrictJSONProvider, reject_malformed_text
from app.web.core.rate_limits import create_rate_limiter
from app.web.core.request_clock import request_time
from app.web.core.session_cookie import SESSION_KEY_NAME, limit_flashed_messages, session_key_hash

__all__ = ["SESSION_KEY_NAME", "allow_access", "opens_before_rules", "request_time", "writes_every_year"]

LAST_USE_INTERVAL = timedelta(minutes=5)


class SignInRequired(DepterError):
    """401: nobody is signed in, or the session has ended."""

    status = 401

    def __init__(self) -> None:
        super().__init__("people.session.needed", remedy="sign_in")


@dataclass
class Visitor(UserMixin):
    """The signed-in person. `assignments`: the role assignments in force, one's own or of the person acted for."""

    signed_in_session: SignedInSession

    def get_id(self) -> str:
        return str(self.signed_in_session.session_id)

    @property
    def person_id(self) -> UUID:
        return self.signed_in_session.person_id

    @property
    def assignments(self) -> tuple[RoleAssignment, ...]:
        return self.signed_in_session.acting_roles

    @property
    def on_behalf_of(self) -> UUID | None:
        return self.signed_in_session.on_behalf_of

    def has_role(self, *roles: str) -> bool:
        """Return whether one of the role assignments in force has one of these roles."""
        return any(assignment.role in roles for assignment in self.assignments)


def visitor_or_none() -> Visitor | None:
    """Return the signed-in visitor, or None."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def current_visitor() -> Visitor:
    """Return the signed-in visitor. Raises SignInRequired."""
    found = visitor_or_none()
    if found is None:
        raise SignInRequired
    return found


def current_act(reason: str = "") -> Act:
    """Return the act of this request: person, on whose behalf, time, role assignments, language.

    Inside `use_play_person_and_clock` it is the act given there.
    """
    rehearsed: Act | None = g.get("rehearsed_act")
    if rehearsed is not None:
        return rehearsed.with_reason(reason)
    found = visitor_or_none()
    if found is None:
        return Act(None, None, request_time(), (), reason, locale=current_locale())
    return Act(
        found.person_id,
        found.on_behalf_of,
        request_time(),
        found.assignments,
        reason,
        locale=current_locale(),
    )


@contextmanager
def use_play_person_and_clock(rehearsed: Act) -> Iterator[None]:
    """Let the views of a block see the person and the clock of a play, in a rehearsal; the visitor stays the same."""
    own_time = request_time()
    g.rehearsed_act, g.now = rehearsed, rehearsed.at
    try:
        yield
    finally:
        g.now = own_time
        g.pop("rehearsed_act")


def install_request_handling(app: Flask) -> None:
    """Install sessions, policies, CSRF protection, headers, rate limits, languages and error handlers."""
    app.json = StrictJSONProvider(app)
    login = LoginManager(app)
    login.session_protection = None
    login.request_loader(_visitor_from_session_cookie)
    # A token is valid as long as its session: forms may stay open.
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    create_rate_limiter(app)
    app.before_request(_set_locale_and_check_access)
    app.teardown_request(_reset_locale)
    app.after_request(limit_flashed_messages)
    CSRFProtect(app)
    draft_input.install_accepted_form_cookie_hook(app)
    security_headers.install_security_headers(app)
    error_pages.register_error_handlers(app)
    template_filters.register_template_filters(app)
    navigation.register_page_shell_variable(app)


def reload_visitor() -> None:
    """Load the visitor again after the cookie got a session key during this request."""
    g.pop("_login_user", None)
    found = visitor_or_none()
    set_current_locale(_choose_locale(found))
    set_names_masked(found is not None and found.signed_in_session.sees_masked_names)


def _visitor_from_session_cookie(_request: Any) -> Visitor | None:
    key = session_key_hash()
    found = people.find_signed_in_session(key, request_time()) if key else None
    return Visitor(found) if found else None


def _set_locale_and_check_access() -> Any:
    """Set the language, then check policy and input of the route. Raises SignInRequired, Missing, Invalid."""
    if request.endpoint == "static":
        set_current_locale(DEFAULT_LOCALE)
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    found = visitor_or_none()
    set_current_locale(_choose_locale(found))
    set_names_masked(found is not None and found.signed_in_session.sees_masked_names)
    if is_every_year_written(view):
        set_every_year_written()
    else:
        set_reading_year(local_time(request_time()).year)
    if view is None:
        return None
    policy = declared_access_policy(view)
    if not is_route_access_allowed(policy, found.assignments if found else None):
        raise SignInRequired if found is None else Missing
    if found is not None and not found.signed_in_session.rules_accepted:
        answer = _ask_to_accept_rules(view)
        if answer is not None:
            return answer
    reject_malformed_text()
    _update_last_use(found)
    return None


def _ask_to_accept_rules(view: Callable[..., Any]) -> Any:
    """Redirect somebody who has not accepted the rules (3.2) to their page, or (None) let him pass to one of those that
    open before. Raises Denied for what is no page."""
    if ANYONE in declared_access_policy(view) or is_open_before_rules(view):
        return None
    if request.method != "GET" or request.is_json or request.headers.get("X-Requested-With"):
        raise Denied("people.rules.not_accepted", clause="3.2", remedy="rules")
    return redirect(url_for("rules.show_rules", next=request.full_path.rstrip("?")))


def _reset_locale(_error: BaseException | None) -> None:
    """Reset the thread's language, year and masking of names after each request."""
    set_current_locale(DEFAULT_LOCALE)
    set_reading_year(None)
    set_names_masked(False)


def _choose_locale(found: Visitor | None) -> str:
    """Return the language: of the account, else of the cookie, else of the browser, else the default."""
    cookie = request.cookies.get("locale")
    if cookie == PSEUDO_LOCALE and current_app.extensions["depter"].settings.env == "test":
        return PSEUDO_LOCALE
    if found is not None and found.signed_in_session.locale:
        return found.signed_in_session.locale
    if cookie in LOCALES:
        return supported_or_default_locale(cookie)
    return request.accept_languages.best_match(LOCALES) or DEFAULT_LOCALE


def _update_last_use(found: Visitor | None) -> None:
    """Update the session's last use, by one small write in five minutes."""
    if found is not None and request_time() - found.signed_in_session.seen_at > LAST_USE_INTERVAL:
        with door.write(current_act()):
            people_commands.extend_login_session(current_act(), found.signed_in_session.session_id)
