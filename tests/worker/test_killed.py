"""kill -9 before every statement of a drain, Redis wiped in between: everything exactly once, mail at least once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import system_clock
from app.kernel.db import db
from app.kernel.settings import PROJECT
from app.notices.models import Bell, Letter
from app.outbox.models import Message
from app.outbox.post import post
from tests.worker.somebody import somebody


def environment(settings) -> dict[str, str]:
    """What a process of its own needs to work on the test's database."""
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "MAIL_URL": settings.mail_url,
        "DEPTER_DATA": str(settings.data_dir),
        "SECRET_KEY": settings.secret_key,
        "PUBLIC_URL": settings.public_url,
        "DEPTER_ENV": "test",
    }


class Victim:
    """Drains in a process that can be killed at a statement."""

    def __init__(self, settings) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.worker.victim"],
            cwd=PROJECT,
            env=environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def dies_before(self, statement: int) -> bool:
        """False when the drain ended before it came to that statement."""
        assert self._process.stdin
        self._process.stdin.write(f"{statement}\n")
        self._process.stdin.flush()
        code = int(self._answer())
        assert code in (0, -9), code
        return code == -9

    def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


@pytest.fixture
def victim(db_session, settings, mailbox) -> Iterator[Victim]:
    made = Victim(settings)
    yield made
    made.end()


def say(recipients: list[UUID], times: int) -> None:
    act = Act.system(system_clock())
    with door.write(act) as _:
        for _ in range(times):
            post(act, "cases.task.opened", {"number": "C-1", "recipients": [str(one) for one in recipients]})


def settled() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Message.done_at.is_not(None))) or 0


def check_world(mailbox, messages: int, people: int, letters: int) -> None:
    """One bell a person and message, one effect a message, at least one letter with one Message-ID each."""
    db.session.rollback()
    bells = Counter((row.message_id, row.person) for row in db.session.execute(select(Bell)).scalars())
    assert len(bells) == messages * people and set(bells.values()) == {1}
    effects = Counter(
        db.session.scalars(select(AuditRecord.object_id).where(AuditRecord.fact == "tests.effect.written"))
    )
    every = set(db.session.scalars(select(Message.id)))
    assert {effect.int for effect in effects} == every and set(effects.values()) == {1}
    arrived = {letter["Message-ID"].strip("<>").partition("@")[0] for letter in mailbox.letters()}
    assert arrived == {str(each) for each in db.session.scalars(select(Letter.id))}
    assert len(arrived) == messages * letters
    assert not db.session.scalar(
        select(func.count()).where(Message.done_at.is_(None) | Message.dead_at.is_not(None))
    )


def test_a_relay_killed_before_each_of_its_statements_loses_and_doubles_nothing(victim, valkey, mailbox):
    people = [somebody("first@example.kg"), somebody("second@example.kg", "ru"), somebody()]
    say(people, times=1)
    statement, kills, before = 1, 0, settled()
    while victim.dies_before(statement):
        kills += 1
        valkey.flushdb()
        now = settled()
        statement, before = (1, now) if now != before else (statement + 1, before)
    assert kills > 30
    check_world(mailbox, messages=1, people=3, letters=2)


@pytest.mark.torture
def test_hundreds_of_random_kills_lose_and_double_nothing(victim, valkey, mailbox):
    people = [somebody(f"person{number}@example.kg") for number in range(5)]
    say(people, times=40)
    chance, kills = random.Random(20261012), 0
    while victim.dies_before(chance.randint(1, 90)):
        kills += 1
        valkey.flushdb()
    assert kills > 25
    check_world(mailbox, messages=40, people=5, letters=5)
