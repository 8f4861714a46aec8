"""Points that came after the signature, in Chromium: parked, put before a commission, counted, seen by the student."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from app.cases.models import Case
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, decides, fills, opens_first_task, presses, ready, shoot
from tests.scenarios import appeals, commissions
from tests.scenarios.grade_sheets import Sheets

pytestmark = [pytest.mark.browser, pytest.mark.clause("5.4.3")]
MOTIVE = "Иштеп чыгуу мөөнөтүндө тапшырылган, баллы модулга кирүүгө тийиш."


@pytest.fixture
def performed(campus: Campus, sheets: Sheets) -> UUID:
    """A work-off done by its student before the sheet was signed, accepted by nobody yet; answers its case."""
    world = campus.world
    case = world.student_actor().asks_makeup(world.missed(3))
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    appeals.signed(world, sheets)
    return case


def proposed(campus: Campus, sheets: Sheets) -> UUID:
    """The case the worker begins over points that wait."""
    sheets.delivers()
    return UUID(str(campus.world.session.query(Case).filter_by(diagram="proposal").one().id))


def convened(campus: Campus, page: Any, size: tuple[int, str]) -> None:
    """The office is told that there is no commission, and refused; both lead to the order that forms one. Then it hands
    the proposal over."""
    opens_first_task(page, campus, "complete")
    assert page.locator(".note-info a[href*='start/commission']").count() == 1
    shoot(page, "f3-convene", *size)
    page.click("[data-decision=complete]")
    page.click("a.btn[href*='start/commission']")
    page.wait_for_selector("input[name=order_no]")
    commissions.formed(campus.world)
    opens_first_task(page, campus, "complete")
    assert page.locator("a[href*='start/commission']").count() == 0
    shoot(page, "f4-commission", *size)
    presses(page, "[data-decision=complete]")


def written(campus: Campus, page: Any, size: tuple[int, str]) -> None:
    """The secretary writes who voted how."""
    opens_first_task(page, campus, "complete")
    for voter, vote in zip(page.locator(".vote select").all(), ("RAISE", "RAISE", "KEEP"), strict=True):
        voter.select_option(vote)
    assert page.locator(".vote >> nth=0").locator("option").count() == 4, (
        "to count, not to count, not present"
    )
    page.fill("textarea[name=motive]", MOTIVE)
    shoot(page, "f6-protocol", *size)
    presses(page, "[data-decision=complete]")


def accepted(campus: Campus, page: Any, sheets: Sheets, case: UUID, size: tuple[int, str]) -> UUID:
    """The teacher accepts the work after he signed: its points wait, and the sheet says so. Answers the proposal."""
    page.goto(f"{campus.address}/inbox")
    page.locator(".row-link", has_text=campus.world.case(case).number).click()
    page.wait_for_selector("[data-decision=approve]")
    fills(page, {"points": "80", "comment": "Толук жооп берди"})
    presses(page, "[data-decision=approve]")
    assert campus.world.case(case).outcome == "awaiting_commission"
    made = proposed(campus, sheets)
    page.goto(f"{campus.address}/sheets/{sheets.row().id}")
    assert page.locator(".points-wait").count() == 1
    shoot(page, "f0-sheet", *size)
    return made


def waits(campus: Campus, page: Any, makeup: UUID, case: UUID, size: tuple[int, str]) -> None:
    """What the student sees while the points wait: where they are, and that he need not ask again."""
    world = campus.world
    (missed,) = world.case(makeup).subject["missed"]
    page.goto(f"{campus.address}/cases/{makeup}")
    shoot(page, "f1-awaiting_commission", *size)
    page.goto(f"{campus.address}/student/absences")
    assert page.locator(f"a[href*='start/makeup'][href*='{missed['lesson']}']").count() == 0
    shoot(page, "f1-absences", *size)
    page.goto(f"{campus.address}/student/marks")
    assert world.case(case).number in page.locator(".result .points-wait").inner_text()
    shoot(page, "f2-waits", *size)
    page.click(".result .points-wait a")
    page.wait_for_url(f"**/cases/{case}")
    shoot(page, "f2-proposed", *size)


def scheduled(campus: Campus, page: Any, size: tuple[int, str]) -> None:
    hearing = appeals.when(campus.world)
    setting = {"hearing_at": hearing["at"], "hearing_place": hearing["place"]}
    decides(page, campus, "schedule", ("f5-schedule", *size), **setting)
    # The hour of the hearing comes, and nobody's session lasts that long.
    campus.world.clock.advance(hours=25)


def counted(campus: Campus, page: Any, case: UUID, size: tuple[int, str]) -> None:
    """What the student sees at the end: the sum with its new part, who decided so, and nothing that waits."""
    page.goto(f"{campus.address}/student/marks")
    assert "24" in page.locator(".result b").first.inner_text()
    assert "1/2026" in page.locator(".result").first.inner_text()
    assert page.locator(".points-wait").count() == 0
    page.click(".result details.sums summary >> nth=0")
    shoot(page, "g0-counted", *size)
    page.goto(f"{campus.address}/cases/{case}")
    shoot(page, "g1-decided", *size)
    page.goto(f"{campus.address}/notices")
    shoot(page, "g2-notices", *size)


@pytest.mark.torture
@pytest.mark.parametrize("width, locale", [DESK])
def test_parked_points_travel_from_the_work_off_to_the_students_result(
    campus: Campus, page: Any, sign_in: Any, sheets: Sheets, performed: UUID, width: int, locale: str
):
    ready(page, campus, width, locale)
    world, size = campus.world, (width, locale)
    before = sheets.result().total
    sign_in("teacher")
    case = accepted(campus, page, sheets, performed, size)
    sign_in("student")
    waits(campus, page, performed, case, size)
    sign_in("academic_office")
    convened(campus, page, size)

    for name in ("secretary", "chair"):
        campus.admits(name, getattr(appeals, name)(world, case).person)
    sign_in("chair")
    scheduled(campus, page, size)
    sign_in("secretary")
    written(campus, page, size)
    sign_in("chair")
    decides(page, campus, "approve", ("f7-sign", *size))
    assert world.case(case).outcome == "changed"

    sheets.delivers()
    for role, shot in (("academic_office", "f8-verify"), ("it_admin", "f9-release")):
        sign_in(role)
        decides(page, campus, "approve", (shot, *size))
    sheets.delivers()
    assert (before, sheets.result().total) == (8, 24)
    sign_in("student")
    counted(campus, page, case, size)
