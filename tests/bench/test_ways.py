"""Every shipped process is measured, and what its start and its steps send does not grow with what a case is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.keys import load_or_create_person_keys
from app.audit.models import SubjectKey
from app.diagrams.versions import read_shipped_diagrams
from app.people.models import Account
from tests.scenarios.world import ROOT, World
from tests.support.query_counter import statements
from tools.bench.driving import Deed, Desks, by_commands, over_http
from tools.bench.ways import WAYS

START, STEP, EFFECT, SESSION = 34, 12, 42, 10
"""Ceilings of statements: a start, a step that only opens the next one, a step that reads or changes the journal
or backups, and what a request adds (session, roles, draft; the document of an excuse). Four of a start look for a leave
of the student and for another case about these cells: one lock, one look, however many cells."""


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    return World(db_session, clock)


def counts(deeds: Iterator[Deed]) -> dict[str, list[str]]:
    """What each deed sends."""
    sent = {}
    for name, deed in deeds:
        with statements() as texts:
            deed()
        sent[name] = texts
    return sent


def knows_keys_of_all(world: World) -> None:
    """A key that the first case made is not in memory yet: the second one would read it, the third one not."""
    load_or_create_person_keys(set(world.session.scalars(select(SubjectKey.subject))))
    world.session.rollback()


def test_every_shipped_process_has_its_way():
    absent = {one.key for one in read_shipped_diagrams(ROOT / "workflows", ROOT / "forms")} - set(WAYS)
    assert not absent, "add an entry to tools/bench/ways.py (docs/bench.md says how)"


@pytest.mark.parametrize("key", WAYS)
def test_a_process_sends_as_much_for_three_lessons_as_for_one(world, app, key):
    way = WAYS[key]
    counts(by_commands(world, way, way.ask(world, 1)))
    knows_keys_of_all(world)
    one = counts(by_commands(world, way, way.ask(world, 1)))
    assert list(one) == ["start", *way.steps]
    three = one if way.single else counts(by_commands(world, way, way.ask(world, 3)))
    assert {name: len(sent) for name, sent in three.items()} == {
        name: len(sent) for name, sent in one.items()
    }
    assert len(one["start"]) <= START + way.more, one["start"]
    effects = ("journal.", "backups.", "INSERT INTO people.role_grant", "UPDATE people.membership")
    acts = {name: any(part in text for text in sent for part in effects) for name, sent in one.items()}
    over = {
        name: sent
        for name, sent in one.items()
        if name != "start" and len(sent) > (EFFECT + way.more if acts[name] else STEP)
    }
    assert not over


OFTEN = ("late_correction", "excuse", "makeup", "grade_sheet", "appeal")
"""The processes whose pages are compared in every run; the others are in the long one."""


@pytest.mark.parametrize(
    "key", [key if key in OFTEN else pytest.param(key, marks=pytest.mark.torture) for key in WAYS]
)
def test_a_page_of_a_process_sends_as_much_as_its_command(world, app, key):
    way = WAYS[key]
    counts(by_commands(world, way, way.ask(world, 1)))
    knows_keys_of_all(world)
    one = counts(by_commands(world, way, way.ask(world, 1)))
    desks = Desks(app, world)
    counts(over_http(world, way, way.ask(world, 1), desks))
    pages = counts(over_http(world, way, way.ask(world, 1), desks))
    assert all(len(sent) <= len(one[name]) + SESSION for name, sent in pages.items()), pages


def test_opening_a_desk_leaves_the_account_of_its_person_as_it_is(world, app, db_session):
    person = world.people["department_head"]
    db_session.add(Account(person_id=person, login="head", password="kept"))
    db_session.commit()
    Desks(app, world).of(person, "department_head")
    assert db_session.get(Account, person).login == "head"
