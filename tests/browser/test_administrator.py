"""The administrator of processes in Chromium: a second endorsement of the late correction is drawn, checked, tried,
proposed and approved by another person; a running case moves to it, goes through it and ends.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect

from app.cases.migration.worker import migrate_waiting_cases
from app.kernel import door
from app.kernel.act import Act
from app.plays.shipped import store_shipped_scenarios
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, decides, ready, shoot
from tests.browser.test_studio import PATIENCE, checked, chooses, saved
from tests.scenarios.world import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.clause("4.4.2")]
TITLES = {
    "Кыргызча": "Программа жетекчисинин визасы",
    "Орусча": "Виза программы",
    "Англисче": "Programme visa",
}
WHY = "Программа жетекчиси түзөтүүнү дирекциядан мурда көрүшү керек."
GONE = "Эки виза болгондо кайтаруу жолу башкача, жаңысы кийин жазылат."
RECORDED = "Эки виза менен түзөтүү журналга жазылат"
MIDDLE_OF_FLOW = """path => {
  const at = path.getPointAtLength(path.getTotalLength() * 0.75).matrixTransform(path.getScreenCTM());
  return [at.x, at.y];
}"""


@pytest.fixture
def people(campus: Campus) -> Campus:
    """Two administrators of processes, who decides at the new step, and the scenarios that ship."""
    world = campus.world
    for login in ("process", "other"):
        campus.admits(login, world.hires("process_admin", None, name=login.capitalize()))
    campus.admits("programme_head", world.hires("programme_head", world.school.institute))
    with door.write(Act.by_system(world.clock())):
        store_shipped_scenarios(Act.by_system(world.clock()), ROOT / "workflows")
    return campus


@pytest.mark.torture
def test_a_second_endorsement_from_the_drawing_to_the_end_of_a_running_case(
    people: Campus, page: Any, sign_in: Any
) -> None:
    ready(page, people, *DESK)
    case = people.world.teacher().requests_correction()
    sign_in("process")
    draft = draws(people, page)
    gives_a_form(page, draft)
    tries(page, draft)
    proposal = proposes(page, draft)
    sign_in("other")
    approves(page, proposal)
    sign_in("process")
    migrates(people, page)
    finishes(people, page, sign_in, case)


def played(page: Any, passed: str) -> Any:
    """The scenarios have run on what is stored, and so many passed."""
    place = page.locator("[data-place=scenarios]:not(.is-old)")
    expect(place).to_contain_text(passed, timeout=PATIENCE)
    return place


def draws(campus: Campus, page: Any) -> str:
    """Drop a step on the path that leads from the head to the directorate, and say all of it but its form."""
    page.goto(f"{campus.address}/processes/late_correction/edit")
    page.click("main form .btn-primary")
    checked(page)
    played(page, "2 / 2")
    x, y = page.locator("[data-element-id=head_approved] .djs-visual > path").evaluate(MIDDLE_OF_FLOW)
    page.click("[data-action='create.user-task']")
    page.mouse.move(x + 90, y + 10, steps=4)
    page.mouse.move(x, y, steps=6)
    page.mouse.click(x, y)
    page.wait_for_selector("[data-element-id=step_1].djs-shape")
    panel = page.locator("[data-place=panel]")
    for language, title in TITLES.items():
        panel.get_by_label(language, exact=False).first.fill(title)
    page.locator(".studio-field button", has_text="programme_visa").click()
    panel.get_by_label("Тилке").select_option(label="жаңы тилке, калгандарынын астында")
    chooses(page, "Форма", "late_correction.endorse")
    chooses(page, "Жобонун пункту", "4.4.2")
    chooses(page, "Мөөнөт", "түзөтүүнүн бир кадамы")
    panel.get_by_label("Макулдук", exact=False).check()
    shoot(page, "a0-drawn", *DESK)

    page.click("[data-view=list]")
    page.click("[data-step=lane_1]")
    fields = page.locator(".studio-step-fields")
    fields.get_by_label("Роль").select_option("programme_head")
    expect(fields.locator(".studio-problem", has_text="Тилкенин бөлүмү жок")).to_be_visible(timeout=PATIENCE)
    fields.get_by_label("Кайсы бөлүмдүн").select_option("start.student_institute")
    page.click("[data-step=lane_1]")
    saved(page)
    return str(page.url)


def gives_a_form(page: Any, draft: str) -> None:
    """The step gets a copy of the head's form, in which the visa is only given: nothing reads another answer here."""
    page.goto(f"{draft}?show=programme_visa")
    with page.expect_navigation():
        page.get_by_role("link", name="Бул кадам үчүн көчүрмөсүн жасоо").click()
    page.click("#new .btn-primary")
    page.wait_for_url(re.compile(r"/forms/[^/?#]+(\?.*)?$"))
    form = page.url.partition("?")[0]
    for place in ("reason", "decision", "decision"):
        page.goto(f"{form}/fields/{place}")
        page.click(
            "button[value=remove]"
            if place == "reason"
            else "li:not(#answer-approve) button[value=remove_answer]"
        )
        page.wait_for_load_state()
    page.goto(form)
    shoot(page, "a1-form", *DESK)


