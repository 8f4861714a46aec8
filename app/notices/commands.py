"""Tell persons something: on their bell, and by a letter that is sent after the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.ids import new_id
from app.notices import rules
from app.notices.mail import PostOffice
from app.notices.models import Bell, Letter
from app.notices.wording import compose
from app.outbox.post import post_all

LETTER_DUE = "notices.letter.due"


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

    Told again, the same news reaches nobody twice. Three statements, however many recipients.
    """
    by_person = {recipient.person: recipient for recipient in recipients}
    if not by_person:
        return 0
    rung = _ring(act, news, list(by_person))
    written = [
        by_person[person] for person in rung if rules.gets_letter(news.fact, by_person[person].address)
    ]
    if written:
        letters = [_letter_row(act, news, recipient) for recipient in written]
        db.session.execute(insert(Letter), letters)
        post_all(act, [(LETTER_DUE, {"letter": str(row["id"])}, None) for row in letters])
    return len(rung)


def _ring(act: Act, news: News, persons: Sequence[UUID]) -> list[UUID]:
    rows = [
        {
            "id": new_id(),
            "message_id": news.message_id,
            "person": person,
            "fact": news.fact,
            "params": dict(news.params),
            "url": news.url,
            "at": act.at,
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


def send_letter(act: Act, letter_id: UUID, post_office: PostOffice) -> None:
    """Hand one letter to the post office and note it; harmless when it was sent.

    Killed after the mail server took it, it is sent again with the same Message-ID. Raises what the mail raises.
    """
    letter = db.session.scalar(select(Letter).where(Letter.id == letter_id).with_for_update())
    if letter is None or letter.sent_at is not None:
        return
    worded = compose(letter.fact, letter.params, letter.locale, discreet=True)
    post_office.send(letter.id, letter.at, letter.address, letter.locale, worded, letter.url)
    letter.sent_at, letter.params = act.at, {}


def read(act: Act, notice_id: UUID) -> str:
    """Mark one notice of the act's person as read; answers the path of the page about it. Raises Missing."""
    found = db.session.scalar(select(Bell).where(Bell.id == notice_id, Bell.person == act.person))
    if found is None:
        raise Missing
    if found.read_at is None:
        found.read_at = act.at
    return found.url


def read_all(act: Act, until: UUID) -> None:
    """Mark every notice of the act's person as read, up to the newest one that was shown."""
    db.session.execute(
        update(Bell)
        .where(Bell.person == act.person, Bell.read_at.is_(None), Bell.id <= until)
        .values(read_at=act.at)
    )


def forget_sent(before: datetime, limit: int = 10_000) -> int:
    """Delete letters sent before the moment, addresses with them; the bells stay."""
    old = select(Letter.id).where(Letter.sent_at < before).limit(limit)
    gone = db.session.execute(delete(Letter).where(Letter.id.in_(old)).returning(Letter.id))
    return len(gone.all())
