"""A grade sheet in Chromium: filled, refused once, signed, vised, approved, and read by its student."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Campus
from tests.browser.steps import PHONE, opens_first_task, presses, ready, shoot
from tests.scenarios.grade_sheets import Sheets

pytestmark = [pytest.mark.browser, pytest.mark.clause("4.3.2")]


@pytest.fixture
def drawn(campus: Campus, sheets: Sheets) -> Sheets:
    """The sheet of the first module, drawn; the student has one grade."""
    sheets.grades(campus.world.attended(1), campus.world.student, "80")
    sheets.draws()
    return sheets


@pytest.mark.parametrize("width, locale", [PHONE])
def test_a_sheet_travels_from_the_empty_line_to_the_students_page(
    campus: Campus, page: Any, sign_in: Any, drawn: Sheets, width: int, locale: str
):
    ready(page, campus, width, locale)
    sign_in("teacher")
    page.goto(f"{campus.address}/sheets")
    shoot(page, "80-sheets", width, locale)
    page.click(".leaf-head a")
    fields = page.locator("input.points")
    fields.first.fill("11")
    page.keyboard.press("Tab")
    page.click(".sticky-save button")
    expect(fields.first).to_have_attribute("aria-invalid", "true")
    assert fields.first.input_value() == "11"
    shoot(page, "81-sheet-refused", width, locale)
    for number in range(fields.count()):
        fields.nth(number).fill("8,5")
    page.click(".sticky-save button")
    page.wait_for_function(
        "() => document.querySelectorAll('tr.line-saved').length === document.querySelectorAll('input.points').length"
    )
    shoot(page, "82-sheet-filled", width, locale)

    page.goto(f"{campus.address}/inbox")
    page.click(".row-link >> nth=0")
    page.wait_for_selector("input[name=signing]", state="attached")
    shoot(page, "83-sign", width, locale)
    presses(page, ".decide button")
    assert drawn.row().state == "SIGNED" and drawn.result().total == 25
    for role in ("department_head", "academic_office"):
        sign_in(role)
        opens_first_task(page, campus, "approve")
        shoot(page, f"84-{role}", width, locale)
        presses(page, "[data-decision=approve]")
    assert drawn.row().state == "APPROVED"
    page.goto(f"{campus.address}/schemes")
    shoot(page, "85-schemes", width, locale)

    sign_in("student")
    page.goto(f"{campus.address}/student/marks")
    assert "25" in page.locator("main").inner_text()
    shoot(page, "86-result", width, locale)
