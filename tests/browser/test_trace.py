"""An auditor asks who changed this mark, and what a person did in a month, in Chromium (1.4.4)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, ready, shoot
from tests.cases.test_patterns import corrects, graded

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width, locale", [DESK, pytest.param(*PHONE, marks=pytest.mark.torture)])
def test_who_changed_this_mark_is_answered_from_the_search_to_the_record(
    campus: Campus, page: Any, fills_in_sign_in: Any, width: int, locale: str
):
    world = campus.world
    campus.admits("auditor", world.hires("auditor", None))
    case = corrects(world, graded(world, "75"), 1, "90")
    number = world.case(case).number
    ready(page, campus, width, locale)
    fills_in_sign_in("auditor")
    expect(page.locator(".names-line")).to_be_visible()
    page.click("main a[href$='/audit/deeds']")
    page.fill("#f-old", "75")
    page.fill("#f-new", "90")
    page.click("form[role=search] .btn-primary")
    page.click("a[href*='/audit/cells/'] >> nth=0")
    expect(page.locator(".trace-change").first).to_contain_text("90")
    shoot(page, "tr1-cell", width, locale)
    page.click(f".trace-life a[href$='/audit/cases/{number}']")
    expect(page.locator("h1")).to_contain_text(number)
    shoot(page, "tr2-case", width, locale)
    page.go_back()
    page.click(".trace-life a[href*='/audit/records/'] >> nth=0")
    page.click("a[href*='/audit/cells/']")
    page.click(".trace-life a[href*='/audit/people/'] >> nth=0")
    page.fill("#f-since", "01.03.2026")
    page.fill("#f-until", "31.03.2026")
    page.click("form.trace-day .btn-primary")
    expect(page.locator(".empty")).to_be_visible()
    page.click("form.trace-day a.btn")
    expect(page.locator("tbody tr").first).to_be_visible()
    shoot(page, "tr3-person", width, locale)
    page.go_back()
    page.go_back()
    page.go_back()
    page.click(".crumbs a[href*='/audit/journals/']")
    expect(page.locator("table.plain")).to_be_visible()
    shoot(page, "tr4-journal", width, locale)
