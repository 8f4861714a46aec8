"""A setting of the university in Chromium: proposed with a preview, approved by a second person, seen on a case."""

from __future__ import annotations

from typing import Any

import pytest

from app.kernel.ids import new_id
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, ready, shoot
from tests.regulation.test_policy_changes import FRIDAY, THURSDAY, end_of
from tests.scenarios.calendar import counts_anew, due

pytestmark = pytest.mark.browser
PAGE = "/policies/correction.step_sla"


@pytest.mark.torture
@pytest.mark.parametrize("width, locale", [DESK])
def test_a_deadline_is_proposed_approved_and_holds_for_a_new_case(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    world = campus.world
    campus.admits("second", world.people["academic_office_deputy"])
    case = world.teacher().requests_correction()
    ready(page, campus, width, locale)
    sign_in("academic_office", "/policies")
    assert page.locator("progress").first.get_attribute("value") == "0"
    shoot(page, "p1-policies", width, locale)
    page.click(f"a[href='{PAGE}']")
    page.fill("#value", "2")
    page.fill("#document", "№ 12 буйрук")
    page.fill("#reason", "Кафедралар үлгүрбөй жатат")
    shoot(page, "p2-policy-form", width, locale)
    page.click("#change button.btn-primary")
    page.wait_for_url("**/preview")
    assert page.locator(".cal-moves li").count() == 1
    shoot(page, "p3-policy-preview", width, locale)
    page.click("main form .btn-primary")
    page.wait_for_url(f"**{PAGE}")
    assert page.locator("[name=decision]").count() == 0
    shoot(page, "p4-policy-proposed", width, locale)

    sign_in("second", "/policies")
    assert page.locator(".row .state-open").count() == 1
    shoot(page, "p5-policy-waits", width, locale)
    page.click(".row-link >> nth=0")
    assert page.locator(".cal-moves li").count() == 1
    shoot(page, "p6-policy-decision", width, locale)
    page.click("[name=decision][value=approve]")
    page.wait_for_selector(".state-done")
    shoot(page, "p7-policy-approved", width, locale)
    assert due(world, case) == end_of(THURSDAY), "nothing moves before the worker"
    counts_anew(world)
    assert due(world, case) == end_of(FRIDAY)
    assert due(world, world.teacher().requests_correction(case=new_id())) == end_of(FRIDAY)

    sign_in("academic_office", "/policies/questions")
    first = page.locator("section[id^=q-] >> nth=0")
    first.locator("summary").click()
    first.locator("textarea").fill("Буйруктун күнүнөн")
    first.locator("[name=document]").fill("№ 13 буйрук")
    shoot(page, "p8-questions", width, locale)
    first.locator("button.btn-primary").click()
    page.wait_for_url("**/policies/questions#*")

    sign_in("student", PAGE)
    assert "№ 12 буйрук" in page.inner_text("main") and page.locator("#change").count() == 0
    shoot(page, "p9-policy-read", width, locale)
    page.goto(f"{campus.address}/policies/questions")
    assert "Буйруктун күнүнөн" in page.inner_text("main")
