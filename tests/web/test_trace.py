"""The trace over HTTP: the life of a cell, a case, a person, a journal; as it was on a day; within a unit only."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.diagrams import versions as diagrams
from app.journal.tables import CellVersion
from app.people.models import RoleGrant
from tests.cases.test_processes import asks
from tests.support.query_counter import statements
from tests.web.browser import Browser
from tests.web.campus import Campus
from tests.web.test_processes import enter, words


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    """A correction that every step approved and that was applied."""
    diagrams.clear_version_cache()
    made = Campus(app, db_session, clock)
    world = made.world
    made.applied = asks(world, 21)
    for actor in (world.head(), world.directorate(), world.office(), world.it()):
        clock.advance(seconds=10)
        actor.approves(made.applied)
    yield made
    diagrams.clear_version_cache()


@pytest.mark.clause("1.4.4")
def test_a_changed_mark_leads_to_its_life_its_case_its_persons_and_back(campus):
    world = campus.world
    number = world.case(campus.applied).number
    version = world.session.scalars(select(CellVersion).where(CellVersion.case_id == campus.applied)).one()
    cell, offering, by = version.cell_id, version.offering_id, version.person
    lesson, student = version.lesson_id, version.student_id
    world.session.rollback()
    browser = enter(campus, "auditor")
    deeds = browser.get(f"/audit/deeds?person={by}&part=did").text
    assert f"/audit/cells/{cell}" in deeds and f"/audit/cases/{number}" in deeds
    page = browser.get(f"/audit/cells/{cell}")
    text = words(page)
    assert "absent present" in text and f"/audit/cases/{number}" in page.text and "4.4.2" in text
    assert (
        f"/audit/people/{by}" in page.text and "waits for its seal" in text and "/audit/records/" in page.text
    )
    found = browser.get(f"/audit/cells?lesson={lesson}&student={student}")
    assert found.status_code == 302 and "/audit/cells/" in found.headers["Location"]
    assert "/audit/cells?" in html.unescape(
        browser.get(f"/journal/cell?lesson={lesson}&student={student}").text
    )

    case = browser.get(f"/audit/cases/{number}")
    said = words(case)
    for expected in (
        "Decisions",
        "Office at that time",
        "Deadlines",
        "kept",
        "Messages sent",
        "written under",
    ):
        assert expected in said, expected
    assert (
        f"/audit/cells/{cell}" in case.text and "/compare" in case.text and "No message was sent" not in said
    )
    assert f"/audit/cases/{number}" in browser.get(f"/cases/{campus.applied}").text

    person = browser.get(f"/audit/people/{by}")
    assert "Offices, and who gave them" in words(person) and f"/audit/cells/{cell}" in person.text
    assert "No deed in this time" in words(
        browser.get(f"/audit/people/{by}?since=2020-03-01&until=2020-03-31")
    )
    assert browser.get(f"/audit/people/{by}?since=32.13.2026").status_code == 422
    assert browser.get(f"/audit/people/{by}?key=x").status_code == 422
    assert f"/audit/cells/{cell}" in browser.get(f"/audit/journals/{offering}").text
    other = enter(campus, "academic_office")
    for path in (f"cells/{cell}", f"cases/{number}", f"people/{by}", f"journals/{offering}"):
        assert other.get(f"/audit/{path}").status_code == 404


def test_as_it_was_on_a_day_leaves_out_what_came_later_and_says_so(campus):
    world, browser = campus.world, enter(campus, "auditor")
    number = world.case(campus.applied).number
    version = world.session.scalars(select(CellVersion).where(CellVersion.case_id == campus.applied)).one()
    cell, offering, day = version.cell_id, version.offering_id, version.at.date()
    world.session.rollback()
    today = words(browser.get(f"/audit/cells/{cell}?on={day}"))
    assert "This is a past state" in today and "absent present" in today
    past = browser.get(f"/audit/cells/{cell}?on=2020-01-01")
    assert "Nothing was written here yet" in words(past) and past.status_code == 200
    assert "No mark was written yet" in words(browser.get(f"/audit/journals/{offering}?on=2020-01-01"))
    sheet = words(browser.get(f"/audit/sheets/{campus.things['sheet']}?on=2020-01-01"))
    assert "No result was published yet" in sheet and "This is a past state" in sheet
    assert browser.get(f"/audit/cases/{number}?on=2020-01-01").status_code == 404
    assert "This is a past state" in words(browser.get(f"/audit/cases/{number}?on={day}"))
    for typed, said in (("2099-01-01", "has not come yet"), ("31.02.2026", "As it is now")):
        wrong = browser.get(f"/audit/cells/{cell}?on={typed}")
        assert wrong.status_code == 422 and said in wrong.text and 'id="on-error"' in wrong.text


def test_a_limited_reader_is_kept_out_and_statements_do_not_grow(app, campus):
    world = campus.world
    version = world.session.scalars(select(CellVersion).where(CellVersion.case_id == campus.applied)).one()
    cell, student = version.cell_id, version.student_id
    world.session.rollback()
    browser = enter(campus, "auditor")
    browser.get(f"/audit/cells/{cell}")
    with statements() as counted:
        assert browser.get(f"/audit/cells/{cell}").status_code == 200
    assert len(counted) <= 26, counted
    grant = world.session.scalars(
        select(RoleGrant).where(RoleGrant.person_id == campus.near["auditor"], RoleGrant.role == "auditor")
    ).one()
    grant.unit_id = world.school.other_department
    world.session.commit()
    limited = Browser(app).enter(campus.near["auditor"])
    for path in (f"cells/{cell}", f"people/{student}"):
        assert limited.get(f"/audit/{path}").status_code == 404
