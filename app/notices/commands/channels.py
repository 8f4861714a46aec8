"""Choose how each topic is sent by mail."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import record_audit_event
from app.kernel.act import Act
from app.kernel.db import db
from app.notices import rules
from app.notices.models import ChosenMailChannel
from app.notices.topics import TOPICS_BY_NAME

CHANNELS_CHOSEN = "notices.channel.chosen"


def save_chosen_mail_channels(act: Act, ways: Mapping[str, str]) -> None:
    """Set these channels by topic; others stay unchanged. Raises Invalid, Refused for an obligatory topic."""
    for topic, channel in ways.items():
        refusal = rules.refusal_to_choose_channel(topic, channel)
        if refusal is not None:
            raise refusal
    person = _require_acting_person_id(act)
    optional = {topic: channel for topic, channel in ways.items() if not TOPICS_BY_NAME[topic].obligatory}
    statement = (
        select(ChosenMailChannel.topic, ChosenMailChannel.way)
        .where(ChosenMailChannel.person == person)
        .with_for_update()
    )
    before = {row.topic: row.way for row in db.session.execute(statement)}
    changed = {
        topic: channel
        for topic, channel in optional.items()
        if channel != before.get(topic, TOPICS_BY_NAME[topic].default_channel)
    }
    if not changed:
        return
    new_rows = insert(ChosenMailChannel).values(
        [{"person": person, "topic": topic, "way": channel} for topic, channel in changed.items()]
    )
    db.session.execute(
        new_rows.on_conflict_do_update(
            index_elements=["person", "topic"], set_={"way": new_rows.excluded.way}
        )
    )
    previous = {topic: before.get(topic, TOPICS_BY_NAME[topic].default_channel) for topic in changed}
    record_audit_event(act, CHANNELS_CHOSEN, ("people.person", person), previous, changed)


def _require_acting_person_id(act: Act) -> UUID:
    """Return the person of the act; raise ValueError for the system."""
    if act.person is None:
        raise ValueError("the system has no channels")
    return act.person
