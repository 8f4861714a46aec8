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


@pytest.fixture
def written(demo: Demo) -> Roster:
    with door.read():
        written = export_roster_zip()
        assert export_roster_zip() == written
    return read_roster(written)


def changes(roster: Roster, clock: Any) -> Any:
    with door.read():
        return plans.make_import_plan(roster, local_day(clock()))


def test_what_goes_out_changes_nothing_when_it_comes_back(written: Roster, clock: Any):
    assert changes(written, clock).changes == ()


def test_what_goes_out_fills_an_empty_university_once(
    written: Roster, clock: Any, database: Any, db_session: Any
):
    db_session.rollback()
    database.restore()
    act, plan = Act.by_system(clock()), changes(written, clock)
    with door.write(act):
        execute_import_plan(act, written, plan.fingerprint)
    assert plan.change_counts[("person", "insert")] > 220
    assert db_session.scalar(select(func.count()).select_from(StudyGroup)) == 32
    db_session.rollback()
    assert changes(written, clock).changes == ()
