"""The section of the settings where a person chooses which kinds of notices come by mail, and when."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for

from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.db import db
from app.notices import commands, queries
from app.notices.rules import digest_hour_or_default
from app.notices.topics import AT_ONCE_CHANNEL, DAILY_CHANNEL, NEVER_CHANNEL, TOPICS, Topic
from app.people.queries import load_contacts
from app.regulation import queries as regulation
from app.texts.translate import N_
from app.texts.translate import gettext as _
from app.web.core.visitor import Visitor, allow_access, current_act, current_visitor

blueprint = Blueprint("channels", __name__)

DELIVERY_MODE_LABELS: Mapping[str, str] = {
    AT_ONCE_CHANNEL: N_("At once"),
    DAILY_CHANNEL: N_("Daily digest, urgent items at once"),
    NEVER_CHANNEL: N_("Never, on the bell only"),
}


@blueprint.post("/account/letters")
@allow_access("signed_in")
def save_notification_settings() -> Any:
    """Save the choices; topics that were not on the page stay unchanged."""
    names = [
        topic.name for topic in _topics_receivable_by_visitor(current_visitor()) if topic.name in request.form
    ]
    with door.write(current_act()):
        commands.save_chosen_mail_channels(current_act(), {name: request.form[name] for name in names})
    flash(_("Saved: letters come as you chose."), "good")
    return redirect(url_for("account.show_account_settings") + "#letters")


def build_notification_settings_view(me: Visitor) -> SimpleNamespace:
    """Build the view of `account/_letters.html`: each topic with its delivery mode, the digest hour, the
    address.
    """
    chosen = queries.load_chosen_channels(me.person_id)
    contact = next(iter(load_contacts([me.person_id])), None)
    deadline_calendar = regulation.load_unit_deadline_calendar(db.session, None, local_day(current_act().at))
    return SimpleNamespace(
        kinds=[
            _notification_topic_view(topic, chosen.get(topic.name))
            for topic in _topics_receivable_by_visitor(me)
        ],
        ways=[(mode, _(label)) for mode, label in DELIVERY_MODE_LABELS.items()],
        hour=f"{digest_hour_or_default(deadline_calendar):02d}:00",
        address=contact.address if contact else None,
    )


def _notification_topic_view(topic: Topic, chosen: str | None) -> SimpleNamespace:
    return SimpleNamespace(
        name=topic.name,
        label=_(topic.label),
        about=_(topic.about),
        way=chosen or topic.default_channel,
        obligatory=topic.obligatory,
    )


def _topics_receivable_by_visitor(me: Visitor) -> list[Topic]:
    """Return the topics that a person with these roles can receive."""
    roles = {assignment.role for assignment in me.signed_in_session.assignments}
    return [topic for topic in TOPICS if not topic.roles or roles & set(topic.roles)]
