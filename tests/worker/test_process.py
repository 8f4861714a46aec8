"""The worker as it runs: a process of its own with rq and the clock, killed and started again."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.cases.models import Incident
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import system_clock
from app.kernel.db import db
from app.kernel.settings import PROJECT_DIR
from app.notices.models import BellNotice, Letter
from app.outbox.models import Message
from app.outbox.post import post_event
from tests.support.crash_process import environment
from tests.worker.somebody import somebody


def start(settings) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", "worker"], cwd=PROJECT_DIR, env=environment(settings)
    )


def wait_until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def say(author: UUID, reader: UUID) -> None:
    """As a page does: a person's act, whose commit rings."""
    act = Act(author, None, system_clock())
    with door.write(act) as _:
        urgent = {"number": "C-1", "by": str(author), "due_at": act.at.isoformat()}
        post_event(act, "cases.case.returned", {**urgent, "recipients": [str(reader)]})


def bells() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(BellNotice)) or 0


def test_a_commit_wakes_the_worker_and_a_killed_one_is_replaced(db_session, settings, valkey, mailbox):
    reader = somebody("reader@example.kg")
    first = start(settings)
    try:
        say(reader, reader)
        mailbox.wait_for(1, seconds=30)
        begun = time.monotonic()
        say(reader, reader)
        wait_until(lambda: bells() == 2)
        assert time.monotonic() - begun < 10
        wait_until(
            lambda: not _open_messages() and not _unsent_letters()
        )  # killed in between, it sends one again
    finally:
        first.kill()
        first.wait()
    say(reader, reader)
    valkey.flushdb()
    second = start(settings)
    try:
        mailbox.wait_for(3, seconds=30)
        valkey.flushdb()
        say(reader, reader)
        mailbox.wait_for(4)
        wait_until(lambda: bells() == 4)
        second.terminate()
        assert second.wait(10) == 0
    finally:
        second.kill()
    assert set(Counter(letter["Message-ID"] for letter in mailbox.letters()).values()) == {1}


def test_without_redis_the_worker_delivers_all_the_same(db_session, settings, mailbox):
    reader = somebody("reader@example.kg")
    say(reader, reader)
    alone = start(replace(settings, redis_url="redis://127.0.0.1:1/0"))
    try:
        mailbox.wait_for(1, seconds=30)
        wait_until(lambda: bells() == 1)
        alone.terminate()
        alone.wait(10)
    finally:
        alone.kill()


@pytest.mark.torture
def test_workers_killed_at_any_moment_lose_and_double_nothing(db_session, settings, valkey, mailbox):
    readers = [somebody(f"reader{number}@example.kg") for number in range(3)]
    chance, messages = random.Random(4412), 0
    for _ in range(25):
        worker = start(settings)
        try:
            pause = time.monotonic() + 0.7 + chance.random() * 0.6
            while time.monotonic() < pause:
                say(readers[0], chance.choice(readers))
                messages += 1
                time.sleep(0.01)
            if chance.random() < 0.5:
                valkey.flushdb()
        finally:
            worker.kill()
            worker.wait()
    last = start(settings)
    try:
        wait_until(lambda: not _open_messages(), seconds=120)
    finally:
        last.kill()
    assert bells() == messages
    arrived = {letter["Message-ID"].strip("<>").partition("@")[0] for letter in mailbox.letters()}
    assert arrived == {str(each) for each in db.session.scalars(select(Letter.id))}
    assert len(arrived) == messages


def _open_messages() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Message.done_at.is_(None))) or 0


def shift_database_clock(database, seconds: int) -> None:
    """PostgreSQL answers this much later to whoever searches the schema `shifted` first."""
    with database.connect() as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS shifted")
        connection.execute("GRANT USAGE ON SCHEMA shifted TO depter_app")
        connection.execute(
            "CREATE OR REPLACE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
            f" AS $$ SELECT pg_catalog.clock_timestamp() + interval '{seconds} s' $$"
        )


def clock_incidents() -> list[tuple[str, bool]]:
    db.session.rollback()
    rows = db.session.execute(select(Incident.detail, Incident.resolved_at).where(Incident.kind == "clock"))
    return [(row.detail["error"].split(": ")[1], row.resolved_at is not None) for row in rows]


@pytest.mark.parametrize(("seconds", "sign"), [(90, "+"), pytest.param(-90, "-", marks=pytest.mark.torture)])
def test_a_worker_whose_clock_differs_stops_says_so_and_goes_on(
    db_session, settings, database, valkey, mailbox, seconds, sign
):
    reader = somebody("reader@example.kg")
    shift_database_clock(database, seconds)
    shifted = replace(
        settings, database_url=settings.database_url + "&options=-csearch_path%3Dshifted,pg_catalog"
    )
    worker = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "worker"],
        cwd=PROJECT_DIR,
        env=environment(shifted),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        say(reader, reader)
        wait_until(lambda: len(clock_incidents()) == 1, 30)
        ((said, resolved),) = clock_incidents()
        assert (said[0], resolved) == (sign, False) and abs(int(said.split()[0])) in (89, 90, 91)
        time.sleep(2)
        assert (bells(), len(clock_incidents())) == (0, 1), "neither a wake-up nor the clock does anything"
        shift_database_clock(database, 59 if seconds > 0 else -58)
        wait_until(lambda: bells() == 1, 30)
        wait_until(lambda: [resolved for _said, resolved in clock_incidents()] == [True], 10)
    finally:
        worker.terminate()
        _out, log = worker.communicate(timeout=30)
        with database.connect() as connection:
            connection.execute("DROP SCHEMA shifted CASCADE")
    assert log.count("clock.differs_from_database") == 1 and "clock.agrees_again" in log


def _unsent_letters() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Letter.sent_at.is_(None))) or 0
