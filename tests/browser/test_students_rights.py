"""The rights of a student in Chromium: an excuse and a work-off, from the cell to the mark."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, opens_first_task, presses, ready, shoot
from tests.files.pictures import pdf

pytestmark = pytest.mark.browser


@pytest.fixture
def missed(campus: Campus) -> Any:
    """A lesson the student missed five days ago."""
    return campus.world.missed(5)


@pytest.mark.parametrize("width, locale", [PHONE])
def test_an_excuse_travels_from_the_cell_to_the_confirmed_mark(
    campus: Campus, page: Any, sign_in: Any, missed: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    world = campus.world
    sign_in("student")
    page.goto(f"{campus.address}/student/absences")
    shoot(page, "20-cabinet", width, locale)
    page.click(f"a[href*='start/excuse?from={world.day(5).isoformat()}']")
    page.wait_for_selector(".covered-list")
    page.check("input[name=ground][value=medical]")
    page.fill("input[name=document_number]", "М-17")
    page.fill("input[name=document_date]", world.day(4).isoformat())
    page.fill("input[name=issuer]", "№2 ҮДБ")
    page.set_input_files(
        "input[name=files]", files=[{"name": "a.pdf", "mimeType": "application/pdf", "buffer": pdf("M17")}]
    )
    shoot(page, "21-hand-in", width, locale)
    page.click("form.task-form button.btn-primary")
    page.wait_for_url("**/cases/0*")
    shoot(page, "22-handed-in", width, locale)

    sign_in("directorate")
    opens_first_task(page, campus, "complete")
    presses(page, "[data-decision=complete]")
    opens_first_task(page, campus, "approve")
    assert page.locator(".checks").is_visible() and page.locator("input[name=cover]").is_checked()
    shoot(page, "23-decide", width, locale)
    presses(page, "[data-decision=approve]")
    assert world.status(missed) == "SICK"
    page.goto(f"{campus.address}/excuses")
    shoot(page, "24-register", width, locale)


@pytest.mark.parametrize("width, locale", [DESK])
def test_the_lessons_of_the_chosen_days_appear_as_one_chooses(
    campus: Campus, page: Any, sign_in: Any, missed: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    sign_in("student")
    page.goto(f"{campus.address}/cases/start/excuse")
    assert page.locator(".covered-list").count() == 0
    for field in ("period_from", "period_to"):
        page.fill(f"input[name={field}]", campus.world.day(5).isoformat())
    page.locator("input[name=period_to]").blur()
    page.wait_for_selector(".covered-list li")
    assert page.locator(".covered-list li").count() == 1


@pytest.mark.parametrize("width, locale", [PHONE])
def test_a_work_off_travels_from_the_cell_to_the_points(
    campus: Campus, page: Any, sign_in: Any, missed: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    world = campus.world
    sign_in("student")
    page.goto(f"{campus.address}/student/absences")
    page.click(f"a[href*='start/makeup?lesson={missed}']")
    page.wait_for_selector("input[name=makeup_lesson]:checked")
    shoot(page, "30-ask", width, locale)
    page.click("form.task-form button.btn-primary")
    page.wait_for_url("**/cases/0*")

    sign_in("teacher")
    page.goto(f"{campus.address}/makeups")
    shoot(page, "31-log", width, locale)
    opens_first_task(page, campus, "assign")
    offered = page.locator("select[name=form] option").evaluate_all("list => list.map(one => one.value)")
    assert offered == ["", "summary", "test", "essay", "project", "consultation", "other"], "for a lecture"
    page.select_option("select[name=form]", "other")
    page.fill("input[name=topic]", "Туунду")
    page.fill("textarea[name=criteria]", "Конспект жана оозеки жооп")
    page.fill("input[name=due_on]", world.day(-5).isoformat())
    page.click("[data-decision=assign]")
    page.locator("#f-form_name-error").wait_for()
    assert (
        page.input_value("select[name=form]") == "other" and page.input_value("input[name=topic]") == "Туунду"
    )
    shoot(page, "32-set-task", width, locale)
    page.fill("input[name=form_name]", "Коллоквиум")
    presses(page, "[data-decision=assign]")

    sign_in("student")
    page.goto(f"{campus.address}/requests")
    page.click("main a[href^='/cases/0'] >> nth=0")
    page.wait_for_url("**/cases/0*")
    page.click("a[href*='/tasks/']")
    page.get_by_text("Коллоквиум").first.wait_for()
    page.fill("textarea[name=note]", "Конспектти тапшырдым")
    shoot(page, "33-do-it", width, locale)
    page.click(".decide button")
    page.wait_for_load_state()

    sign_in("teacher")
    opens_first_task(page, campus, "approve")
    page.fill("input[name=points]", "81")
    page.fill("textarea[name=comment]", "Толук жооп берди")
    shoot(page, "34-accept", width, locale)
    presses(page, "[data-decision=approve]")
    assert world.status(missed) == "MADE_UP"
    assert world.school.cell(missed, world.student, "GRADE").value == "81"
    page.goto(f"{campus.address}/makeups?done=1")
    page.get_by_text("Коллоквиум: Туунду").wait_for()
    shoot(page, "35-made-up", width, locale)


LABEL_LINES = """() => [...document.querySelectorAll(".rail-link .label")].filter(one => one.offsetParent)
  .map(one => [one.textContent, Math.round(one.offsetHeight / parseFloat(getComputedStyle(one).lineHeight))])"""


@pytest.mark.parametrize("width", [1440, 360])
def test_every_entry_of_the_menu_takes_one_line(campus: Campus, page: Any, sign_in: Any, width: int):
    for locale in ("ky", "ru"):
        ready(page, campus, width, locale)
        for role in campus.persons:
            sign_in(role, "/clauses/A1")
            entries = page.evaluate(LABEL_LINES)
            assert len(entries) >= 4, role
            assert [one for one in entries if one[1] > 1] == [], (role, locale)
    sign_in("teacher", "/programmes")
    shoot(page, "36-programmes", width, "ru")
    page.click("a.journal-row >> nth=0")
    page.wait_for_url("**/title#calendar")
    page.locator("#calendar").wait_for()
