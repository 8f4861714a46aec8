"""What waits for the daily letter and what does not; whose choice it is; and what the letter says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.audit.models import AuditRecord
from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Invalid, Refused
from app.kernel.i18n import LOCALES
from app.kernel.ids import new_id
from app.notices import queries, rules
from app.notices.commands import (
    DIGEST_DUE_EVENT,
    LETTER_DUE_EVENT,
    Notification,
    Recipient,
    add_bell_notices_and_queue_letters,
    save_chosen_mail_channels,
)
from app.notices.digest import MAX_ITEMS, DigestNotice, compose_digest_text
from app.notices.letter_layout import format_digest_html, format_digest_text
from app.notices.models import BellNotice, ChosenMailChannel, Digest, Letter
from app.notices.texts import NOTICE_EVENT_TYPES
from app.notices.topics import MAIL_CHANNELS, TOPIC_BY_EVENT, TOPICS, TOPICS_BY_NAME, event_topic_or_default
from app.outbox.models import Message
from app.regulation import queries as regulation
from tests.notices.test_wording import PARAMS
from tests.support.query_counter import statements

AISULUU, BAKYT = new_id(), new_id()
BOTH = (Recipient(AISULUU, "aisuluu@example.kg", "ky"), Recipient(BAKYT, "bakyt@example.kg", "ru"))
NOW = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
"""Wednesday, 09:00 in Bishkek."""
NEXT = datetime(2026, 10, 15, 2, 0, tzinfo=UTC)
"""Thursday, 08:00."""


def told(clock, event_type: str = "cases.case.ended", number: int = 41, to=BOTH, **params: str) -> int:
    with door.write(Act.by_system(clock())) as _:
        return add_bell_notices_and_queue_letters(
            Act.by_system(clock()),
            Notification(event_type, number, {"number": f"C-{number}", **params}, "/cases/1"),
            to,
        )


def posted() -> list[tuple[str, datetime]]:
    db.session.rollback()
    return [
        (row.event_type, row.not_before)
        for row in db.session.execute(select(Message.event_type, Message.not_before).order_by(Message.id))
    ]


def test_what_can_wait_waits_for_one_letter_a_person_at_the_hour_of_the_policy(db_session, clock):
    for number in (41, 42, 43):
        told(clock, number=number)
    assert posted() == [(DIGEST_DUE_EVENT, NEXT)] * 2
    assert db.session.scalars(select(Letter)).all() == []
    digests = {row.person: row for row in db.session.scalars(select(Digest))}
    assert {row.due_at for row in digests.values()} == {NEXT}
    for person, digest in digests.items():
        mine = db.session.scalars(select(BellNotice.digest_id).where(BellNotice.person == person)).all()
        assert mine == [digest.id] * 3


def test_the_same_message_told_again_adds_nothing(db_session, clock):
    assert (told(clock), told(clock)) == (2, 0)
    assert len(posted()) == 2


def test_who_has_no_address_has_no_daily_letter(db_session, clock):
    told(clock, to=(Recipient(AISULUU, None, "ky"),))
    assert posted() == [] and queries.count_unread_notices_capped(AISULUU) == 1


def test_news_that_comes_while_the_letter_leaves_is_in_the_letter_of_the_next_day(db_session, clock):
    told(clock, to=BOTH[:1])
    db.session.execute(update(Digest).values(sent_at=clock()))
    db.session.commit()
    told(clock, number=42, to=BOTH[:1])
    assert posted() == [(DIGEST_DUE_EVENT, NEXT), (DIGEST_DUE_EVENT, NEXT + timedelta(days=1))]


def test_telling_many_costs_as_many_statements_as_telling_one(db_session, clock):
    def cost(people: int, number: int) -> int:
        crowd = [Recipient(new_id(), f"p{n}@example.kg", "ky") for n in range(people)]
        with statements() as seen:
            told(clock, number=number, to=crowd)
        return len([text for text in seen if "outbox." not in text])

    told(clock, number=40)
    assert cost(1, 41) == cost(40, 42)


URGENT = (
    ("cases.task.opened", {"due_at": "2026-10-15T17:59:59+00:00"}),
    ("cases.case.returned", {"due_at": "2026-10-14T17:59:59+00:00"}),
    ("cases.task.reminded", {"kind": "reminder_90", "due_at": "2026-11-20T17:59:59+00:00"}),
    ("cases.task.reminded", {"kind": "overdue", "due_at": "2026-10-13T17:59:59+00:00"}),
    ("cases.task.escalated", {}),
    ("cases.incident.recorded", {}),
    ("people.substitute.named", {}),
    ("exchange.import.finished", {}),
)
PATIENT = (
    ("cases.task.opened", {"due_at": "2026-10-16T17:59:59+00:00"}),
    ("cases.task.opened", {}),
    ("cases.task.reminded", {"kind": "reminder_50", "due_at": "2026-10-14T17:59:59+00:00"}),
    ("cases.case.ended", {"outcome": "applied"}),
    ("cases.case.commented", {}),
    ("journal.excuse.confirmed", {}),
)


@pytest.mark.parametrize(("event_type", "params"), URGENT, ids=lambda value: str(value)[:40])
def test_what_is_urgent_goes_at_once(db_session, clock, event_type, params):
    told(clock, event_type, to=BOTH[:1], **params)
    assert posted() == [(LETTER_DUE_EVENT, NOW)]


@pytest.mark.parametrize(("event_type", "params"), PATIENT, ids=lambda value: str(value)[:40])
def test_what_is_not_urgent_waits(db_session, clock, event_type, params):
    told(clock, event_type, to=BOTH[:1], **params)
    assert posted() == [(DIGEST_DUE_EVENT, NEXT)]


def test_the_hour_is_a_dated_policy(db_session, clock):
    terms = regulation.load_unit_deadline_calendar(db.session, None, date(2026, 10, 14))
    assert rules.digest_hour_or_default(terms) == 8


# --- choosing ---------------------------------------------------------------------------------------------


def chooses(clock, person: UUID = AISULUU, **ways: str) -> None:
    act = Act(person, None, clock())
    with door.write(act) as _:
        save_chosen_mail_channels(act, ways)


def test_each_person_chooses_for_himself(db_session, clock):
    chooses(clock, requests="at_once")
    chooses(clock, BAKYT, requests="never")
    told(clock)
    assert posted() == [(LETTER_DUE_EVENT, NOW)]
    assert (queries.count_unread_notices_capped(AISULUU), queries.count_unread_notices_capped(BAKYT)) == (
        1,
        1,
    )


def test_never_is_never_also_for_urgent_work(db_session, clock):
    chooses(clock, tasks="never")
    told(clock, "cases.task.opened", to=BOTH[:1], due_at=NOW.isoformat())
    assert posted() == [] and queries.count_unread_notices_capped(AISULUU) == 1


@pytest.mark.parametrize("topic", [topic.name for topic in TOPICS if topic.obligatory])
def test_what_somebody_answers_for_cannot_be_switched_off(db_session, clock, topic):
    for way in ("daily", "never"):
        with pytest.raises(Refused) as refusal:
            chooses(clock, **{topic: way})
        assert (refusal.value.code, refusal.value.clause) == ("notices.channel.obligatory", None)
    assert queries.load_chosen_channels(AISULUU) == {}


@pytest.mark.parametrize(("topic", "way"), [("tasks", "pigeon"), ("gossip", "never")])
def test_what_is_not_offered_is_not_taken(db_session, clock, topic, way):
    with pytest.raises(Invalid):
        chooses(clock, **{topic: way})


def test_a_stored_way_out_of_what_became_obligatory_is_not_followed(db_session, clock):
    with door.write(Act.by_system(clock())) as session:
        session.add(ChosenMailChannel(person=AISULUU, topic="late", way="never"))
    told(clock, "cases.task.escalated", to=BOTH[:1])
    assert posted() == [(LETTER_DUE_EVENT, NOW)]


def test_a_choice_is_recorded_once_and_the_usual_way_is_no_choice(db_session, clock):
    chooses(clock, tasks="daily", requests="never")
    chooses(clock, tasks="daily", requests="never")
    assert queries.load_chosen_channels(AISULUU) == {"requests": "never"}
    records = db.session.scalars(
        select(AuditRecord).where(AuditRecord.event_type == "notices.channel.chosen")
    ).all()
    assert len(records) == 1
    chooses(clock, requests="daily")
    assert queries.load_chosen_channels(AISULUU) == {"requests": "daily"}


def test_every_kind_is_one_that_is_offered_and_every_fact_has_its_kind():
    assert set(TOPIC_BY_EVENT.values()) == set(TOPICS_BY_NAME)
    assert {event_type.partition(":")[0] for event_type in TOPIC_BY_EVENT} <= NOTICE_EVENT_TYPES
    assert all(
        topic.default_channel in MAIL_CHANNELS
        and (not topic.obligatory or topic.default_channel == "at_once")
        for topic in TOPICS
    )
    assert event_topic_or_default("cases.task.reminded", {"kind": "overdue"}).name == "late"


# --- the words --------------------------------------------------------------------------------------------

LINES = [
    DigestNotice("cases.case.ended", {**PARAMS, "outcome": "applied"}, "/cases/1"),
    DigestNotice("cases.task.opened", {**PARAMS, "behalf": None}, "/tasks/2"),
    DigestNotice("cases.case.commented", {**PARAMS, "number": "C-2026-000018"}, "/cases/3"),
]


def test_the_letter_groups_by_kind_and_links_to_pages():
    worded = compose_digest_text(LINES, NEXT, "en")
    assert worded.title == "Thu 15 Oct: 3 pieces of news"
    assert [(section.title, [item.path for item in section.items]) for section in worded.sections] == [
        ("Tasks for me", ["/tasks/2"]),
        ("My requests and results", ["/cases/1", "/cases/3"]),
    ]
    plain = format_digest_text(worded, "https://depter.example", ("Foot",))
    page = format_digest_html(worded, "https://depter.example", ("Foot",), "en")
    for path in ("/tasks/2", "/cases/1", "/cases/3"):
        assert f"https://depter.example{path}" in plain and f'href="https://depter.example{path}"' in page


@pytest.mark.parametrize("locale", LOCALES)
def test_the_letter_names_no_student_no_mark_and_nobody_who_decided(locale):
    worded = compose_digest_text(LINES, NEXT, locale)
    said = format_digest_text(worded, "https://d.example", ()) + format_digest_html(
        worded, "https://d.example", (), locale
    )
    assert not any(word in said for word in ("Асанова", "Маматов", "→", "Жээнбеков", "%(", "{"))
    assert "C-2026-000017" in said


def test_a_very_long_day_is_counted_and_left_to_the_bell():
    worded = compose_digest_text(LINES * 30, NEXT, "en")
    assert sum(len(section.items) for section in worded.sections) == MAX_ITEMS
    assert worded.more == "And 30 more on the bell."
    assert "https://d.example/notices" in format_digest_text(worded, "https://d.example", ())
