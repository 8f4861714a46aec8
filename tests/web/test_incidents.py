"""The pages of incidents: what they say to whom, their filters and moves, and what a refused move keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.cases.models import Incident
from app.diagrams import versions as diagrams
from app.outbox.models import Message
from app.people.models import ROLES, RoleGrant
from tests.cases.test_hostile_diagrams import leads, publish
from tests.cases.test_incidents import dies
from tests.cases.test_processes import asks
from tests.support.query_counter import statements
from tests.web.browser import Browser
from tests.web.campus import Campus
from tests.web.test_processes import enter, words

REASON = "Себеби жоюлду, текшерилди."


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    diagrams.clear_version_cache()
    yield Campus(app, db_session, clock)
    diagrams.clear_version_cache()


def of_kind(campus: Campus, kind: str) -> Incident:
    campus.world.session.rollback()
    return campus.world.session.scalars(
        select(Incident).where(Incident.kind == kind).order_by(Incident.at.desc())
    ).first()


def test_the_list_counts_causes_filters_and_leads_to_each(campus):
    world = campus.world
    dies(world, 2)
    browser = enter(campus, "it_admin")
    page = browser.get("/incidents")
    text = words(page)
    assert "A message was not delivered 2" in text and "All attempts to deliver the message failed." in text
    assert "Try all 2 again" in text and "a letter" in text
    only = browser.get("/incidents?kind=message")
    assert only.text.count('type="checkbox"') == 2
    assert browser.get("/incidents?kind=timer").text.count('type="checkbox"') == 0
    assert "No incident fits" in words(browser.get("/incidents?kind=timer"))
    assert browser.get("/incidents?process=late_correction").text.count('type="checkbox"') == 1
    assert browser.get("/incidents?kind=nonsense").text.count('type="checkbox"') == 3
    assert browser.get("/incidents?after=nonsense").status_code == 422
    found = browser.get("/incidents?state=solved")
    assert "No incident fits" in words(found)


@pytest.mark.parametrize("role", ROLES)
def test_the_pages_open_for_it_and_process_administrators_and_are_nowhere_for_others(campus, role):
    browser = enter(campus, role)
    there = role in ("it_admin", "process_admin")
    one = f"/incidents/{campus.things['incident_id']}"
    for path in ("/incidents", one, f"{one}/diagram.json"):
        assert browser.get(path).status_code == (200 if there else 404), path
    assert ('href="/incidents"' in browser.get("/account").text) == there
    process = browser.get("/processes/late_correction")
    assert ("1 incident open" in process.text) == there


@pytest.mark.clause("7.1")
def test_who_may_not_read_the_case_sees_its_number_and_step_and_no_names(campus):
    world = campus.world
    case = world.case(campus.things["case_id"])
    path = f"/incidents/{campus.things['incident_id']}"
    keeper, it = enter(campus, "process_admin").get(path), enter(campus, "it_admin").get(path)
    assert case.number in keeper.text and case.requester_name not in keeper.text
    assert f'href="/cases/{case.id}"' not in keeper.text and "ИВТ-2-23" not in keeper.text
    assert "whom the case is about: 1" in words(keeper)
    assert f'href="/cases/{case.id}"' in it.text and case.requester_name in it.text


def test_a_retry_that_works_and_a_second_one(campus):
    path = f"/incidents/{campus.things['incident_id']}"
    first, second = enter(campus, "it_admin"), enter(campus, "process_admin")
    first.get(path)
    second.get(path)
    assert "Take back to work" in words(first.get(path))
    assert first.post(f"{path}/retry", seen="0").status_code == 302
    late = second.post(f"{path}/retry", seen="0")
    assert late.status_code == 409 and "has been solved meanwhile" in late.text
    text = words(first.get(path))
    assert "Solved: tried again with success" in text and "What can be done" not in text
    assert "tried again with success" in words(first.get("/incidents?state=solved"))


def test_a_refused_step_is_asked_for_again_and_never_done_for_its_owner(campus):
    world = campus.world
    publish(world, leads("request_made", "forward_directorate"))
    case = asks(world, 22)
    world.directorate().approves(case)
    world.office().approves(case)
    task = world.open_tasks(case)[0].id
    it = enter(campus, "it_admin")
    assert it.post(f"/tasks/{task}", decision="approve").status_code == 409
    found = of_kind(campus, "operation")
    assert (found.element, found.task_id) == ("release_it", task)
    path = f"/incidents/{found.id}"
    page = it.get(path)
    assert "A change was refused" in words(page) and "An approval is missing." in words(page)
    assert it.post(f"{path}/retry", seen="0").status_code == 302
    world.session.rollback()
    assert world.open_elements(case) == ["release_it"]
    asked = world.session.scalars(
        select(Message.payload).where(Message.event_type == "cases.task.opened").order_by(Message.id.desc())
    ).first()
    assert asked["task"] == str(task)


def test_a_step_without_an_owner_is_given_from_the_page(campus):
    world = campus.world
    case = nobody_about_another_lesson(campus)
    found = of_kind(campus, "owner")
    path = f"/incidents/{found.id}"
    it = enter(campus, "it_admin")
    assert "Nobody can do a step" in words(it.get(path)) and 'name="person"' not in it.get(path).text
    head = world.hires("department_head", world.school.department, name="Жаңы")
    page = it.get(path)
    assert f'<option value="{head}">' in page.text
    assert it.post(f"{path}/assign", seen="0", person=str(world.student)).status_code == 409
    assert it.post(f"{path}/assign", seen="0", person="nobody").status_code == 422
    assert it.post(f"{path}/assign", seen="0", person=str(head)).status_code == 302
    world.session.rollback()
    assert world.open_tasks(case)[0].assignee == head
    assert "given to another owner" in words(it.get(f"/cases/{case}"))


def nobody_about_another_lesson(campus: Campus) -> UUID:
    world = campus.world
    world.session.query(RoleGrant).filter_by(role="department_head").delete()
    world.session.commit()
    return asks(world, 22)


def test_a_refused_reason_is_shown_again_and_an_accepted_one_stays(campus):
    dies(campus.world)
    path = f"/incidents/{of_kind(campus, 'message').id}"
    it = enter(campus, "it_admin")
    it.get(path)
    short = it.post(f"{path}/close", seen="0", reason="кыска")
    assert short.status_code == 422 and ">кыска</textarea>" in short.text and "at least 10" in short.text
    assert it.post(f"{path}/close", seen="0", reason=REASON).status_code == 302
    assert REASON in words(it.get(path)) and "closed with a reason" in words(it.get(path))
    for seen in ("", "-1", "x", "99999"):
        assert it.post(f"{path}/close", seen=seen, reason=REASON).status_code == 422, seen


def test_all_of_one_cause_are_tried_again_and_the_failed_ones_are_reported(campus):
    dies(campus.world, 3)
    nobody_about_another_lesson(campus)
    it = enter(campus, "it_admin")
    it.get("/incidents")
    report = words(it.post("/incidents/retry", all="1", kind="message", code="outbox.message.died"))
    assert "3 incidents were tried again." in report and "failed" not in report.split("Open incidents")[0]
    report = words(it.post("/incidents/retry", all="1", kind="message", code="outbox.message.died"))
    assert "0 incidents were tried again." in report, "messages in the queue are not tried twice"
    failed = it.post("/incidents/retry", incident=f"{of_kind(campus, 'owner').id}:0")
    assert "1 failed:" in words(failed) and "No one can do this step yet" in words(failed)
    for wrong in ({}, {"incident": "x:0"}, {"incident": f"{of_kind(campus, 'owner').id}:x"}, {"all": "1"}):
        assert it.post("/incidents/retry", **wrong).status_code == 422, wrong


def test_the_list_is_paged_and_costs_the_same_for_many(campus, monkeypatch):
    it = enter(campus, "it_admin")
    it.get("/incidents")
    with statements() as few:
        it.get("/incidents")
    dies(campus.world, 4)
    campus.world.session.rollback()
    it = enter(campus, "it_admin")
    it.get("/incidents")
    with statements() as many:
        it.get("/incidents")
    assert len(many) == len(few) <= 12 and not [text for text in many if "cases.state" in text]
    monkeypatch.setattr("app.cases.queries.incidents.INCIDENTS_PER_PAGE", 3)
    first = it.get("/incidents")
    following = re.search(r'rel="next" href="([^"]+)"', first.text)[1].replace("&amp;", "&")
    second = it.get(following)
    picked = re.findall(r'name="incident"\s+value="([^"]+)"', first.text + second.text)
    assert len(set(picked)) == 5 and 'rel="next"' not in second.text


def test_an_incident_that_never_was(campus):
    it = enter(campus, "it_admin")
    absent = campus.absent()["incident_id"]
    assert it.get(f"/incidents/{absent}").status_code == 404
    it.get("/incidents")
    assert it.post(f"/incidents/{absent}/retry", seen="0").status_code == 404
    assert Browser(campus.app).get("/incidents").status_code in (302, 401)
