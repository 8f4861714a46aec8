"""Who comes in, by which session, in which language, with which act. Knows Flask and people, no other room.

One SELECT finds session, person and roles; the cookie holds only the session's key. `act()` is what commands get:
its moment is read from the clock once a request.
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

__all__ = ["KEY", "Visitor", "act", "allow", "guest", "install", "now", "recognise", "visitor"]

NOTED_EVERY = timedelta(minutes=5)
BEFORE_A_PASSWORD = frozenset(
    {"account.settings", "account.password", "account.locale", "account.theme", "login.sign_out"}
)
"""Where somebody may go whose password was given by an administrator, until he has chosen his own."""


class SignInNeeded(DepterError):
    """401: nobody is signed in, or the session is over."""

    status = 401

    def __init__(self) -> None:
        super().__init__("people.session.needed", remedy="sign_in")


@dataclass
class Visitor(UserMixin):
    """Who is signed in. `hats` are those in force: one's own, or of the person acted for."""

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
        """Whether one of the hats in force is of these roles."""
        return any(hat.role in roles for hat in self.hats)


def guest() -> Visitor | None:
    """Who is signed in, or None."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def visitor() -> Visitor:
    """Who is signed in; raises SignInNeeded."""
    found = guest()
    if found is None:
        raise SignInNeeded
    return found


def act(reason: str = "") -> Act:
    """The act of this request: its person, for whom, when, in which language."""
    found = guest()
    if found is None:
        return Act(None, None, now(), (), reason, locale=current_locale())
    return Act(found.person_id, found.on_behalf_of, now(), found.hats, reason, locale=current_locale())


def install(app: Flask) -> None:
    """Wire sessions, policies, CSRF, headers, throttling, languages and refusals into the application."""
    app.json = PlainJSON(app)
    login = LoginManager(app)
    login.session_protection = None
    login.request_loader(_load)
    app.config.setdefault(
        "WTF_CSRF_TIME_LIMIT", None
    )  # a token lives as long as its session: forms may stay open
    limiter_for(app)
    app.before_request(_come_in)
    app.teardown_request(_leave)
    app.after_request(keep_few_messages)
    CSRFProtect(app)
    draft_input.install(app)
    security_headers.install(app)
    error_pages.install(app)
    template_filters.install(app)
    navigation.install(app)


def recognise() -> None:
    """Look again at who is here: the cookie was given a key during this request."""
    g.pop("_login_user", None)
    set_current_locale(_language(guest()))


def _load(_request: Any) -> Visitor | None:
    key = key_hash()
    found = people.signed_in(key, now()) if key else None
    return Visitor(found) if found else None


def _come_in() -> Any:
    """Before each request: the language, then the declared policy of the route."""
    if request.endpoint == "static":
        set_current_locale(DEFAULT_LOCALE)
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    found = guest()
    set_current_locale(_language(found))
    if view is None:
        return None
    policy = policy_of(view)
    if not opens(policy, found.hats if found else None):
        raise SignInNeeded if found is None else Missing
    refuse_unkept()
    if found is not None and found.found.must_change and request.endpoint not in BEFORE_A_PASSWORD:
        return _password_first()
    _note_use(found)
    return None


def _leave(_error: BaseException | None) -> None:
    """After each request: the thread keeps nobody's language."""
    set_current_locale(DEFAULT_LOCALE)


def _password_first() -> Any:
    """An administrator knows this password (3.2): pages lead to the form, everything else is denied."""
    if request.method != "GET" or error_pages.wants_json():
        raise Denied("people.password.must_change", clause="3.2")
    flash(_("An administrator gave you this password. Please choose one that only you know."), "late")
    return redirect(url_for("account.settings"))


def _language(found: Visitor | None) -> str:
    asked = request.cookies.get("locale")
    if asked == PSEUDO and current_app.extensions["depter"].settings.env == "test":
        return PSEUDO
    if found is not None and found.found.locale:
        return found.found.locale
    if asked in LOCALES:
        return known(asked)
    return request.accept_languages.best_match(LOCALES) or DEFAULT_LOCALE


def _note_use(found: Visitor | None) -> None:
    """Keep the session alive, by one small write in five minutes."""
    if found is not None and now() - found.found.seen_at > NOTED_EVERY:
        with door.write(act()):
            people_commands.keep_alive(act(), found.found.session_id)
