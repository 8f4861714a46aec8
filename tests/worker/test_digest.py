"""The daily letter, from the news to the mailbox: one a person a day, in his language, and none for nothing."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from app.diagrams import versions
from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.notices import queries
from app.notices.commands import mark_notices_read_until
from app.notices.models import Digest
from app.outbox.dispatch import DeliveryRunCounts, deliver_due_messages
from app.outbox.post import post_event
from app.people.models import Person
from app.worker import due_work
from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios.world import World
from tests.worker.somebody import somebody
from tests.worker.test_handlers import TASK

CALM = {**TASK, "due_at": None}


@pytest.fixture
def menu(db_session, settings, mailbox):
    return event_handlers_by_type(settings)


def say(clock, *readers: UUID, event_type: str = "cases.case.commented", **more) -> None:
    with door.write(Act.by_system(clock())) as _:
        post_event(
            Act.by_system(clock()), event_type, {**CALM, "recipients": [str(one) for one in readers], **more}
        )


def eight_in_the_morning(menu, clock) -> DeliveryRunCounts:
    """The next daily letters leave."""
    deliver_due_messages(menu, clock())
    clock.advance(hours=23)
    return deliver_due_messages(menu, clock())


def test_a_day_of_news_is_one_letter_in_the_language_of_its_reader(menu, mailbox, clock):
    reader, other = somebody("nurgul@example.kg", "ru"), somebody("bakyt@example.kg", "ky")
    say(clock, reader, other)
    say(clock, reader, event_type="cases.task.opened", url="/tasks/7")
    deliver_due_messages(menu, clock())
    assert mailbox.letters() == []
    clock.advance(hours=22, minutes=59)
    deliver_due_messages(menu, clock())
    assert mailbox.letters() == []
    clock.advance(minutes=1)
    assert deliver_due_messages(menu, clock()).done == 2
    assert [len(mailbox.letters(to=to)) for to in ("nurgul@example.kg", "bakyt@example.kg")] == [1, 1]
    letter = mailbox.letters(to="nurgul@example.kg")[0]
    plain, page = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "Виза заведующего" in plain and "/tasks/7" in plain and "/tasks/7" in page
    assert "/account#letters" in plain and "/account#letters" in letter["List-Unsubscribe"]
    assert letter["Content-Language"] == "ru" and letter["Auto-Submitted"] == "auto-generated"
    ids = {str(row) for row in db.session.scalars(select(Digest.id))}
    assert {one["Message-ID"].strip("<>").partition("@")[0] for one in mailbox.letters()} == ids
    clock.advance(days=1)
    assert deliver_due_messages(menu, clock()) == DeliveryRunCounts() and len(mailbox.letters()) == 2


def test_who_read_it_all_on_the_bell_gets_no_letter(menu, mailbox, clock):
    reader = somebody("nurgul@example.kg")
    say(clock, reader)
    deliver_due_messages(menu, clock())
    act = Act(reader, None, clock())
    with door.write(act) as _:
        mark_notices_read_until(act, queries.load_notices(reader)[0].id)
    assert eight_in_the_morning(menu, clock).done == 1
    assert mailbox.letters() == []


def test_who_lost_his_address_or_left_meanwhile_gets_no_letter(menu, mailbox, clock):
    gone, silent = somebody("gone@example.kg"), somebody("silent@example.kg")
    say(clock, gone, silent)
    deliver_due_messages(menu, clock())
    with door.write(Act.by_system(clock())) as session:
        session.get(Person, gone).ended_at = clock()
        session.get(Person, silent).email = None
    assert eight_in_the_morning(menu, clock).done == 2
    assert mailbox.letters() == []


def test_a_mail_server_that_is_down_delays_the_letter_and_loses_nothing(menu, mailbox, clock):
    reader = somebody("nurgul@example.kg")
    say(clock, reader)
    mailbox.down()
    assert eight_in_the_morning(menu, clock).failed == 1
    mailbox.up()
    clock.advance(minutes=1)
    assert deliver_due_messages(menu, clock()).done == 1
    assert len(mailbox.letters()) == 1


def test_redis_wiped_and_a_worker_that_comes_late_lose_nothing(app, menu, mailbox, clock, valkey):
    say(clock, somebody("nurgul@example.kg"))
    due_work.run_due_work(app)
    valkey.flushdb()
    clock.advance(days=3)
    due_work.run_due_work(app)
    due_work.run_due_work(app)
    assert len(mailbox.letters()) == 1


def test_a_task_done_before_the_hour_is_not_in_the_letter(menu, mailbox, clock):
    versions.clear_version_cache()
    world = World(db.session, clock)
    world.session.get(Person, world.people["department_head"]).email = "head@example.kg"
    world.session.commit()
    case = world.teacher().requests_correction()
    task = world.open_tasks(case)[0].id
    say(clock, world.people["department_head"], event_type="cases.task.opened", task=str(task))
    say(clock, world.people["department_head"])
    world.head().approves(case)
    eight_in_the_morning(menu, clock)
    (letter,) = [one for one in mailbox.letters() if "/account#letters" in str(one["List-Unsubscribe"])][-1:]
    assert f"/tasks/{task}" not in letter.get_body(("plain",)).get_content()


def test_daily_letters_are_forgotten_after_a_month(app, menu, mailbox, clock):
    say(clock, somebody("nurgul@example.kg"))
    eight_in_the_morning(menu, clock)
    clock.advance(days=31)
    due_work.run_hourly_jobs(app)
    db.session.rollback()
    assert db.session.scalars(select(Digest)).all() == []
