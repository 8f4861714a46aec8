"""The demo university as a roster: what goes out comes in again, and a repeat changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from app.exchange import plan as plans
from app.exchange.apply import execute_import_plan
from app.exchange.export import export_roster_zip
from app.exchange.read import Roster, read_roster
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.people.models import StudyGroup
from tests.demo.university import Demo
from tests.exchange.rostering import tables_of

GROUPS_OF_DEMO = 8


@pytest.fixture
def written(demo: Demo, clock: Any) -> bytes:
    with door.read():
        return export_roster_zip(local_day(clock()))


def changes(roster: Roster, clock: Any) -> Any:
    with door.read():
        return plans.make_import_plan(roster, local_day(clock()))


def test_what_goes_out_changes_nothing_when_it_comes_back(written: bytes, clock: Any):
    with door.read():
        assert export_roster_zip(local_day(clock())) == written
    assert changes(read_roster(written), clock).changes == ()


def test_what_goes_out_fills_an_empty_university_once_and_goes_out_the_same(
    written: bytes, clock: Any, database: Any, db_session: Any
):
    db_session.rollback()
    database.restore()
    roster = read_roster(written)
    act, plan = Act.by_system(clock()), changes(roster, clock)
    with door.write(act):
        execute_import_plan(act, roster, plan.fingerprint)
    assert plan.change_counts[("person", "insert")] > 220
    assert db_session.scalar(select(func.count()).select_from(StudyGroup)) == GROUPS_OF_DEMO
    db_session.rollback()
    assert changes(roster, clock).changes == ()
    with door.read():
        again = export_roster_zip(local_day(clock()))
    assert tables_of(again) == tables_of(written)
