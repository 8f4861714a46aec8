"""The visitor of a request: person, session, language, roles and act.

One SELECT finds session, person and roles; the cookie holds only the session's key. `act()` is passed to
commands; its time is read from the clock once a request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask, current_app, flash, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf import CSRFProtect

from app.kernel import door
from app.kernel.act import Act, Hat
from app.kernel.errors import Denied, DepterError, Missing
from app.kernel.i18n import DEFAULT_LOCALE, LOCALES, PSEUDO, current_locale, known, set_current_locale
from app.people import commands as people_commands
from app.people import queries as people
from app.people.queries import SignedIn
from app.texts.translate import gettext as _
from app.web.core import draft_input, error_pages, navigation, security_headers, template_filters
from app.web.core.access_policy import allow, opens, policy_of
from app.web.core.input_guard import PlainJSON, refuse_unkept
from app.web.core.rate_limits import limiter_for
from app.web.core.request_clock import now
from app.web.core.session_cookie import KEY, keep_few_messages, key_hash

__all__ = ["KEY", "allow", "now"]

NOTED_EVERY = timedelta(minutes=5)
BEFORE_A_PASSWORD = frozenset(
    {"account.settings", "account.password", "account.locale", "account.theme", "login.sign_out"}
)
"""Endpoints open to a person who still has to replace the password set by an administrator."""


class SignInNeeded(DepterError):
    """401: nobody is signed in, or the session has ended."""

    status = 401

    def __init__(self) -> None:
        super().__init__("people.session.needed", remedy="sign_in")


@dataclass
class Visitor(UserMixin):
    """The signed-in person. `hats`: the role assignments in force, one's own or of the person acted for."""

    found: SignedIn

    def get_id(self) -> str:
        return str(self.found.session_id)

    @property
    def person_id(self) -> UUID:
        return self.found.person_id

    @property
    def hats(self) -> tuple[Hat, ...]:
        return self.found.acting_hats

    @property
    def on_behalf_of(self) -> UUID | None:
        return self.found.on_behalf_of

    def wears(self, *roles: str) -> bool:
        """Return whether one of the role assignments in force has one of these roles."""
        return any(hat.role in roles for hat in self.hats)


def guest() -> Visitor | None:
    """Return the signed-in visitor, or None."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def visitor() -> Visitor:
    """Return the signed-in visitor. Raises SignInNeeded."""
    found = guest()
    if found is None:
        raise SignInNeeded
    return found


def act(reason: str = "") -> Act:
    """Return the act of this request: person, on whose behalf, time, role assignments, language."""
    found = guest()
    if found is None:
        return Act(None, None, now(), (), reason, locale=current_locale())
    return Act(found.person_id, found.on_behalf_of, now(), found.hats, reason, locale=current_locale())


def install(app: Flask) -> None:
    """Install sessions, policies, CSRF protection, headers, rate limits, languages and error handlers."""
    app.json = PlainJSON(app)
    login = LoginManager(app)
    login.session_protection = None
    login.request_loader(_load_visitor)
    # A token is valid as long as its session: forms may stay open.
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    limiter_for(app)
    app.before_request(_check_request)
    app.teardown_request(_reset_locale)
    app.after_request(keep_few_messages)
    CSRFProtect(app)
    draft_input.install(app)
    security_headers.install(app)
    error_pages.install(app)
    template_filters.install(app)
    navigation.install(app)


def recognise() -> None:
    """Load the visitor again after the cookie got a session key during this request."""
    g.pop("_login_user", None)
    set_current_locale(_choose_locale(guest()))


def _load_visitor(_request: Any) -> Visitor | None:
    key = key_hash()
    found = people.signed_in(key, now()) if key else None
    return Visitor(found) if found else None


def _check_request() -> Any:
    """Set the language, then check policy and input of the route. Raises SignInNeeded, Missing, Invalid."""
    if request.endpoint == "static":
        set_current_locale(DEFAULT_LOCALE)
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    found = guest()
    set_current_locale(_choose_locale(found))
    if view is None:
        return None
    policy = policy_of(view)
    if not opens(policy, found.hats if found else None):
        raise SignInNeeded if found is None else Missing
    refuse_unkept()
    if found is not None and found.found.must_change and request.endpoint not in BEFORE_A_PASSWORD:
        return _require_new_password()
    _update_last_use(found)
    return None


def _reset_locale(_error: BaseException | None) -> None:
    """Reset the thread's language after each request."""
    set_current_locale(DEFAULT_LOCALE)


def _require_new_password() -> Any:
    """Redirect a page to the password form; refuse any other request with Denied (3.2)."""
    if request.method != "GET" or error_pages.wants_json():
        raise Denied("people.password.must_change", clause="3.2")
    flash(_("An administrator gave you this password. Please choose one that only you know."), "late")
    return redirect(url_for("account.settings"))


def _choose_locale(found: Visitor | None) -> str:
    """Return the language: of the account, else of the cookie, else of the browser, else the default."""
    cookie = request.cookies.get("locale")
    if cookie == PSEUDO and current_app.extensions["depter"].settings.env == "test":
        return PSEUDO
    if found is not None and found.found.locale:
        return found.found.locale
    if cookie in LOCALES:
        return known(cookie)
    return request.accept_languages.best_match(LOCALES) or DEFAULT_LOCALE


def _update_last_use(found: Visitor | None) -> None:
    """Update the session's last use, by one small write in five minutes."""
    if found is not None and now() - found.found.seen_at > NOTED_EVERY:
        with door.write(act()):
            people_commands.keep_alive(act(), found.found.session_id)
