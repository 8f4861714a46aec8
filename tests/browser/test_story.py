"""The main job as its people do it, in a real Chromium: a late correction from the teacher's cell to the journal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import SHOTS, Campus, violations

pytestmark = pytest.mark.browser

WIDTHS = {1440: 900, 360: 740}
REASON = {
    "ky": "Студент сабакта болгон, тилкени жаңылып алгам.",
    "ru": "Студент был на занятии, я ошибся колонкой.",
}

WIDE = """() => {
  const screen = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= screen + 1) return [];
  return [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > screen + 1)
    .slice(0, 4).map(e => e.tagName + "." + e.className);
}"""
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", e => window.refused.push(e.violatedDirective));
"""


def shoot(page: Any, name: str, width: int, locale: str) -> None:
    """Keep a picture, look at the page with axe's eyes, and see that the policy let everything of ours through.

    What axe itself tries to draw the policy refuses; so the page's own complaints are read before it looks.
    """
    ours = page.evaluate("window.refused")
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SHOTS / f"{name}-{width}-{locale}.png"), full_page=True, caret="initial")
    found = violations(page)
    page.wait_for_timeout(100)
    page.evaluate("window.refused = []")
    assert (ours, found) == ([], []), name
    assert page.evaluate(WIDE) == [], f"{name} is wider than the screen"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("locale", ["ky", "ru"])
def test_a_correction_travels_from_the_cell_to_the_journal(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    page.add_init_script(WATCH)
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    page.context.add_cookies([{"name": "locale", "value": locale, "url": campus.address}])
    world = campus.world
    page.goto(f"{campus.address}/sign-in")
    shoot(page, "01-sign-in", width, locale)

    sign_in("teacher")
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
        page.click("[data-decision=approve]")
        page.wait_for_url("**/inbox")

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