def tries(page: Any, draft: str) -> None:
    """The check is clean; a scenario that no longer fits is played again and recorded anew, another one removed."""
    page.goto(draft)
    checked(page)
    expect(page.locator(".studio-finding-error")).to_have_count(0, timeout=PATIENCE)
    place = played(page, "0 / 2")
    assert "Программа жетекчисинин визасы" not in place.inner_text()
    shoot(page, "a2-scenarios", *DESK)
    place.locator("li", has_text="Төрт макулдук").get_by_role("button").click()
    page.wait_for_selector(".note-lost")
    page.click(".note-lost button")
    for _step in ("programme_head", "directorate", "academic_office", "it_admin"):
        page.click(".play-form [data-decision=approve]")
        page.wait_for_load_state()
    page.wait_for_selector("#title")
    page.fill("#title", RECORDED)
    page.check("input[name=replace]")
    page.fill("#reason", WHY)
    shoot(page, "a3-tried", *DESK)
    with page.expect_navigation(url="**/scenarios"):
        page.click("form[aria-labelledby=keep-title] .btn")
    page.locator(".scenarios > li", has_text="Арыз толуктоого").get_by_role("link").click()
    page.fill("#reason", GONE)
    with page.expect_navigation():
        page.click("main form .btn-lost")


def proposes(page: Any, draft: str) -> str:
    page.goto(draft)
    played(page, "1 / 1")
    page.click(".studio-actions .btn-primary")
    page.fill("textarea[name=why]", WHY)
    page.click("main form .btn-primary")
    page.wait_for_url("**/processes/proposals/*")
    return str(page.url)


def approves(page: Any, proposal: str) -> None:
    """The other administrator reads on one page why, what changes, that it is sound and what it was measured by."""
    page.goto(proposal)
    page.wait_for_selector("[data-side=after] .djs-element[data-element-id=programme_visa]", timeout=PATIENCE)
    said = page.inner_text("main")
    for words in (WHY, TITLES["Кыргызча"], RECORDED, GONE):
        assert words in said, words
    shoot(page, "a4-proposal", *DESK)
    page.check("input[name=when][value=now]")
    page.click("form[action$=approve] .btn-primary")
    page.wait_for_selector(".state-granted")


def migrates(campus: Campus, page: Any) -> None:
    """The plan says that the running case moves; it is chosen, and the worker moves it."""
    page.goto(f"{campus.address}/processes/late_correction")
    page.click("a[href$='/migration']")
    page.check("input[name=choose][value=ticked]")
    page.check(".migration-tick input >> nth=0")
    page.fill("#reason", WHY)
    page.click("form#migrate .btn-primary")
    page.wait_for_selector("#migration-state progress")
    assert migrate_waiting_cases(door.write, campus.world.clock(), 10) == 1
    page.wait_for_selector("#cases .state-done", timeout=PATIENCE)


def finishes(campus: Campus, page: Any, sign_in: Any, case: UUID) -> None:
    """The case goes on with the head, through the new step, and ends in the journal."""
    for role in ("department_head", "programme_head", "directorate", "academic_office", "it_admin"):
        sign_in(role)
        decides(page, campus, "approve", ("a5-visa", *DESK) if role == "programme_head" else None)
    campus.world.session.rollback()
    assert campus.world.case(case).outcome == "applied" and campus.world.cell().value == "PRESENT"
    sign_in("teacher")
    page.goto(f"{campus.address}/cases/{case}")
    assert TITLES["Кыргызча"] in page.inner_text("main")
    shoot(page, "a6-case", *DESK)
    sign_in("process")
    page.goto(f"{campus.address}/processes/late_correction/versions/2/replay")
    assert page.locator(".note-done").count() == 1, (
        "the case that moved goes its way again on the new version"
    )
    shoot(page, "a7-replay", *DESK)
