"""The page "New request", and a process that no code knows, from its drawing to the page of the student."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.cases.models import Case, Task
from app.diagrams import versions
from app.kernel.ids import new_id
from app.people.models import ROLES
from app.worker.due_work import deliver_event_batch
from tests.cases.test_general_requests import published
from tests.support import certificate
from tests.support.query_counter import statements
from tests.web.browser import Browser, hidden
from tests.web.campus import Campus


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    versions.clear_version_cache()
    return Campus(app, db_session, clock)


def enter(campus: Campus, role: str, locale: str = "en") -> Browser:
    return Browser(campus.app, locale).enter(campus.near[role])


def task_of(campus: Campus, case: UUID) -> Any:
    campus.world.session.rollback()
    return campus.world.session.scalars(
        select(Task).where(Task.case_id == case, Task.closed_at.is_(None))
    ).one()


def completes(browser: Browser, task: Any, **answers: str) -> Any:
    browser.get(f"/tasks/{task.id}")
    return browser.post(f"/tasks/{task.id}", **answers)


def test_each_role_sees_what_it_may_start(campus: Campus) -> None:
    expected = {"student": "Confirmation of an excuse", "teacher": "Technical correction"}
    for role in ROLES:
        page = enter(campus, role).get("/requests/new")
        assert page.status_code == 200
        offered = 'href="/requests/new"' in enter(campus, role).get("/account").text
        assert offered is ("nothing to ask for" not in page.text), role
        assert expected.get(role, "New request") in page.text
    assert "nothing to ask for" in enter(campus, "auditor").get("/requests/new").text


def test_the_search_narrows_the_list_and_says_when_nothing_fits(campus: Campus) -> None:
    student = enter(campus, "student")
    every = student.get("/requests/new").text
    some = student.get("/requests/new?q=EXCUSE").text
    assert 0 < some.count("<h3>") < every.count("<h3>")
    assert "Nothing found" in student.get("/requests/new?q=zzzz").text


def test_the_list_needs_the_same_statements_for_more_processes(campus: Campus) -> None:
    student = enter(campus, "student")
    student.get("/requests/new")
    with statements() as before:
        student.get("/requests/new")
    for number in range(3):
        published(campus.world, key=f"certificate_{number}")
    with statements() as cold:
        page = student.get("/requests/new")
    with statements() as after:
        student.get("/requests/new")
    assert page.text.count("Certificate of study") == 3
    assert len(after) == len(before)
    assert len(cold) <= len(before) + 1


def test_a_student_gets_a_certificate_of_study(campus: Campus) -> None:
    published(campus.world)
    student = enter(campus, "student")
    listed = student.get("/requests/new").text
    assert f"/cases/start/{certificate.KEY}" in listed and certificate.ABOUT[2] in listed
    form = student.get(f"/cases/start/{certificate.KEY}").text
    case = UUID(hidden(form, "id"))
    sent = student.post(f"/cases/start/{certificate.KEY}", id=str(case), copies="one", purpose="Салык")
    assert sent.status_code == 302
    directorate = enter(campus, "directorate", "ru")
    asked = directorate.get(f"/tasks/{task_of(campus, case).id}").text
    assert "Один экземпляр" in asked and "Салык" in asked and "Решение дирекции" in asked
    completes(directorate, task_of(campus, case), decision="return", reason="Уточните, куда")
    again = student.get(f"/tasks/{task_of(campus, case).id}").text
    assert "Салык" in again, "what was typed before is there"
    completes(student, task_of(campus, case), decision="resubmit", copies="two", purpose="Социалдык фонд")
    completes(directorate, task_of(campus, case), decision="approve")
    task = task_of(campus, case)
    assert task.due_at > campus.world.clock() and task.policy == "request.issue_term"
    completes(enter(campus, "academic_office", "ky"), task, number="17-К")
    campus.world.session.rollback()
    assert campus.world.session.get(Case, case).outcome == "issued"
    while deliver_event_batch(campus.app.extensions["depter"].settings, campus.world.clock()):
        pass
    for locale, texts in zip(
        ("ky", "ru", "en"), zip(certificate.NOTE, certificate.TITLES, strict=True), strict=True
    ):
        reader = enter(campus, "student", locale)
        page = reader.get(f"/cases/{case}").text
        assert texts[1] in page and "17-К" in page
        assert 'class="clause"' not in page.split("case-columns")[1], "no clause says it"
        assert texts[0] in reader.get("/student/documents").text
        assert texts[1] in reader.get("/requests").text
        assert certificate.READY[("ky", "ru", "en").index(locale)] in reader.get("/notices").text
    documents = f"/students/{campus.world.student}/documents"
    assert certificate.NOTE[2] in enter(campus, "curator").get(documents).text


def test_a_request_about_a_student_begins_with_the_choice(campus: Campus) -> None:
    published(campus.world, "about_a_student", "directorate")
    directorate = enter(campus, "directorate")
    path = f"/cases/start/{certificate.KEY}"
    chooser = directorate.get(path).text
    assert "About which student?" in chooser and f"?about={campus.world.student}" in chooser
    assert "Nothing found" in directorate.get(f"{path}?q=zzzz").text
    form = directorate.get(f"{path}?about={campus.world.student}").text
    case = hidden(form, "id")
    answer = directorate.post(
        f"{path}?about={campus.world.student}",
        id=case,
        student=str(campus.world.student),
        copies="one",
        purpose="x",
    )
    assert answer.status_code == 302
    assert directorate.get(f"{path}?about={new_id()}").status_code == 404
    far = Browser(campus.app, "en").enter(campus.far["directorate"])
    refused = far.post(path, id=str(new_id()), student=str(campus.world.student), copies="one", purpose="x")
    assert refused.status_code in (404, 422)
    assert enter(campus, "student").get(path).status_code == 404


@pytest.mark.parametrize(
    ("start", "kind", "role"),
    [("about_a_journal", "offering", "teacher"), ("about_a_unit", "unit", "directorate")],
)
def test_a_request_about_a_journal_or_a_unit_begins_with_the_choice(
    campus: Campus, start: str, kind: str, role: str
) -> None:
    published(campus.world, start, role)
    visitor = enter(campus, role)
    path = f"/cases/start/{certificate.KEY}"
    chosen = re.findall(r"\?about=([0-9a-f-]{36})", visitor.get(path).text)
    assert chosen
    form = visitor.get(f"{path}?about={chosen[0]}").text
    fields = {"id": hidden(form, "id"), kind: hidden(form, kind), "copies": "one", "purpose": "x"}
    answer = visitor.post(f"{path}?about={chosen[0]}", **fields)
    assert answer.status_code == 302
    assert visitor.get(answer.location).status_code == 200


def test_every_page_about_a_process_opens_for_one_that_no_code_knows(campus: Campus) -> None:
    published(campus.world)
    student = enter(campus, "student")
    form = student.get(f"/cases/start/{certificate.KEY}").text
    case = hidden(form, "id")
    student.post(f"/cases/start/{certificate.KEY}", id=case, copies="one", purpose="x")
    admin = enter(campus, "process_admin")
    for path in ("", "?step=decide_directorate", "/versions/1", "/migration", "/proposals", "/diagram.json"):
        assert admin.get(f"/processes/{certificate.KEY}{path}").status_code == 200, path
    assert certificate.TITLES[2] in admin.get("/processes").text
    assert admin.get("/processes/studio/choices.json").json["starts"]["about_me"]["general"]
    for path in (f"/cases/{case}/print", f"/cases/{case}/diagram.json", "/requests"):
        assert student.get(path).status_code == 200, path
    withdrawn = student.post(f"/cases/{case}/withdraw")
    assert withdrawn.status_code == 302
