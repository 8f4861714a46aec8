"""kill -9 before every statement of a drain, Redis wiped in between: everything exactly once, mail at least once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.audit.models import AuditRecord
from app.cases.models import History, Timer
from app.diagrams import versions
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import system_clock
from app.kernel.db import db
from app.kernel.ids import new_id
from app.notices.models import BellNotice, Digest, Letter
from app.outbox.models import Message
from app.outbox.post import post_event
from app.people.models import Person
from tests.scenarios.world import World
from tests.support.crash_process import NEVER, Victim
from tests.support.replay import record_rows_of_scene, rows_past_the_audit
from tests.worker.somebody import somebody


class Drain(Victim):
    """Drains in a process that can be killed at a statement."""

    def dies_before(self, statement: int, moment: datetime | None = None) -> bool:
        """Look at that moment (now); False when everything was done before it came to that statement."""
        return self.dies(statement, (moment or system_clock()).isoformat())


@pytest.fixture
def victim(db_session, settings, mailbox) -> Iterator[Drain]:
    made = Drain("tests.worker.victim", settings)
    yield made
    made.end()


def say(recipients: list[UUID], times: int) -> None:
    act = Act.by_system(system_clock())
    with door.write(act) as _:
        for _ in range(times):
            urgent = {"number": "C-1", "due_at": act.at.isoformat()}
            post_event(act, "cases.task.opened", {**urgent, "recipients": [str(one) for one in recipients]})


def settled() -> int:
    """How far the world is: delivered messages, and timers that are gone."""
    db.session.rollback()
    delivered = select(func.count()).where(Message.done_at.is_not(None)).scalar_subquery()
    return db.session.scalar(select(delivered - select(func.count(Timer.id)).scalar_subquery())) or 0


def kill_at_every_statement(victim: Drain, valkey, moment: datetime | None = None, stride: int = 1) -> int:
    """Until all is done; from the beginning again whenever something was committed. Answers how many died."""
    statement, kills, before = 1, 0, settled()
    while victim.dies_before(statement, moment):
        kills += 1
        valkey.flushdb()
        now = settled()
        statement, before = (1, now) if now != before else (statement + stride, before)
    return kills


def check_world(mailbox, messages: int, people: int, letters: int) -> None:
    """One bell a person and message, one effect a message, at least one letter with one Message-ID each."""
    db.session.rollback()
    bells = Counter((row.message_id, row.person) for row in db.session.execute(select(BellNotice)).scalars())
    assert len(bells) == messages * people and set(bells.values()) == {1}
    effects = Counter(
        db.session.scalars(
            select(AuditRecord.object_id).where(AuditRecord.event_type == "tests.effect.written")
        )
    )
    every = set(db.session.scalars(select(Message.id)))
    assert {effect.int for effect in effects} == every and set(effects.values()) == {1}
    arrived = {letter["Message-ID"].strip("<>").partition("@")[0] for letter in mailbox.letters()}
    assert arrived == {str(each) for each in db.session.scalars(select(Letter.id))}
    assert len(arrived) == messages * letters
    assert not db.session.scalar(
        select(func.count()).where(Message.done_at.is_(None) | Message.dead_at.is_not(None))
    )


SOME_STATEMENTS = pytest.mark.parametrize("stride", [7, pytest.param(1, marks=pytest.mark.torture)])
"""Killed before each of its statements in the long run, before every fourth in the others."""


@SOME_STATEMENTS
def test_a_relay_killed_before_its_statements_loses_and_doubles_nothing(victim, valkey, mailbox, stride):
    people = [somebody("first@example.kg"), somebody()]
    say(people, times=1)
    kills = kill_at_every_statement(victim, valkey, stride=stride)
    assert kills > 30 // stride
    check_world(mailbox, messages=1, people=2, letters=1)


@SOME_STATEMENTS
def test_a_worker_killed_while_it_sends_the_letters_of_a_day_loses_and_doubles_nothing(
    victim, valkey, mailbox, stride
):
    people, now = [somebody("first@example.kg"), somebody("second@example.kg")], system_clock()
    for number in range(2):
        with door.write(Act.by_system(now)) as _:
            recipients = [str(one) for one in people]
            post_event(
                Act.by_system(now),
                "cases.case.commented",
                {"number": f"C-{number}", "recipients": recipients},
            )
    kills = kill_at_every_statement(victim, valkey, now + timedelta(seconds=1), stride)
    assert mailbox.letters() == [] and kills > 10 // stride
    kills = kill_at_every_statement(victim, valkey, now + timedelta(days=1), stride)
    assert kills > 10 // stride
    db.session.rollback()
    arrived = {letter["Message-ID"].strip("<>").partition("@")[0] for letter in mailbox.letters()}
    digests = db.session.scalars(select(Digest)).all()
    assert arrived == {str(one.id) for one in digests} and len(digests) == len(people)
    assert all(one.sent_at for one in digests)
    for letter in mailbox.letters():
        said = letter.get_body(("plain",)).get_content()
        assert said.count("C-0") == said.count("C-1") == 1
    assert not db.session.scalar(select(func.count()).where(Message.done_at.is_(None)))


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


@pytest.fixture
def world(db_session, clock) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


@pytest.mark.parametrize("stride", [41, pytest.param(1, marks=pytest.mark.torture)])
def test_a_killed_worker_leaves_cases_and_journal_as_one_that_lived(
    victim, valkey, mailbox, world, stride, settings
):
    db.session.execute(update(Person).values(email="everybody@example.kg"))
    db.session.commit()
    record_rows_of_scene(world.session, settings.migration_database_url, world.clock())
    applied, late = (world.teacher().requests_correction(), new_id())
    for actor in (world.head(), world.directorate(), world.office(), world.it()):
        actor.approves(applied)
    world.teacher().starts(late, [world.edit("ABSENT")])
    written = journal_records()
    world.clock.advance(days=4)
    kills = kill_at_every_statement(victim, valkey, world.clock(), stride)
    assert kills > (5 if stride > 1 else 20)
    later = world.clock() + timedelta(days=1)
    assert not victim.dies_before(NEVER, later)
    assert journal_records() == written
    assert (world.cell().value, world.case(applied).outcome) == ("PRESENT", "applied")
    steps = db.session.scalars(select(History.kind).where(History.case_id == late).order_by(History.id)).all()
    assert steps.count("escalated") == 1
    world.is_whole()
    assert rows_past_the_audit(settings.migration_database_url) == []
    bells = Counter((row.message_id, row.person) for row in db.session.scalars(select(BellNotice)))
    assert bells and set(bells.values()) == {1}
    arrived = {letter["Message-ID"].strip("<>").partition("@")[0] for letter in mailbox.letters()}
    letters = {str(each) for each in db.session.scalars(select(Letter.id))}
    digests = db.session.scalars(select(Digest)).all()
    assert letters <= arrived <= letters | {str(one.id) for one in digests} and arrived > letters
    assert all(one.sent_at for one in digests if one.due_at <= later)
    told = db.session.scalar(select(func.count()).select_from(Letter)) or 0
    waited = db.session.scalar(select(func.count()).where(BellNotice.digest_id.is_not(None))) or 0
    assert told and waited and told + waited == len(bells)
    undone = Message.done_at.is_(None), Message.not_before <= later
    assert not db.session.scalar(select(func.count()).where(*undone))


def journal_records() -> list[int]:
    """The audit of the journal, which a worker must never add to here."""
    db.session.rollback()
    found = select(AuditRecord.id).where(AuditRecord.event_type.like("journal.%")).order_by(AuditRecord.id)
    return list(db.session.scalars(found))
