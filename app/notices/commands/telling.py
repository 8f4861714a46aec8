"""Tell persons something: on their bell, and by a letter of its own or by the one letter of their day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.ids import new_id
from app.notices import rules
from app.notices.models import Bell, Channel, Digest, Letter
from app.notices.topics import AT_ONCE, DAILY, Topic, topic_of
from app.outbox.post import post_all
from app.regulation import queries as regulation

LETTER_DUE = "notices.letter.due"
DIGEST_DUE = "notices.digest.due"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to tell. Without an address only the bell rings."""

    person: UUID
    address: str | None
    locale: str


@dataclass(frozen=True, slots=True)
class News:
    """What to tell: the fact, the outbox message it came with, its structure, and the path of the page about it."""

    fact: str
    message_id: int
    params: Mapping[str, Any]
    url: str


def tell(act: Act, news: News, recipients: Sequence[Recipient]) -> int:
    """Ring the bell of each recipient and put a letter on its way; answers how many were told now.

    Told again, the same news reaches nobody twice. A handful of statements, however many recipients.
    """
    by_person = {recipient.person: recipient for recipient in recipients}
    if not by_person:
        return 0
    terms = regulation.terms(db.session, None, local_day(act.at))
    urgent = rules.is_urgent(news.fact, news.params, terms, act.at)
    ways = _ways(news, by_person.values(), urgent)
    daily = [person for person, way in ways.items() if way == DAILY]
    digests = _digests(act, daily, rules.next_digest(terms, act.at))
    rung = _ring(act, news, list(by_person), digests)
    letters = [_letter_row(act, news, by_person[one]) for one in rung if ways.get(one) == AT_ONCE]
    if letters:
        db.session.execute(insert(Letter), letters)
        post_all(act, [(LETTER_DUE, {"letter": str(row["id"])}, None) for row in letters])
    return len(rung)


def _ways(news: News, recipients: Any, urgent: bool) -> dict[UUID, str]:
    """How the news goes to each recipient who can be reached by mail; one statement, none where nobody may choose."""
    reached = [one.person for one in recipients if rules.gets_letter(news.fact, one.address)]
    topic = topic_of(news.fact, news.params)
    chosen = _chosen(topic, reached)
    return {person: rules.way_of(topic, chosen.get(person), urgent) for person in reached}


def _chosen(topic: Topic, persons: Sequence[UUID]) -> dict[UUID, str]:
    if topic.clause is not None or not persons:
        return {}
    found = select(Channel.person, Channel.way).where(
        Channel.topic == topic.name, Channel.person.in_(persons)
    )
    return {row.person: row.way for row in db.session.execute(found)}


def _digests(act: Act, persons: Sequence[UUID], due_at: datetime) -> dict[UUID, UUID]:
    """The daily letter of each person that leaves next, begun where there is none; with it the message that sends it.

    A letter that left this very moment takes nothing more: the one of the following day does.
    """
    if not persons:
        return {}
    rows = [{"id": new_id(), "person": person, "due_at": due_at} for person in sorted(persons)]
    begun = insert(Digest).values(rows)
    kept = begun.on_conflict_do_update(
        index_elements=["person", "due_at"],
        set_={"due_at": begun.excluded.due_at},
        where=Digest.sent_at.is_(None),
    ).returning(Digest.person, Digest.id)
    found = {row.person: row.id for row in db.session.execute(kept)}
    ours = {row["id"] for row in rows}
    post_all(act, [(DIGEST_DUE, {"digest": str(one)}, due_at) for one in found.values() if one in ours])
    left = [person for person in persons if person not in found]
    return found | _digests(act, left, due_at + timedelta(days=1))


def _ring(act: Act, news: News, persons: Sequence[UUID], digests: Mapping[UUID, UUID]) -> list[UUID]:
    rows = [
        {
            "id": new_id(),
            "message_id": news.message_id,
            "person": person,
            "fact": news.fact,
            "params": dict(news.params),
            "url": news.url,
            "at": act.at,
            "digest_id": digests.get(person),
        }
        for person in persons
    ]
    added = insert(Bell).values(rows).on_conflict_do_nothing().returning(Bell.person)
    return list(db.session.scalars(added))


def _letter_row(act: Act, news: News, recipient: Recipient) -> dict[str, Any]:
    return {
        "id": new_id(),
        "message_id": news.message_id,
        "person": recipient.person,
        "address": recipient.address,
        "locale": recipient.locale,
        "fact": news.fact,
        "params": dict(news.params),
        "url": news.url,
        "at": act.at,
    }
