"""The wake-up: never two behind each other, never in the way of a commit."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from rq import Queue

from app.kernel.act import Act
from app.kernel.ids import new_id
from app.worker.wake import QUEUE, Doorbell, waker


@pytest.fixture
def doorbell(settings, valkey) -> Doorbell:
    return Doorbell(settings.redis_url)


def soon(come: Callable[[], bool]) -> None:
    """The doorbell is rung by a thread; wait for it, at most five seconds."""
    until = time.monotonic() + 5
    while not come():
        assert time.monotonic() < until
        time.sleep(0.01)


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
    wake_up(Act(new_id(), None, clock()))
    soon(lambda: queued(valkey) == 1)
    valkey.flushdb()
    wake_up(Act.system(clock()))
    wake_up(Act.system(clock()))
    time.sleep(0.2)
    assert queued(valkey) == 0


def test_without_redis_a_commit_goes_through_and_nobody_waits_for_it(settings, clock):
    wake_up = waker(replace(settings, redis_url="redis://192.0.2.1:6379/0"))
    begun = time.monotonic()
    for _ in range(50):
        wake_up(Act(new_id(), None, clock()))
    assert time.monotonic() - begun < 0.2


def test_many_commits_in_many_threads_ring_once(settings, valkey, clock):
    wake_up = waker(settings)
    with ThreadPoolExecutor(8) as people:
        for _ in range(200):
            people.submit(wake_up, Act(new_id(), None, clock()))
    soon(lambda: queued(valkey) == 1)
