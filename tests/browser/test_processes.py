"""The live map of a process in a real Chromium: numbers on the steps, a press opens one in place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Campus
from tests.browser.steps import PHONE, ready, shoot
from tests.cases.test_processes import asks, publishes_again

COMES_INTO_VIEW = """async e => {
  const seen = () => { const r = e.getBoundingClientRect(); return r.top >= 50 && r.bottom <= innerHeight - 60; };
  for (let tries = 0; tries < 40 && !seen(); tries++) await new Promise(then => setTimeout(then, 50));
  return seen();
}"""
pytestmark = pytest.mark.browser


@pytest.fixture
def busy(campus: Campus) -> Campus:
    """Six requests on two versions of the drawing: at three steps, some of them late."""
    world = campus.world
    cases = [asks(world, day) for day in range(21, 25)]
    world.clock.advance(hours=3)
    world.head().approves(cases[0])
    world.clock.advance(hours=2)
    world.head().returns(cases[1])
    world.clock.advance(days=3)
    publishes_again(world)
    later = [asks(world, day) for day in (25, 26)]
    world.clock.advance(hours=1)
    world.head().approves(later[0])
    return campus


@pytest.mark.parametrize("width, locale", [PHONE])
def test_the_map_says_who_waits_where_and_a_press_opens_the_step(
    busy: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    ready(page, busy, width, locale)
    sign_in("academic_office")
    page.goto(f"{busy.address}/processes")
    shoot(page, "30-processes", width, locale)
    page.click(".process-list h2 a[href$=late_correction]")
    page.wait_for_selector(".step-badge")
    shoot(page, "31-process", width, locale)

    drawn = page.locator("[data-element-id=endorse_department_head].djs-element").first
    assert "is-step" in drawn.get_attribute("class")
    page.locator(".step-badge").first.click()
    page.wait_for_selector("#live[data-chosen]:not([data-chosen=''])")
    chosen = page.get_attribute("#live", "data-chosen")
    assert f"step={chosen}" in page.url and page.locator("#step .facts").count() == 1
    assert "is-chosen" in page.locator(f"[data-element-id={chosen}].djs-element").first.get_attribute("class")
    assert page.evaluate("document.activeElement.id") == "step"
    assert page.locator("#step-title").evaluate(COMES_INTO_VIEW), "what was opened is not in view"
    shoot(page, "32-process-step", width, locale)

    page.goto(f"{busy.address}/processes/late_correction/versions/1")
    page.wait_for_selector(".djs-element.is-step")
    shoot(page, "33-process-version", width, locale)


def test_without_its_script_the_list_of_steps_leads_to_the_same_facts(busy: Campus, page: Any, sign_in: Any):
    sign_in("academic_office")
    page.goto(f"{busy.address}/processes/late_correction?step=release_it")
    assert page.get_attribute("a[data-step=release_it]", "aria-current") == "step"
    assert page.locator("#step .facts").count() == 1


COVERED_LABELS = """() => {
  const box = (e, inset) => { const r = e.querySelector('.djs-visual').getBoundingClientRect();
    return { id: e.dataset.elementId, x: r.x + inset, y: r.y + inset,
             right: r.right - inset, bottom: r.bottom - inset }; };
  const all = [...document.querySelectorAll('.djs-shape[data-element-id]')];
  const labels = all.filter(e => e.dataset.elementId.endsWith('_label')).map(e => box(e, 1));
  const shapes = all.filter(e => !e.dataset.elementId.match(/_label$|^lane|^pool/)).map(e => box(e, 1));
  const over = (a, b) => a.x < b.right && b.x < a.right && a.y < b.bottom && b.y < a.bottom;
  return labels.flatMap((one, at) => [...shapes, ...labels.slice(at + 1)].filter(other => over(one, other))
    .map(other => `${one.id} over ${other.id}`));
}"""


@pytest.mark.parametrize("locale", ["ky", "ru"])
def test_no_label_of_a_drawing_lies_over_a_step_or_another_label(
    campus: Campus, page: Any, sign_in: Any, locale: str
):
    """Words are longer in one language than in another, so the page places the labels itself."""
    ready(page, campus, 1440, locale)
    sign_in("academic_office")
    for process in ("academic_correction", "appeal", "dispute", "grade_sheet", "makeup", "proposal"):
        page.goto(f"{campus.address}/processes/{process}")
        page.wait_for_selector(".djs-container .djs-shape")
        assert page.evaluate(COVERED_LABELS) == [], process
