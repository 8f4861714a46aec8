"""Telling: each person once a message, a letter only where there is an address, and reading."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.audit.words import unseal_text
from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.ids import new_id
from app.notices import queries
from app.notices.commands import (
    LETTER_DUE_EVENT,
    Notification,
    Recipient,
    add_bell_notices_and_queue_letters,
    mark_notice_read,
    mark_notices_read_until,
)
from app.notices.models import BellNotice, Letter
from app.outbox.models import Message

AISULUU, BAKYT = new_id(), new_id()
BOTH = (Recipient(AISULUU, "aisuluu@example.kg", "ky"), Recipient(BAKYT, None, "ru"))
SOON = "2026-10-14T17:59:59+00:00"
NEWS = Notification("cases.case.returned", 41, {"number": "C-1", "due_at": SOON}, "/cases/1")


def told(clock, news: Notification = NEWS, recipients=BOTH) -> int:
    with door.write(Act.by_system(clock())) as _:
        return add_bell_notices_and_queue_letters(Act.by_system(clock()), news, recipients)


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def reader(person: UUID, clock) -> Act:
    return Act(person, None, clock())


def test_everybody_hears_the_bell_and_who_has_an_address_gets_a_letter(db_session, clock):
    assert told(clock) == 2
    assert (queries.count_unread_notices_capped(AISULUU), queries.count_unread_notices_capped(BAKYT)) == (
        1,
        1,
    )
    letter = db.session.scalars(select(Letter)).one()
    assert (letter.person, unseal_text(AISULUU, letter.address), letter.locale, letter.sent_at) == (
        AISULUU,
        "aisuluu@example.kg",
        "ky",
        None,
    )
    assert db.session.execute(select(Message.event_type, Message.payload)).one() == (
        LETTER_DUE_EVENT,
        {"letter": str(letter.id)},
    )


def test_the_same_message_reaches_nobody_twice(db_session, clock):
    assert (told(clock), told(clock)) == (2, 0)
    assert (count(BellNotice), count(Letter), count(Message)) == (2, 1, 1)


def test_a_person_named_twice_is_told_once(db_session, clock):
    assert told(clock, recipients=(BOTH[0], BOTH[0])) == 1


def test_nobody_is_nobody(db_session, clock):
    assert told(clock, recipients=()) == 0
    assert count(Message) == 0


def test_news_about_undeliverable_letters_goes_by_no_letter(db_session, clock):
    told(clock, Notification("outbox.message.died", 42, {}, "/incidents"))
    assert (count(BellNotice), count(Letter)) == (2, 0)


def test_a_notice_is_read_by_its_owner_and_leads_to_its_page(db_session, clock):
    told(clock)
    mine = queries.load_notices(AISULUU)[0]
    with door.write(reader(AISULUU, clock)) as _:
        assert mark_notice_read(reader(AISULUU, clock), mine.id) == "/cases/1"
    assert queries.count_unread_notices_capped(AISULUU) == 0
    first_read = queries.load_notices(AISULUU)[0].read_at
    clock.advance(hours=1)
    with door.write(reader(AISULUU, clock)) as _:
        mark_notice_read(reader(AISULUU, clock), mine.id)
    assert queries.load_notices(AISULUU)[0].read_at == first_read
    with door.write(reader(BAKYT, clock)) as _, pytest.raises(Missing):
        mark_notice_read(reader(BAKYT, clock), mine.id)


def test_all_are_read_up_to_the_one_that_was_shown(db_session, clock):
    told(clock)
    shown = queries.load_notices(AISULUU)[0]
    told(clock, Notification(NEWS.event_type, 43, {}, "/cases/2"))
    with door.write(reader(AISULUU, clock)) as _:
        mark_notices_read_until(reader(AISULUU, clock), shown.id)
    assert [notice.read_at is None for notice in queries.load_notices(AISULUU)] == [True, False]
    assert queries.count_unread_notices_capped(BAKYT) == 2


def test_notices_are_paged_by_key_newest_first(db_session, clock):
    for number in range(5):
        told(clock, Notification(NEWS.event_type, 50 + number, {"number": f"C-{number}"}, "/"))
    first = queries.load_notices(AISULUU, limit=3)
    rest = queries.load_notices(AISULUU, limit=3, before=first[-1].id)
    assert [notice.params["number"] for notice in (*first, *rest)] == ["C-4", "C-3", "C-2", "C-1", "C-0"]


def test_the_count_of_unread_ends_at_a_hundred(db_session, clock):
    with door.write(Act.by_system(clock())) as session:
        session.add_all(
            BellNotice(
                id=new_id(),
                message_id=n,
                person=BAKYT,
                event_type=NEWS.event_type,
                params={},
                url="/",
                at=clock(),
            )
            for n in range(130)
        )
    assert queries.count_unread_notices_capped(BAKYT) == queries.MAX_COUNTED_NOTICES
