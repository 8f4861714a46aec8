"""The page that replays finished cases: for a version, for a draft, for who may not open the cases, and bad input."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from app.diagrams.drafts import create_draft_from_version
from app.diagrams.versions import load_published_version_id
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.people.models import Account
from tests.scenarios.versions import SECOND_VISA, publishes
from tests.scenarios.world import World
from tests.web.browser import Browser

KEY = "late_correction"
VERSION = f"/processes/{KEY}/versions"


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    return World(db_session, clock)


def reader(app: Any, world: World, role: str = "process_admin", locale: str = "en") -> Browser:
    person = world.people.get(role) or world.hires(role, None)
    world.session.merge(Account(person_id=person, login=str(person), password="never"))
    world.session.commit()
    return Browser(app, locale).enter(person)


def applied(world: World) -> UUID:
    case = world.teacher().requests_correction()
    for role in ("department_head", "directorate", "academic_office", "it_admin"):
        world.actor(role).approves(case)
    return case


def test_no_finished_case_is_said(app, world):
    page = reader(app, world).get(f"{VERSION}/1/replay")
    assert page.status_code == 200 and "No case of this process has finished yet." in page.text


def test_a_version_says_how_many_part_where_and_which(app, world):
    case = applied(world)
    number = world.case(case).number
    publishes(world, SECOND_VISA)
    administrator = reader(app, world)
    assert "would have gone the same way" in administrator.get(f"{VERSION}/1/replay").text
    page = administrator.get(f"{VERSION}/2/replay?last=1000").text
    assert "1 of 1 case would have gone another way." in page and "Second visa" in page
    listed = administrator.get(f"{VERSION}/2/replay?last=1000&at=approval_missing:second_visa").text
    assert number in listed and f"/cases/{case}" not in listed
    office = reader(app, world, "academic_office")
    assert f"/cases/{case}" in office.get(f"{VERSION}/2/replay?at=approval_missing:second_visa").text
    (step,) = administrator.get(f"{VERSION}/2/replay.json?last=1000").json["steps"]
    assert (step["id"], step["text"], step["level"]) == ("second_visa", "1 case", 4)


def test_a_draft_is_replayed_as_it_stands(app, world):
    applied(world)
    administrator = reader(app, world)
    person, draft = world.hires("process_admin", None), new_id()
    act = Act(person, None, world.clock())
    with door.write(act):
        create_draft_from_version(act, draft, load_published_version_id(KEY))
    page = administrator.get(f"/processes/drafts/{draft}/replay").text
    assert "1 case was replayed and would have gone the same way." in page
    assert administrator.get(f"/processes/drafts/{draft}/replay.json").json["steps"] == []


@pytest.mark.parametrize("query", ["last=7", "last=", "last=x", "last=-1", "last=100000000"])
def test_a_number_that_is_not_offered_is_refused_by_name(app, world, query):
    answer = reader(app, world).get(f"{VERSION}/1/replay?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 422 and "last" in answer.json["error"]["fields"]


@pytest.mark.parametrize(
    "query", ["at=nonsense", "at=approval_missing:", "page=x", "page=0", "page=99999999"]
)
def test_an_unknown_place_or_page_shows_the_whole(app, world, query):
    applied(world)
    publishes(world, SECOND_VISA)
    assert reader(app, world).get(f"{VERSION}/2/replay?{query}").status_code == 200
