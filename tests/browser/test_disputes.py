"""A student says that something is wrong, in Chromium: a mark to its correction, a result to its answer."""

from __future__ import annotations

from typing import Any

import pytest

from app.audit import history
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, asks, decides, named, presses, ready, shoot
from tests.scenarios import appeals
from tests.scenarios.grade_sheets import Sheets

pytestmark = [pytest.mark.browser, pytest.mark.clause("6.2")]
MINE = "Мен сабакта отургам, тизмеде ката кетти."
LOOKED = "Тизмени кайра карап чыктым."


def disputed(page: Any, campus: Campus, picture: tuple[str, int, str]) -> str:
    """The student opens the cell of his absence and says in two clicks that it is wrong; answers the case."""
    page.goto(f"{campus.address}/student/absences")
    page.click(".missed h3 a")
    page.wait_for_selector(".cell-wrong a[href*='start/dispute']")
    shoot(page, "90-cell", *picture[1:])
    page.click(".cell-wrong a[href*='start/dispute']")
    page.wait_for_selector("#f-dispute")
    return asks(page, *picture, reason=MINE)


def corrects(page: Any, campus: Campus, lesson: Any) -> None:
    """From the task into the grid: the cell becomes present, and the grid asks why."""
    page.click(".note-info a.btn")
    page.wait_for_selector("[data-module=grid][data-ready]")
    row = page.locator(f"tr[data-student='{campus.world.student}']")
    row.locator("td.now").click()
    page.keyboard.press("p")
    page.wait_for_selector("dialog[data-reason][open]")
    one_tap = page.locator("dialog[data-reason] button[value=typing_error]")
    reason = one_tap.inner_text()
    one_tap.click()
    row.locator("td.saved").wait_for()
    assert campus.world.status(lesson) == "PRESENT"
    cell = campus.world.school.cell(lesson, campus.world.student)
    assert history.load_object_audit_entries(cell.id)[-1].reason == reason != ""


@pytest.mark.torture
@pytest.mark.parametrize("width, locale", [DESK])
def test_a_disputed_mark_travels_to_the_directorate_and_is_corrected(
    campus: Campus, page: Any, sign_in: Any, sheets: Sheets, width: int, locale: str
):
    ready(page, campus, width, locale)
    world, size = campus.world, (width, locale)
    lesson = world.missed(1)
    sign_in("student")
    case = disputed(page, campus, ("91-dispute", *size))
    shoot(page, "92-disputed", *size)

    sign_in("teacher")
    decides(page, campus, "explain", ("93-answer", *size), reason="Сиз экинчи жарымында гана келдиңиз.")
    sign_in("student")
    page.goto(case)
    page.click("a[href*='/tasks/']")
    page.fill("textarea[name=reason]", "Биринчи жарымында да отургам, күбөлөрүм бар.")
    shoot(page, "94-explained", *size)
    presses(page, "[data-decision=escalate]")
    sign_in("directorate")
    decides(page, campus, "agree", ("95-directorate", *size), reason="Күбөлөр тастыктады.")

    sign_in("teacher")
    page.goto(f"{campus.address}/inbox")
    page.click(".row-link >> nth=0")
    page.wait_for_selector(".note-info a.btn")
    shoot(page, "96-correct", *size)
    corrects(page, campus, lesson)
    shoot(page, "97-corrected", *size)
    sheets.delivers()
    page.goto(f"{campus.address}/inbox")
    assert page.locator(".task-row").count() == 0, "what was corrected is asked of nobody any more"

    sign_in("student")
    page.goto(f"{campus.address}/requests")
    shoot(page, "98-requests", *size)
    page.goto(case)
    shoot(page, "99-case", *size)
    page.goto(f"{campus.address}/journal/cell?lesson={lesson}&student={world.student}")
    assert page.locator(".card-history li").count() == 2
    shoot(page, "99-cell", *size)
    assert world.case(named(case)).outcome == "corrected"


@pytest.mark.parametrize("width, locale", [PHONE])
def test_a_teacher_who_agrees_corrects_it_and_closes_the_task_himself(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    lesson = campus.world.missed(1)
    case = campus.world.student_actor().disputes(lesson)
    sign_in("teacher")
    decides(page, campus, "agree", reason=LOOKED)
    page.wait_for_selector(".note-info a.btn")
    shoot(page, "98-next-is-mine", width, locale)
    address = page.url
    corrects(page, campus, lesson)
    page.goto(address)
    page.fill("textarea[name=reason]", LOOKED)
    presses(page, ".decide button")
    assert campus.world.case(case).outcome == "corrected"


@pytest.mark.parametrize("width, locale", [pytest.param(*DESK, marks=pytest.mark.torture)])
def test_a_disputed_result_is_answered_by_its_teacher(
    campus: Campus, page: Any, sign_in: Any, sheets: Sheets, width: int, locale: str
):
    ready(page, campus, width, locale)
    world, size = campus.world, (width, locale)
    appeals.commission(world)
    appeals.signed(world, sheets)
    sign_in("student")
    page.goto(f"{campus.address}/student/marks")
    shoot(page, "a0-results", *size)
    page.click(".result-ways a[href*='start/result_dispute']")
    page.wait_for_selector("form.task-form")
    case = asks(page, "a1-ask-teacher", *size, reason=appeals.WHY["reason"])
    page.goto(f"{campus.address}/student/marks")
    shoot(page, "a2-asked", *size)

    sign_in("teacher")
    decides(page, campus, "explain", ("a3-answer", *size), reason="Экинчи маселенин жолу жазылган эмес.")
    sign_in("student")
    page.goto(case)
    page.click("a[href*='/tasks/']")
    page.wait_for_selector("[data-decision=accept]")
    shoot(page, "a4-answered", *size)
    presses(page, "[data-decision=accept]")
    page.goto(case)
    shoot(page, "a5-settled", *size)
    assert world.case(named(case)).outcome == "explained"
