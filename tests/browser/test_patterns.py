"""An auditor follows a pattern to its case, and a process to the ways its cases took, in Chromium (1.4.4)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Campus
from tests.browser.steps import DESK, ready, shoot
from tests.cases.test_processes import asks

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width, locale", [DESK])
def test_an_auditor_follows_a_number_to_its_case_and_back(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    world = campus.world
    campus.admits("auditor", world.hires("auditor", None))
    case = asks(world, 21)
    for actor in (world.head(), world.directorate(), world.office(), world.it()):
        world.clock.advance(seconds=10)
        actor.approves(case)
    ready(page, campus, width, locale)
    sign_in("auditor", "/audit/patterns")
    shoot(page, "pt1-patterns", width, locale)
    page.click("#quick_approvals h2 a")
    expect(page.locator(".findings .row")).to_have_count(4)
    shoot(page, "pt2-quick-approvals", width, locale)
    page.click(".pattern-groups a >> nth=0")
    expect(page.locator(".findings .row")).to_have_count(1)
    page.click(f".findings a[href$='/cases/{case}']")
    page.wait_for_url(f"**/cases/{case}")
    page.go_back()
    expect(page.locator(".findings .row")).to_have_count(1)
    page.goto(f"{campus.address}/processes/late_correction?paint=deviating")
    shoot(page, "pt3-ways-of-a-process", width, locale)
    page.click("#ways .way-list .share a >> nth=0")
    expect(page.locator("main")).to_contain_text(world.case(case).number)
    shoot(page, "pt4-cases-of-a-way", width, locale)
    page.goto(f"{campus.address}/processes/late_correction")
    with page.expect_download() as downloaded:
        page.click(".event-log button")
    assert downloaded.value.suggested_filename.endswith(".xes")
