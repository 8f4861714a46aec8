"""The wake-up: never two behind each other, never in the way of a commit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rq import Queue

from app.kernel.act import Act
from app.kernel.ids import new_id
from app.worker.wake import QUEUE, Doorbell, waker


@pytest.fixture
def doorbell(settings, valkey) -> Doorbell:
    return Doorbell(settings.redis_url)


def queued(valkey) -> int:
    return len(Queue(QUEUE, connection=valkey))


def test_one_wake_up_waits_however_often_one_rings(doorbell, valkey):
    assert [doorbell.ring() for _ in range(5)] == [True, False, False, False, False]
    assert queued(valkey) == 1


def test_after_an_answer_it_rings_again(doorbell, valkey):
    doorbell.ring()
    valkey.lpop(f"rq:queue:{QUEUE}")
    assert not doorbell.ring()
    doorbell.answered()
    assert doorbell.ring()


def test_a_wiped_redis_is_rung_again(doorbell, valkey):
    doorbell.ring()
    valkey.flushdb()
    assert doorbell.ring()
    assert queued(valkey) == 1


def test_a_persons_act_rings_and_the_systems_own_does_not(settings, valkey, clock):
    wake_up = waker(settings)
    wake_up(Act.system(clock()))
    assert queued(valkey) == 0
    wake_up(Act(new_id(), None, clock()))
    assert queued(valkey) == 1


def test_without_redis_a_commit_goes_through_and_nobody_waits_twice(settings, clock, caplog):
    wake_up = waker(replace(settings, redis_url="redis://127.0.0.1:1/0"))
    wake_up(Act(new_id(), None, clock()))
    wake_up(Act(new_id(), None, clock()))
