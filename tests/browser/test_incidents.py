"""IT takes care of what stands still, in a real Chromium: a step that nobody can do, and letters that failed."""

from __future__ import annotations

from typing import Any

import pytest

from app.people.models import RoleGrant
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, ready, shoot
from tests.cases.test_incidents import dies
from tests.cases.test_processes import asks

pytestmark = pytest.mark.browser


@pytest.fixture
def stuck(campus: Campus) -> Campus:
    """Two letters that were not delivered, a request in a department without a head, and some that went on."""
    world = campus.world
    cases = [asks(world, day) for day in (22, 23)]
    world.clock.advance(hours=5)
    world.head().approves(cases[0])
    world.clock.advance(hours=30)
    world.head().approves(cases[1])
    campus.admits("keeper", world.hires("process_admin", None))
    world.session.query(RoleGrant).filter_by(role="department_head").delete()
    world.session.commit()
    asks(world, 24)
    dies(world, 2)
    return campus


@pytest.mark.torture
@pytest.mark.parametrize("width, locale", [DESK, PHONE])
def test_a_step_nobody_could_do_gets_its_owner_and_letters_are_sent_again(
    stuck: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    world = stuck.world
    ready(page, stuck, width, locale)
    sign_in("keeper" if locale == "ru" else "it_admin")
    page.goto(f"{stuck.address}/processes/late_correction?paint=median")
    page.wait_for_selector(".step-badge .heat")
    assert page.locator(".djs-element.heat-4").count() >= 1
    shoot(page, "34-process-median", width, locale)
    page.locator(".step-badge:has(.heat)").first.dispatch_event("click")
    page.wait_for_url("**list=done**")
    assert page.locator("#cases .row").count() == 2
    shoot(page, "35-process-finished", width, locale)
    page.goto(f"{stuck.address}/processes/late_correction")
    page.click(".process-bar a[href*=incidents]")
    page.goto(f"{stuck.address}/incidents")
    shoot(page, "36-incidents", width, locale)
    page.click("a.row-link[href*='kind=owner']")
    page.click(".incident-row a.row-link")
    page.wait_for_selector(".djs-element.at-open")
    shoot(page, "37-incident", width, locale)
    head = world.hires("department_head", world.school.department, name="Жаңы")
    page.reload()
    page.select_option("#person", str(head))
    page.click("form[action$=assign] .btn:not([data-no-enter])")
    page.wait_for_selector(".note-good")
    shoot(page, "38-incident-solved", width, locale)
    page.goto(f"{stuck.address}/incidents?kind=message")
    for box in page.locator("input[name=incident]").all():
        box.check()
    page.click("form:has(input[name=incident]) .sheet-body .btn")
    page.wait_for_selector(".note-good")
    shoot(page, "39-incidents-report", width, locale)
