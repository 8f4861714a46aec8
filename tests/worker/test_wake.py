"""The wake-up: never two behind each other, never in the way of a commit."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from rq import Queue

from app.kernel.act import Act
from app.kernel.ids import new_id
from app.worker.wakeup import QUEUE_NAME, WakeupQueue, wakeup_hook


@pytest.fixture
def doorbell(settings, valkey) -> WakeupQueue:
    return WakeupQueue(settings.redis_url)


@pytest.fixture
def connecting() -> Iterator[list[str]]:
    """The names of the threads that ask a server during the test; Python tells of every connect."""
    names: list[str] = []
    listening = [True]

    def note(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect" and listening:
            names.append(threading.current_thread().name)

    sys.addaudithook(note)  # stays until the process ends: after the test it notes nothing
    yield names
    listening.clear()


def soon(come: Callable[[], bool]) -> None:
    """The doorbell is rung by a thread; wait for it, at most five seconds."""
    until = time.monotonic() + 5
    while not come():
        assert time.monotonic() < until
        time.sleep(0.01)


def queued(valkey) -> int:
    return len(Queue(QUEUE_NAME, connection=valkey))


def test_one_wake_up_waits_however_often_one_rings(doorbell, valkey):
    assert [doorbell.send_wakeup() for _ in range(5)] == [True, False, False, False, False]
    assert queued(valkey) == 1


def test_after_an_answer_it_rings_again(doorbell, valkey):
    doorbell.send_wakeup()
    valkey.lpop(f"rq:queue:{QUEUE_NAME}")
    assert not doorbell.send_wakeup()
    doorbell.clear_pending_wakeup()
    assert doorbell.send_wakeup()


def test_a_wiped_redis_is_rung_again(doorbell, valkey):
    doorbell.send_wakeup()
    valkey.flushdb()
    assert doorbell.send_wakeup()
    assert queued(valkey) == 1


def test_a_persons_act_rings_and_the_systems_own_does_not(settings, valkey, clock):
    wake_up = wakeup_hook(settings)
    wake_up(Act(new_id(), None, clock()))
    soon(lambda: queued(valkey) == 1)
    valkey.flushdb()
    wake_up(Act.by_system(clock()))
    wake_up(Act.by_system(clock()))
    time.sleep(0.2)
    assert queued(valkey) == 0


def test_without_redis_a_commit_goes_through_and_its_thread_asks_no_server(settings, clock, connecting):
    wake_up = wakeup_hook(replace(settings, redis_url="redis://192.0.2.1:6379/0"))
    for _ in range(50):
        wake_up(Act(new_id(), None, clock()))
    soon(lambda: "doorbell" in connecting)
    assert set(connecting) == {"doorbell"}


def test_many_commits_in_many_threads_ring_once(settings, valkey, clock):
    wake_up = wakeup_hook(settings)
    with ThreadPoolExecutor(8) as people:
        for _ in range(200):
            people.submit(wake_up, Act(new_id(), None, clock()))
    soon(lambda: queued(valkey) == 1)
