"""The calendar feed: a secret address that programs read without signing in, and its removal on the settings
page.
"""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, request, url_for

from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Missing
from app.people import commands, queries
from app.people.commands import hash_key_for_storage
from app.people.commands.calendars import CALENDAR_USE_INTERVAL
from app.texts.translate import gettext as _
from app.web.accounts.calendar_events import PersonalCalendar
from app.web.accounts.ics import render_ics
from app.web.core.visitor import Visitor, allow_access, current_act, request_time, writes_every_year

blueprint = Blueprint("feed", __name__)

FEED_RATE_LIMIT = "60 per hour"
WRONG_KEY_RATE_LIMIT = "30 per 5 minutes"
MAX_KEY_LENGTH = 100


def calendar_rate_limit_key() -> str:
    """Return the rate limiter's key of the requested calendar: a digest, so that the counter does not store
    the secret.
    """
    key = str((request.view_args or {}).get("key", ""))
    return "calendar:" + hashlib.sha256(key.encode()).hexdigest()[:32]


def is_not_found_response(response: Response) -> bool:
    """Return whether the address opened no calendar; only such requests count against the sender."""
    return response.status_code == 404


@blueprint.record_once
def install_feed_rate_limits(state: Any) -> None:
    """Limit the requests of one calendar, and the wrong addresses that one machine tries."""
    limiter = state.app.extensions["depter.limiter"]
    # Two limits around one view: by calendar for all requests, by address for those that open nothing.
    view = limiter.limit(FEED_RATE_LIMIT, key_func=calendar_rate_limit_key)(_calendar_file_response)
    state.app.extensions["depter.calendar"] = limiter.limit(
        WRONG_KEY_RATE_LIMIT, deduct_when=is_not_found_response
    )(view)


@blueprint.get("/calendar/<key>.ics")
@allow_access("anyone")
@writes_every_year
def download_calendar_file(key: str) -> Any:
    """Return the calendar file; 404 for a wrong, a replaced and a deleted address alike."""
    return current_app.extensions["depter.calendar"](key=key)


def _calendar_file_response(key: str) -> Response:
    """Build the calendar file and record its use at most once in `CALENDAR_USE_INTERVAL`; raises Missing."""
    found = queries.find_calendar_owner(hash_key_for_storage(key[:MAX_KEY_LENGTH]))
    if found is None:
        raise Missing
    moment = request_time()
    agenda = PersonalCalendar(found, moment, current_app.extensions["depter"].settings.public_url)
    body = render_ics(agenda.calendar_name, agenda.load_entries(), moment)
    # Programs fetch often: record the use at most once an hour, so that most requests write nothing.
    if found.seen_at is None or moment - found.seen_at > CALENDAR_USE_INTERVAL:
        with door.write(Act.by_system(moment)):
            commands.store_calendar_use_time(found.person, moment)
    answer = Response(body, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'inline; filename="depter.ics"'
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@blueprint.post("/account/calendar/end")
@allow_access("signed_in")
def delete_calendar_address() -> Any:
    """Delete the address of the own calendar."""
    with door.write(current_act()):
        commands.delete_calendar_secret(current_act())
    flash(_("The address of your calendar opens nothing any more."), "good")
    return redirect(url_for("account.show_account_settings") + "#calendar")


def calendar_feed_view(me: Visitor, key: str | None) -> SimpleNamespace:
    """Build the view of `account/_calendar.html`; `key` is a secret that was created in this request."""
    found = queries.find_calendar_link_times(me.person_id)
    base = current_app.extensions["depter"].settings.public_url
    return SimpleNamespace(
        made_at=found[0] if found else None,
        seen_at=found[1] if found else None,
        address=base + url_for("feed.download_calendar_file", key=key) if key else None,
    )
