"""In Chromium: a commission from draft to order (P07); an appeal from the result to its new points (P06, P08)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from app.kernel.clock import local_day
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, decides, opens_first_task, presses, ready, shoot
from tests.scenarios import appeals, commissions
from tests.scenarios.grade_sheets import Sheets
from tests.scenarios.world import World

pytestmark = [pytest.mark.browser, pytest.mark.clause("6.3")]


@pytest.mark.torture
@pytest.mark.parametrize("width, locale", [DESK])
def test_a_commission_travels_from_the_draft_to_its_order(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    world, today = campus.world, local_day(campus.world.clock())
    commissions.colleagues(world)
    campus.admits("rector", commissions.rector(world).person)
    sign_in("academic_office")
    page.goto(f"{campus.address}/commissions")
    shoot(page, "90-commissions-none", width, locale)
    page.click("main a[href*='start/commission']")
    page.check("input[name=kind][value=APPEAL]")
    page.fill("input[name=order_no]", "41-К")
    for name in ("order_date", "valid_from"):
        page.fill(f"input[name={name}]", today.isoformat())
    page.fill("input[name=valid_until]", commissions.day(world, 120).isoformat())
    page.fill("input[name=quorum]", "2")
    seats = ("CHAIR:0", "SECRETARY:0", "MEMBER:0", "MEMBER:1", "RESERVE:0", "RESERVE:1")
    for number, seat in enumerate(seats):
        offered = page.locator(f"#commission-staff option[value^=Кесиптеш{number}]")
        page.fill(f"input[name='seat:{seat}']", offered.get_attribute("value"))
    page.fill("textarea[name=reason]", commissions.WORDS["reason"])
    shoot(page, "91-commission-draft", width, locale)
    page.click("form.task-form button.btn-primary")
    page.wait_for_url("**/cases/0*")
    shoot(page, "92-commission-case", width, locale)

    sign_in("rector")
    decides(page, campus, "approve", ("93-rector-signs", width, locale))
    sign_in("academic_office")
    page.goto(f"{campus.address}/inbox")
    page.click(".row-link >> nth=0")
    page.wait_for_selector(".decide button")
    shoot(page, "94-office-forms", width, locale)
    presses(page, ".decide button")
    (formed,) = commissions.published(world)
    assert (formed.order_no, formed.quorum, len(commissions.sitting(world, formed.id))) == ("41-К", 2, 6)
    page.goto(f"{campus.address}/commissions")
    assert page.locator("ul.sitting li").count() == 6
    shoot(page, "95-commissions", width, locale)


def appeal_of(world: World) -> UUID:
    """The case the student has just begun."""
    world.session.rollback()
    case = world.session.scalar(commissions.LAST_CASE)
    assert case is not None
    return UUID(str(case))


@pytest.mark.parametrize("width, locale", [PHONE])
def test_an_appeal_travels_from_the_result_to_its_new_points(
    campus: Campus, page: Any, sign_in: Any, sheets: Sheets, width: int, locale: str
):
    ready(page, campus, width, locale)
    world = campus.world
    appeals.commission(world)
    appeals.signed(world, sheets)
    sign_in("student")
    page.goto(f"{campus.address}/student/marks")
    shoot(page, "96-result-offers", width, locale)
    page.click("main a[href*='start/appeal']")
    page.fill("textarea[name=reason]", appeals.WHY["reason"])
    shoot(page, "97-appeal", width, locale)
    page.click("form.task-form button.btn-primary")
    page.wait_for_url("**/cases/0*")
    shoot(page, "98-appealed", width, locale)
    case = appeal_of(world)
    for name in ("secretary", "chair"):
        campus.admits(name, getattr(appeals, name)(world, case).person)

    sign_in("secretary")
    decides(page, campus, "admit", ("99-admit", width, locale))
    sign_in("chair")
    hearing = appeals.when(world)
    setting = {"hearing_at": hearing["at"], "hearing_place": hearing["place"]}
    decides(page, campus, "schedule", ("100-schedule", width, locale), **setting)
    sign_in("teacher")
    page.goto(f"{campus.address}/inbox")
    page.locator(".row-link", has_text=world.case(case).number).click()
    page.fill("textarea[name=note]", "Экинчи маселенин жолу жазылган эмес.")
    shoot(page, "101-explain", width, locale)
    presses(page, ".decide button")

    world.clock.advance(hours=25)
    sign_in("secretary")
    opens_first_task(page, campus, "complete")
    for voter, vote in zip(page.locator(".vote select").all(), ("RAISE", "RAISE", "KEEP"), strict=True):
        voter.select_option(vote)
    page.fill("input[name=points]", "9")
    page.fill("textarea[name=motive]", appeals.MOTIVE)
    shoot(page, "102-protocol", width, locale)
    presses(page, "[data-decision=complete]")
    sign_in("chair")
    decides(page, campus, "approve", ("103-sign", width, locale))
    assert world.case(case).outcome == "changed"

    sheets.delivers()
    for role, shot in (("academic_office", "104-verify"), ("it_admin", "105-release")):
        sign_in(role)
        decides(page, campus, "approve", (shot, width, locale))
    assert sheets.result().total == 9
    sign_in("student")
    page.goto(f"{campus.address}/student/marks")
    assert "1/2026" in page.locator(".result").first.inner_text()
    page.click(".result details.sums summary >> nth=0")
    shoot(page, "106-changed", width, locale)
    page.goto(f"{campus.address}/cases/{case}")
    shoot(page, "107-decided", width, locale)
