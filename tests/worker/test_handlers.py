"""From a posted fact to the bell and the letter: whom it reaches, in which language, and what happens without mail."""

from __future__ import annotations

import socket
from contextlib import suppress
from uuid import UUID

import pytest
from sqlalchemy import select

from app.cases import events
from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.notices import queries
from app.notices.commands import LETTER_DUE_EVENT
from app.notices.mail import MailSender
from app.notices.models import Letter
from app.outbox.dead_letters import load_dead_letters, requeue_dead_letter
from app.outbox.dispatch import MESSAGE_DIED_EVENT, MOST_ATTEMPTS, deliver_due_messages, retry_delay
from app.outbox.post import post_event
from app.worker.event_handlers import LetterMailer, event_handlers_by_type
from tests.worker.somebody import somebody

TASK = {
    "number": "C-2026-000017",
    "title": {"ky": "Виза", "ru": "Виза заведующего", "en": "Visa"},
    "subject": {"course": {"ky": "Математика", "ru": "Математика", "en": "Calculus"}, "group": "ИВТ-2-23"},
    "url": "/tasks/7",
    "due_at": "2026-10-15T17:59:59+00:00",
}


@pytest.fixture
def menu(db_session, settings, mailbox):
    return event_handlers_by_type(settings)


def waiting(server: socket.socket) -> int:
    """How many connections were made to a server that accepts none."""
    server.setblocking(False)
    found = 0
    with suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            found += 1
    return found


def say(clock, event_type: str = "cases.task.opened", **more) -> None:
    with door.write(Act.by_system(clock())) as _:
        post_event(Act.by_system(clock()), event_type, {**TASK, **more})


def test_a_task_rings_and_writes_in_the_language_of_its_reader(menu, mailbox, clock):
    reader, quiet = somebody("nurgul@example.kg", "ru"), somebody()
    say(clock, recipients=[str(reader), str(quiet)])
    assert deliver_due_messages(menu, clock()).done == 2
    assert [len(queries.load_notices(person)) for person in (reader, quiet)] == [1, 1]
    letter = mailbox.wait_for(1)[0]
    assert "nurgul@example.kg" in letter["To"] and "Виза заведующего" in letter["Subject"]
    assert letter["Message-ID"].startswith(f"<{db.session.scalars(select(Letter.id)).one()}@")


def test_a_sent_letter_keeps_nothing_of_what_it_said(menu, mailbox, clock):
    say(clock, recipients=[str(somebody("nurgul@example.kg"))])
    deliver_due_messages(menu, clock())
    assert db.session.scalars(select(Letter.params)).one() == {}


def test_a_role_reaches_its_holders_and_names_are_named(menu, clock):
    it, other = somebody(role="it_admin"), somebody(role="auditor")
    say(clock, "cases.case.commented", role="it_admin", by=str(other))
    deliver_due_messages(menu, clock())
    assert queries.load_notices(it)[0].params["by_name"] == "Асанова А."
    assert queries.load_notices(other) == []


def test_who_has_left_is_told_nothing(menu, clock):
    gone = somebody("gone@example.kg")
    with door.write(Act.by_system(clock())) as session:
        session.get(_person(), gone).ended_at = clock()
    say(clock, recipients=[str(gone)])
    assert deliver_due_messages(menu, clock()).done == 1
    assert queries.load_notices(gone) == []


def _person():
    from app.people.models import Person

    return Person


def test_a_mail_server_that_is_down_costs_attempts_then_an_incident_then_nothing(menu, mailbox, clock):
    reader, it = somebody("nurgul@example.kg"), somebody("it@example.kg", role="it_admin")
    mailbox.down()
    say(clock, recipients=[str(reader)])
    assert deliver_due_messages(menu, clock()).done == 1
    for attempt in range(1, MOST_ATTEMPTS + 1):
        clock.advance(seconds=retry_delay(attempt).total_seconds())
        deliver_due_messages(menu, clock())
    assert [row.event_type for row in load_dead_letters()] == ["notices.letter.due"]
    assert [notice.event_type for notice in queries.load_notices(it)] == ["outbox.message.died"]
    mailbox.up()
    with door.write(Act(it, None, clock())) as _:
        requeue_dead_letter(Act(it, None, clock()), load_dead_letters()[0].id)
    assert deliver_due_messages(menu, clock()).done == 1
    assert len(mailbox.wait_for(1)) == 1
    assert load_dead_letters() == [] and len(queries.load_notices(reader)) == 1


def test_a_mail_server_that_hangs_holds_up_one_letter_and_no_bell(menu, clock):
    readers = [somebody(f"reader{number}@example.kg") for number in range(4)]
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        hung = MailSender(
            f"smtp://127.0.0.1:{silent.getsockname()[1]}", "d@example.kg", "http://x", patience=0.3
        )
        for reader in readers:
            say(clock, recipients=[str(reader)])
        drained = deliver_due_messages({**menu, LETTER_DUE_EVENT: (LetterMailer(hung, slow=0.2),)}, clock())
        assert waiting(silent) == 1, "the first letter waited for the server, the others did not ask it"
    assert (drained.done, drained.failed) == (4, 4)
    assert all(len(queries.load_notices(reader)) == 1 for reader in readers)


def test_a_person_nobody_knows_stops_nothing(menu, clock):
    say(clock, recipients=[str(UUID(int=1))])
    assert deliver_due_messages(menu, clock()).done == 1


def test_everything_a_case_tells_somebody_is_worded_and_handled(menu):
    told = {
        events.TASK_OPENED,
        events.TASK_REMINDED,
        events.CASE_ENDED,
        events.CASE_RETURNED,
        events.CASE_COMMENTED,
    }
    assert told | {events.INCIDENT_RECORDED, "cases.case.withdrawn", MESSAGE_DIED_EVENT} <= menu.keys()
