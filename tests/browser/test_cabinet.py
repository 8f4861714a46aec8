"""The student's cabinet in Chromium: a day of a student, and a curator who helps him."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, ready, shoot

pytestmark = pytest.mark.browser


@pytest.fixture
def busy(campus: Campus) -> Any:
    """A lesson today, one that was missed, a work-off whose task is set, a document that is being checked."""
    world = campus.world
    world.school.lesson(world.clock() + timedelta(hours=2), room="214", type="LAB")
    world.attended(10)
    case = world.student_actor().asks_makeup(world.missed(6))
    world.teacher().sets_task(case)
    world.student_actor().hands_in(world.day(6))
    return world.missed(3)


def curates(campus: Campus) -> str:
    """The curator of the group has an account."""
    campus.admits("curator", campus.world.curator().person)
    return "curator"


@pytest.mark.parametrize("width, locale", [DESK])
def test_a_student_goes_through_his_cabinet(
    campus: Campus, page: Any, sign_in: Any, busy: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    sign_in("student", "/")
    assert page.url.endswith("/student")
    page.click(".due-row .due-fold summary >> nth=0")
    shoot(page, "70-day", width, locale)
    page.goto(f"{campus.address}/student/absences")
    page.click(".missed .due-fold summary >> nth=0")
    shoot(page, "71-absences", width, locale)
    page.goto(f"{campus.address}/student/marks")
    page.click(".course-lessons summary >> nth=0")
    shoot(page, "72-marks", width, locale)
    page.goto(f"{campus.address}/requests")
    shoot(page, "73-requests", width, locale)
    page.goto(f"{campus.address}/student/documents")
    shoot(page, "74-documents", width, locale)
    page.goto(f"{campus.address}/journal/cell?lesson={busy}&student={campus.world.student}")
    shoot(page, "75-card", width, locale)
    page.click("a[href*='start/dispute']")
    page.fill("textarea[name=reason]", "Мен сабакта отургам, тизмеде ката кетти.")
    page.click("form.task-form button.btn-primary")
    page.wait_for_url("**/cases/0*")


@pytest.mark.parametrize("width, locale", [PHONE])
def test_a_curator_finds_his_student_and_asks_in_his_name(
    campus: Campus, page: Any, sign_in: Any, busy: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    world = campus.world
    sign_in(curates(campus), "/")
    page.wait_for_url("**/groups/*")
    shoot(page, "76-group", width, locale)
    page.click(f"a[href='/students/{world.student}']")
    shoot(page, "77-his-day", width, locale)
    page.click(f".tabs a[href='/students/{world.student}/absences']")
    shoot(page, "78-his-absences", width, locale)
    page.click(f".missed a[href*='start/makeup'][href*='{busy}']")
    page.wait_for_selector(".note-info")
    page.click("form.task-form button.btn-primary")
    page.wait_for_url("**/cases/0*")
    page.wait_for_selector(".facts .behalf-note")
    shoot(page, "79-both-named", width, locale)
    sign_in("directorate")
    page.goto(f"{campus.address}/students/{world.student}/documents")
    assert page.locator("a[href^='/files/']").count() == 2
    shoot(page, "80-documents", width, locale)
