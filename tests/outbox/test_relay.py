"""The relay: each message once, in order, however often it fails and however many relays there are."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.audit.record import record_audit_event
from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.outbox import dispatch
from app.outbox.dead_letters import (
    count_due_messages,
    delete_delivered_messages,
    load_dead_letters,
    requeue_dead_letter,
)
from app.outbox.dispatch import (
    MESSAGE_DIED_EVENT,
    MOST_ATTEMPTS,
    DeliveryRunCounts,
    deliver_due_messages,
    retry_delay,
)
from app.outbox.models import Message
from app.outbox.post import post_event


def write_down(act: Act, delivery: dispatch.MessageDelivery) -> None:
    """A handler with an effect in the database."""
    record_audit_event(
        act, "tests.effect.written", ("tests.effect", UUID(int=delivery.payload["n"])), None, {}
    )


def fail(act: Act, delivery: dispatch.MessageDelivery) -> None:
    raise RuntimeError("the other side is down")


def effects() -> list[int]:
    found = select(AuditRecord.object_id).where(AuditRecord.event_type == "tests.effect.written")
    return [effect.int for effect in db.session.scalars(found.order_by(AuditRecord.id))]


def send(clock: Any, *numbers: int, event_type: str = "tests.thing.happened", **more: Any) -> None:
    with door.write(Act.by_system(clock())) as _:
        for number in numbers:
            post_event(Act.by_system(clock()), event_type, {"n": number}, **more)


def only() -> Message:
    db.session.rollback()
    return db.session.scalars(select(Message).order_by(Message.id)).one()


MENU = {"tests.thing.happened": (write_down,), "tests.thing.broke": (write_down, fail)}


def test_messages_are_delivered_in_the_order_they_were_posted(db_session, clock):
    send(clock, 1, 2, 3)
    assert deliver_due_messages(MENU, clock()) == DeliveryRunCounts(done=3)
    assert effects() == [1, 2, 3]
    assert deliver_due_messages(MENU, clock()) == DeliveryRunCounts()
    assert count_due_messages(clock()) == 0


def test_a_drain_ends_at_its_limit(db_session, clock):
    send(clock, 1, 2, 3)
    assert deliver_due_messages(MENU, clock(), limit=2) == DeliveryRunCounts(done=2)
    assert deliver_due_messages(MENU, clock(), limit=2) == DeliveryRunCounts(done=1)


def test_a_message_waits_until_its_moment(db_session, clock):
    send(clock, 1, not_before=clock() + timedelta(hours=1))
    assert deliver_due_messages(MENU, clock()) == DeliveryRunCounts()
    assert deliver_due_messages(MENU, clock() + timedelta(hours=1)) == DeliveryRunCounts(done=1)


def test_a_message_nobody_handles_is_done(db_session, clock):
    send(clock, 1, event_type="tests.nobody.listens")
    assert deliver_due_messages(MENU, clock()) == DeliveryRunCounts(done=1)


def test_what_a_handler_posts_is_delivered_by_the_same_drain(db_session, clock):
    def hand_on(act: Act, delivery: dispatch.MessageDelivery) -> None:
        post_event(act, "tests.thing.happened", delivery.payload)

    send(clock, 7, event_type="tests.first")
    assert deliver_due_messages({**MENU, "tests.first": (hand_on,)}, clock()) == DeliveryRunCounts(done=2)
    assert effects() == [7]


def test_a_failure_undoes_its_message_and_lets_the_others_pass(db_session, clock):
    send(clock, 1, event_type="tests.thing.broke")
    send(clock, 2)
    assert deliver_due_messages(MENU, clock()) == DeliveryRunCounts(done=1, failed=1)
    assert effects() == [2]
    broken = db.session.scalars(select(Message).where(Message.event_type == "tests.thing.broke")).one()
    assert (broken.attempts, broken.done_at, (broken.last_error or "").split(":")[0]) == (
        1,
        None,
        "RuntimeError at app/outbox/dispatch.py",
    )
    assert broken.not_before == clock() + timedelta(seconds=10)


def test_each_failure_waits_longer_and_the_eighth_stops(db_session, clock):
    send(clock, 1, event_type="tests.thing.broke")
    for attempt in range(1, MOST_ATTEMPTS):
        assert deliver_due_messages(MENU, clock()) == DeliveryRunCounts(failed=1)
        assert only().not_before == clock() + retry_delay(attempt)
        assert deliver_due_messages(MENU, clock()) == DeliveryRunCounts()
        clock.set(only().not_before)
    assert deliver_due_messages(MENU, clock(), limit=1) == DeliveryRunCounts(died=1)
    assert [(row.event_type, row.attempts) for row in load_dead_letters()] == [
        ("tests.thing.broke", MOST_ATTEMPTS)
    ]
    told = db.session.scalars(select(Message.payload).where(Message.event_type == MESSAGE_DIED_EVENT)).one()
    assert told == {"role": "it_admin", "about": "tests.thing.broke", "url": "/incidents"}
    assert effects() == []


def test_it_is_told_once_an_hour_and_kind(db_session, clock, monkeypatch):
    monkeypatch.setattr(dispatch, "MOST_ATTEMPTS", 1)
    menu = {**MENU, MESSAGE_DIED_EVENT: (fail,)}
    send(clock, 1, 2, event_type="tests.thing.broke")
    assert deliver_due_messages(menu, clock()) == DeliveryRunCounts(died=3)
    clock.advance(hours=2)
    send(clock, 3, event_type="tests.thing.broke")
    assert deliver_due_messages(menu, clock()) == DeliveryRunCounts(died=2)
    assert (
        sorted(row.event_type for row in load_dead_letters())
        == [MESSAGE_DIED_EVENT] * 2 + ["tests.thing.broke"] * 3
    )


def test_a_stopped_message_can_be_tried_again(db_session, clock, monkeypatch):
    monkeypatch.setattr(dispatch, "MOST_ATTEMPTS", 1)
    send(clock, 1, event_type="tests.thing.broke")
    deliver_due_messages(MENU, clock(), limit=1)
    with door.write(Act.by_system(clock())) as _:
        assert requeue_dead_letter(Act.by_system(clock()), load_dead_letters()[0].id) == "tests.thing.broke"
    assert deliver_due_messages({"tests.thing.broke": (write_down,)}, clock()).done == 2
    assert (effects(), load_dead_letters()) == ([1], [])
    with door.write(Act.by_system(clock())) as _, pytest.raises(Missing):
        requeue_dead_letter(Act.by_system(clock()), 0)


def test_the_error_it_reads_names_no_parameters(db_session, clock):
    def break_statement(act: Act, delivery: dispatch.MessageDelivery) -> None:
        db.session.execute(select(func.sqrt(-1.0, "Асанова")))

    send(clock, 1)
    deliver_due_messages({"tests.thing.happened": (break_statement,)}, clock())
    assert "Асанова" not in (only().last_error or "")


def test_two_relays_at_once_do_each_message_once(app, db_session, clock):
    numbers = list(range(1, 61))
    send(clock, *numbers)
    together = threading.Barrier(2)
    drained: list[DeliveryRunCounts] = []

    def relay_thread() -> None:
        with app.app_context():
            together.wait()
            drained.append(deliver_due_messages(MENU, clock()))

    threads = [threading.Thread(target=relay_thread) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each.done for each in drained) == len(numbers)
    assert sorted(effects()) == numbers
    assert all(each.done for each in drained)


def test_delivered_messages_are_forgotten_and_open_ones_are_not(db_session, clock):
    send(clock, 1)
    deliver_due_messages(MENU, clock())
    send(clock, 2)
    with door.write(Act.by_system(clock())) as _:
        assert delete_delivered_messages(clock()) == 0
        assert delete_delivered_messages(clock() + timedelta(days=1)) == 1
    assert only().payload == {"n": 2}
