"""3.1: a curator looks after his groups: their journals, sheets and cases, and nothing else of his institute."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.diagrams import versions
from app.journal.tables import Offering
from app.kernel.ids import new_id
from app.people.models import StudyGroup
from tests.scenarios.world import World

pytestmark = pytest.mark.clause("3.1")


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


def test_his_pages_list_his_groups_and_every_other_address_finds_nothing(world, enter):
    mine, curator = world.school.offering, world.curator()
    other = world.hires("curator", world.school.institute, name="Башка")
    idle = world.hires("curator", world.school.institute, name="Тобу жок")
    group, theirs = new_id(), new_id()
    world.session.add(
        StudyGroup(
            id=group,
            name="ЭЭ-1-25",
            unit_id=world.school.institute,
            year_of_study=1,
            curator_id=other,
        )
    )
    world.session.flush()
    world.session.add(
        Offering(
            id=theirs,
            course_id=world.school.course,
            group_id=group,
            semester_id=world.school.semester,
            planned_hours=60,
            state="OPEN",
        )
    )
    world.session.commit()
    sheet = world.school.sheet(date(2026, 10, 31), "MODULE2")
    case = world.teacher().requests_correction()
    for person, reaches in ((curator.person, {"mine"}), (other, {"theirs"}), (idle, set())):
        browser = enter(person)
        journals, sheets, log = (browser.get(path).text for path in ("/journal", "/sheets", "/makeups"))
        assert (f"/journal/{mine}" in journals) == ("mine" in reaches)
        assert (f"/journal/{theirs}" in journals) == ("theirs" in reaches)
        assert (f"/sheets/{sheet}" in sheets) == ("mine" in reaches)
        assert (str(theirs) in log) == ("theirs" in reaches) and (str(mine) in log) == ("mine" in reaches)
        found = {
            f"/journal/{mine}": "mine",
            f"/journal/{mine}/title": "mine",
            f"/sheets/{sheet}": "mine",
            f"/cases/{case}": "mine",
            f"/cases/{case}/print": "mine",
            f"/cases/{case}/diagram.json": "mine",
            f"/journal/cell?lesson={world.lesson}&student={world.student}": "mine",
            f"/journal/{theirs}": "theirs",
            f"/journal/{theirs}/title": "theirs",
        }
        for path, whose in found.items():
            assert browser.get(path).status_code == (200 if whose in reaches else 404), (path, whose)
