"""The clock: one of many rings, and without Redis or without an answer it looks by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id
from app.notices.models import Letter
from app.outbox.models import Message
from app.outbox.post import post_event
from app.worker import due_work
from app.worker.clock import MAX_UNANSWERED_WAKEUPS, WakeupClock


@pytest.fixture
def clocks(app, db_session):
    made = [WakeupClock(app), WakeupClock(app)]
    yield made
    for each in made:
        each.release_lock()


def test_only_one_clock_rings_and_the_next_takes_over(clocks):
    first, second = clocks
    assert (first.send_wakeup_or_run_due_work(), second.send_wakeup_or_run_due_work()) == (True, False)
    first.release_lock()
    assert second.send_wakeup_or_run_due_work()
    assert not first.send_wakeup_or_run_due_work()


def test_a_clock_that_lost_its_connection_asks_for_the_lock_again(clocks, database):
    first, second = clocks
    assert first.send_wakeup_or_run_due_work()
    database.connect().execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    assert not first.send_wakeup_or_run_due_work()
    assert second.send_wakeup_or_run_due_work() or first.send_wakeup_or_run_due_work()


def test_without_redis_the_clock_delivers_by_itself(app, clocks, clock, monkeypatch):
    depter = app.extensions["depter"]
    without = replace(depter.settings, redis_url="redis://127.0.0.1:1/0")
    monkeypatch.setattr(depter, "settings", without)
    _post(clock)
    alone = WakeupClock(app)
    assert alone.send_wakeup_or_run_due_work()
    alone.release_lock()
    assert _done()


def test_a_wake_up_nobody_answers_is_answered_by_the_clock(clocks, clock):
    _post(clock)
    clocks[0].send_wakeup_or_run_due_work()
    assert not _done()
    for _ in range(MAX_UNANSWERED_WAKEUPS):
        clocks[0].send_wakeup_or_run_due_work()
    assert _done()


def test_delivered_messages_and_sent_letters_are_forgotten_after_a_month(app, db_session, clock):
    _post(clock)
    due_work.run_due_work(app)
    letter = {
        "message_id": 1,
        "person": new_id(),
        "address": None,
        "locale": "ky",
        "event_type": "x",
    }
    with door.write(Act.by_system(clock())) as session:
        session.add(Letter(id=new_id(), params={}, url="/", at=clock(), sent_at=clock(), **letter))
    clock.advance(days=29)
    due_work.run_hourly_jobs(app)
    assert _left() == (1, 1)
    clock.advance(days=2)
    due_work.run_hourly_jobs(app)
    assert _left() == (0, 0)


def _left() -> tuple[int, int]:
    db.session.rollback()
    return tuple(db.session.scalar(select(func.count()).select_from(one)) for one in (Message, Letter))


def _post(clock) -> None:
    with door.write(Act.by_system(clock())) as _:
        post_event(Act.by_system(clock()), "tests.thing.happened", {})


def _done() -> bool:
    db.session.rollback()
    return db.session.scalars(select(Message.done_at)).one() is not None
