"""Notify persons: on the bell, and by a letter of its own or in the daily letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.audit.words import seal_text
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.ids import new_id
from app.notices import rules
from app.notices.models import BellNotice, ChosenMailChannel, Digest, Letter
from app.notices.topics import AT_ONCE_CHANNEL, DAILY_CHANNEL, Topic, event_topic_or_default
from app.outbox.post import post_events
from app.regulation import queries as regulation

LETTER_DUE_EVENT = "notices.letter.due"
DIGEST_DUE_EVENT = "notices.digest.due"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person to notify. Without an address only the bell is used."""

    person: UUID
    address: str | None
    locale: str


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification: event type, outbox message, parameters, and the path of its page."""

    event_type: str
    message_id: int
    params: Mapping[str, Any]
    url: str


def add_bell_notices_and_queue_letters(
    act: Act, notification: Notification, recipients: Sequence[Recipient]
) -> int:
    """Add the notification to the bell of each recipient and queue letters; return how many are new.

    A repeat of the same outbox message notifies nobody twice. A fixed number of statements for any number of
    recipients.
    """
    by_person = {recipient.person: recipient for recipient in recipients}
    if not by_person:
        return 0
    calendar = regulation.load_unit_deadline_calendar(db.session, None, local_day(act.at))
    urgent = rules.is_too_urgent_for_digest(notification.event_type, notification.params, calendar, act.at)
    channels = _mail_channels_by_person(notification, by_person.values(), urgent)
    daily = [person for person, channel in channels.items() if channel == DAILY_CHANNEL]
    digests = _find_or_create_digests(act, daily, rules.next_digest_moment(calendar, act.at))
    notified = _insert_bell_notices(act, notification, list(by_person), digests)
    letters = [
        _build_letter_row(act, notification, by_person[recipient_id])
        for recipient_id in notified
        if channels.get(recipient_id) == AT_ONCE_CHANNEL
    ]
    if letters:
        db.session.execute(insert(Letter), letters)
        post_events(act, [(LETTER_DUE_EVENT, {"letter": str(row["id"])}, None) for row in letters])
    return len(notified)


def _mail_channels_by_person(notification: Notification, recipients: Any, urgent: bool) -> dict[UUID, str]:
    """Return the mail channel of each reachable recipient; one statement, none for an obligatory topic."""
    reachable = [
        recipient.person
        for recipient in recipients
        if rules.can_get_notice_by_mail(notification.event_type, recipient.address)
    ]
    topic = event_topic_or_default(notification.event_type, notification.params)
    chosen = _load_chosen_channels(topic, reachable)
    return {person: rules.mail_channel_for_topic(topic, chosen.get(person), urgent) for person in reachable}


def _load_chosen_channels(topic: Topic, persons: Sequence[UUID]) -> dict[UUID, str]:
    """Return the channels these persons chose for the topic."""
    if topic.obligatory or not persons:
        return {}
    statement = select(ChosenMailChannel.person, ChosenMailChannel.way).where(
        ChosenMailChannel.topic == topic.name, ChosenMailChannel.person.in_(persons)
    )
    return {row.person: row.way for row in db.session.execute(statement)}


def _find_or_create_digests(act: Act, persons: Sequence[UUID], due_at: datetime) -> dict[UUID, UUID]:
    """Return the next daily letter of each person, created where there is none with the event that sends it.

    A letter that was sent this very moment takes no more notices: the one of the following day does.
    """
    if not persons:
        return {}
    rows = [{"id": new_id(), "person": person, "due_at": due_at} for person in sorted(persons)]
    new_rows = insert(Digest).values(rows)
    # The update changes nothing: it locks an existing unsent letter and returns its id.
    statement = new_rows.on_conflict_do_update(
        index_elements=["person", "due_at"],
        set_={"due_at": new_rows.excluded.due_at},
        where=Digest.sent_at.is_(None),
    ).returning(Digest.person, Digest.id)
    assigned = {row.person: row.id for row in db.session.execute(statement)}
    own_ids = {row["id"] for row in rows}
    post_events(
        act, [(DIGEST_DUE_EVENT, {"digest": str(one)}, due_at) for one in assigned.values() if one in own_ids]
    )
    left_out = [person for person in persons if person not in assigned]
    return assigned | _find_or_create_digests(act, left_out, due_at + timedelta(days=1))


def _insert_bell_notices(
    act: Act, notification: Notification, persons: Sequence[UUID], digests: Mapping[UUID, UUID]
) -> list[UUID]:
    """Insert the bell notices; return the persons who had none from this message."""
    rows = [
        {
            "id": new_id(),
            "message_id": notification.message_id,
            "person": person,
            "event_type": notification.event_type,
            "params": dict(notification.params),
            "url": notification.url,
            "at": act.at,
            "digest_id": digests.get(person),
        }
        for person in persons
    ]
    statement = insert(BellNotice).values(rows).on_conflict_do_nothing().returning(BellNotice.person)
    return list(db.session.scalars(statement))


def _build_letter_row(act: Act, notification: Notification, recipient: Recipient) -> dict[str, Any]:
    """Return the row of a letter."""
    return {
        "id": new_id(),
        "message_id": notification.message_id,
        "person": recipient.person,
        "address": seal_text(recipient.person, recipient.address or ""),
        "locale": recipient.locale,
        "event_type": notification.event_type,
        "params": dict(notification.params),
        "url": notification.url,
        "at": act.at,
    }
