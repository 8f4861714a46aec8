"""The main job as its people do it, in a real Chromium: a late correction from the teacher's cell to the journal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Campus
from tests.browser.steps import DESK, presses, ready, shoot

pytestmark = pytest.mark.browser

REASON = {
    "ky": "Студент сабакта болгон, тилкени жаңылып алгам.",
    "ru": "Студент был на занятии, я ошибся колонкой.",
}


@pytest.mark.parametrize(("width", "locale"), [DESK])
def test_a_correction_travels_from_the_cell_to_the_journal(
    campus: Campus, page: Any, sign_in: Any, fills_in_sign_in: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    world = campus.world
    page.goto(f"{campus.address}/sign-in")
    shoot(page, "01-sign-in", width, locale)

    fills_in_sign_in("teacher")
    shoot(page, "02-today", width, locale)
    page.goto(f"{campus.address}/journal/{world.school.offering}")
    shoot(page, "03-journal", width, locale)
    cells = f"{world.lesson}:{world.student}:ATTENDANCE"
    page.goto(f"{campus.address}/cases/start/late_correction?cells={cells}")
    page.check("input[name=error_kind][value=wrong_date_or_column]")
    page.fill("textarea[name=reason]", REASON[locale])
    shoot(page, "04-request", width, locale)
    page.click("form.task-form button.btn-primary")
    page.wait_for_url("**/cases/*")
    shoot(page, "05-case", width, locale)
    case_url = page.url

    for number, role in enumerate(("department_head", "directorate", "academic_office", "it_admin"), 6):
        sign_in(role)
        page.goto(f"{campus.address}/inbox")
        if number == 6:
            shoot(page, "06-inbox", width, locale)
        page.click(".row-link >> nth=0")
        page.wait_for_selector("[data-decision=approve]")
        if number == 6:
            shoot(page, "07-task", width, locale)
        presses(page, "[data-decision=approve]")

    shoot(page, "08-inbox-empty", width, locale)
    assert world.cell().value == "PRESENT"
    page.goto(case_url)
    shoot(page, "09-case-done", width, locale)
    sign_in("student")
    page.goto(f"{campus.address}/student")
    shoot(page, "10-student", width, locale)
    sign_in("teacher")
    page.goto(f"{campus.address}/requests")
    shoot(page, "11-requests", width, locale)
    page.goto(f"{campus.address}/account")
    shoot(page, "12-settings", width, locale)
