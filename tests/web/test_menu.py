"""Every link of everybody's menu opens; nobody is led to an inbox he has not; keys are listed for who can use them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from app.diagrams import versions
from app.people.models import RoleGrant
from app.texts.roles import LABEL_BY_ROLE
from tests.web.browser import Browser
from tests.web.campus import Campus

MENU = re.compile(r'class="(?:rail-link|menu-item)" href="([^"]+)"')


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    versions.clear_version_cache()
    yield Campus(app, db_session, clock)
    versions.clear_version_cache()


def enters(campus: Campus, role: str) -> Browser:
    return Browser(campus.app, "en").enter(campus.near[role])


@pytest.mark.parametrize("role", sorted(LABEL_BY_ROLE))
def test_every_link_of_the_menu_opens(campus, role):
    browser = enters(campus, role)
    start = browser.get("/", follow_redirects=True)
    links = dict.fromkeys(MENU.findall(start.text))
    assert start.status_code == 200 and len(links) > 2
    assert {link: browser.get(link, follow_redirects=True).status_code for link in links} == dict.fromkeys(
        links, 200
    )


def test_nobody_is_offered_a_page_where_there_is_nothing_to_ask_for(campus):
    for role in LABEL_BY_ROLE:
        browser = enters(campus, role)
        offered = "/requests/new" in MENU.findall(browser.get("/account").text)
        empty = "There is nothing to ask for" in browser.get("/requests/new").text
        assert offered is not empty, role


@pytest.mark.parametrize("path", ["/", "/inbox"])
def test_a_student_comes_to_his_day_and_staff_to_the_inbox(campus, path):
    student, head = enters(campus, "student"), enters(campus, "department_head")
    assert student.get(path).location == "/student"
    assert head.get(path).location == "/inbox" if path == "/" else head.get(path).status_code == 200


def test_a_student_is_led_past_the_inbox_from_letters_errors_and_tasks(campus):
    student = enters(campus, "student")
    task = student.get(f"/inbox?task={campus.things['task_id']}")
    assert task.location == f"/tasks/{campus.things['task_id']}"
    for path in ("/no/such/page", f"/journal/{campus.things['offering']}", "/people"):
        answer = student.get(path)
        assert answer.status_code in (403, 404) and 'href="/inbox' not in answer.text
    asked = campus.world.student_actor().disputes(campus.world.lesson, late="Кечиктим")
    answered = campus.world.teacher().task(asked)
    campus.world.teacher().completes(asked, decision="explain", reason="Тизмеде жок, башкалар да көргөн.")
    own = campus.world.student_actor().task(asked)
    assert answered is not None and own is not None
    page = student.get(f"/tasks/{own.id}")
    assert page.status_code == 200 and 'href="/inbox' not in page.text


def test_who_has_no_role_any_more_comes_to_the_settings(campus):
    campus.world.session.execute(update(RoleGrant).values(valid_until=date(2026, 9, 2)))
    campus.world.session.commit()
    browser = enters(campus, "department_head")
    assert browser.get("/").location == "/account" and browser.get("/inbox").location == "/account"
    assert browser.get("/account").status_code == 200


def test_keys_that_enter_marks_are_listed_for_teachers_of_the_journal_only(campus):
    path = f"/journal/{campus.things['offering']}"
    for role in ("teacher", "department_head", "auditor", "curator"):
        dialog = enters(campus, role).get(path).text
        teaches = role == "teacher"
        assert ("Take the mark or grade back" in dialog) is teaches, role
        assert "Move; with Home and End to the ends" in dialog
        assert ("Enter goes down. If a cell" in dialog) is teaches, role
        assert (re.search(r'class="grid-tools"[^>]* hidden>', dialog) is None) is teaches, role


def test_keys_of_tasks_are_listed_where_there_is_a_task_one_can_do(campus):
    head, auditor = enters(campus, "department_head"), enters(campus, "rector")
    mine = head.get("/inbox").text
    assert "Select the task" in mine and "Return for rework: goes to the reason" in mine
    assert "Select the task" not in head.get("/inbox?view=done").text
    none = auditor.get("/inbox").text
    assert "Select the task" not in none and "Return for rework: goes to the reason" not in none
    assert "Return for rework: goes to the reason" in head.get(f"/tasks/{campus.things['task_id']}").text
