"""An excuse decided lesson by lesson, and make-up work that is not required, in Chromium."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, opens_first_task, presses, ready, shoot
from tests.scenarios.excuses import registered

pytestmark = pytest.mark.browser
WHY = "Маалымкат бул күндү камтыбайт"


@pytest.mark.parametrize("width, locale", [DESK, pytest.param(*PHONE, marks=pytest.mark.torture)])
def test_a_refused_lesson_and_its_reason_are_seen_by_directorate_student_and_teacher(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    world = campus.world
    first, second = world.missed(9), world.missed(8)
    case = world.student_actor().hands_in(world.day(9), world.day(8))
    registered(world, case)
    sign_in("directorate")
    opens_first_task(page, campus, "approve")
    why = page.locator(f"input[name='why:{second}:{world.student}']")
    assert not why.is_visible()
    page.uncheck(f"input[name=cover][value='{second}:{world.student}']")
    assert why.is_visible()
    shoot(page, "p0-take-out", width, locale)
    page.click("[data-decision=approve]")
    page.wait_for_selector(".note-late")
    assert not page.is_checked(f"input[name=cover][value='{second}:{world.student}']"), "the choice is kept"
    page.fill(f"input[name='why:{second}:{world.student}']", WHY)
    presses(page, "[data-decision=approve]")
    assert (world.status(first), world.status(second)) == ("SICK", "ABSENT")
    page.goto(f"{campus.address}/excuses")
    assert WHY in page.content()
    shoot(page, "p1-register", width, locale)
    page.click("a[href*='excuse_revocation']")
    assert page.locator("input[name=doubted]").count() == 1, "only the confirmed lesson can be questioned"
    shoot(page, "p2-question", width, locale)
    sign_in("student", "/student/absences?show=all")
    assert WHY in page.content()
    shoot(page, "p3-absences", width, locale)
    page.goto(f"{campus.address}/cases/{case}")
    assert WHY in page.content()
    shoot(page, "p4-case", width, locale)
    sign_in("teacher", f"/journal/cell?lesson={second}&student={world.student}")
    assert WHY in page.content()
    shoot(page, "p5-card", width, locale)


@pytest.mark.parametrize("width, locale", [PHONE])
def test_what_is_not_required_leaves_the_log_and_the_buttons(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    world = campus.world
    lesson = world.missed(5)
    case = world.student_actor().asks_makeup(lesson)
    world.teacher().completes(case, decision="not_required", reason=WHY)
    sign_in("student", "/student/absences?show=all")
    assert page.locator(f"a[href*='start/makeup?lesson={lesson}']").count() == 0
    shoot(page, "p6-not-required", width, locale)
    sign_in("teacher", "/makeups?done=1")
    assert WHY in page.content()
    shoot(page, "p7-settled", width, locale)
    page.goto(f"{campus.address}/makeups")
    assert page.locator(f"a[href*='{lesson}']").count() == 0
