"""The administrator of processes draws: a second endorsement, left in the middle and found again; a second editor gets
a copy; a foreign file is repaired; on a phone the drawing is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from app.bpmn.parse import parse_diagram
from app.diagrams import draft_queries
from tests.browser.conftest import Campus, violations
from tests.browser.steps import DESK, ready, shoot
from tests.web.campus import BPMN

pytestmark = pytest.mark.browser
PATIENCE = 15_000
OUTSIDE_THE_CANVAS = """async () => (await axe.run({exclude: [[".studio-canvas"]]}, {resultTypes: ["violations"]}))
  .violations.filter(v => ["serious", "critical"].includes(v.impact))
  .map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.target.join(" ")).join(" | "))"""


@pytest.fixture
def drawing(campus: Campus) -> Campus:
    """Two administrators of processes with accounts."""
    for login in ("process", "other"):
        campus.admits(login, campus.world.hires("process_admin", None, name=login.capitalize()))
    return campus


def checked(page: Any) -> None:
    """The first check has answered, so nothing moves any more."""
    page.wait_for_selector("[data-checked]", timeout=PATIENCE)


def saved(page: Any) -> None:
    page.wait_for_selector("[data-state][data-look=good]", timeout=PATIENCE)


def findings(page: Any) -> list[str]:
    if page.get_attribute(".studio-findings .studio-fold", "aria-expanded") == "false":
        page.click(".studio-findings .studio-fold")
    return list(page.eval_on_selector_all(".studio-finding", "e => e.map(one => one.dataset.code)"))


def chooses(page: Any, label: str, words: str, place: str = "[data-place=panel]") -> None:
    """Find an entry of a long list by words, with the keyboard: of the panel, or of the list of steps."""
    box = page.locator(place).get_by_role("combobox", name=label, exact=True)
    box.click()
    box.fill(words)
    page.wait_for_selector("[role=option][aria-selected=true]")
    page.keyboard.press("Enter")


def stored_xml(campus: Campus, page: Any) -> str:
    campus.world.session.rollback()
    return draft_queries.load_open_draft(UUID(page.url.rsplit("/", 1)[1])).xml


def test_the_administrator_adds_an_endorsement_leaves_in_the_middle_and_finds_everything(
    drawing: Campus, page: Any, sign_in: Any
):
    width, locale = DESK
    ready(page, drawing, width, locale)
    sign_in("process")
    page.goto(f"{drawing.address}/processes/late_correction")
    page.click(".page-head .btn-primary")
    shoot(page, "80-begin-draft", width, locale)
    page.click("main form .btn-primary")
    checked(page)
    assert findings(page) == []
    shoot(page, "81-editor", width, locale)

    # The list of steps inserts a step behind the endorsement of the deputy, by keyboard.
    page.click("[data-view=list]")
    row = page.locator("[data-step=visa_deputy]")
    row.focus()
    page.keyboard.press("Enter")
    page.locator(".studio-step-fields .studio-row-actions .btn").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-step=step_1]")
    shoot(page, "82-list-of-steps", width, locale)
    page.click("[data-view=drawing]")

    # An end appended by mistake is found at once, and is gone with one undo.
    page.click("[data-action='append.end-event']")
    findings(page)
    page.wait_for_selector("[data-code='bpmn.node.many_outgoing']", timeout=PATIENCE)
    page.click("[data-does=undo]")
    page.wait_for_selector("[data-code='bpmn.node.many_outgoing']", state="detached", timeout=PATIENCE)
    page.click("[data-element-id=step_1].djs-shape")

    # It is given its titles, form, clause and deadline in the panel; nothing is typed but words to find them by.
    panel = page.locator("[data-place=panel]")
    for language, title in (
        ("Кыргызча", "Экинчи виза"),
        ("Орусча", "Вторая виза"),
        ("Англисче", "Second visa"),
    ):
        panel.get_by_label(language, exact=False).first.fill(title)
    page.locator(".studio-field button", has_text="second_visa").click()
    chooses(page, "Форма", "late_correction.endorse")
    chooses(page, "Жобонун пункту", "4.4.2")
    chooses(page, "Мөөнөт", "түзөтүүнүн бир кадамы")
    with page.expect_response(lambda answer: answer.request.method == "PUT", timeout=PATIENCE):
        panel.get_by_label("Макулдук", exact=False).check()
    saved(page)
    expect(page.locator(".studio-finding-error")).to_have_count(0, timeout=PATIENCE)

    # Left in the middle: another page, without a word.
    page.locator("[data-place=panel]").get_by_label("Орусча", exact=False).first.fill("Вторая виза кафедры")
    page.goto(f"{drawing.address}/processes")
    page.goto(f"{drawing.address}/processes/late_correction/edit")
    checked(page)
    page.wait_for_selector("[data-element-id=second_visa]")
    page.click("[data-element-id=second_visa].djs-shape")
    assert panel.get_by_label("Орусча", exact=False).first.input_value() == "Вторая виза кафедры"
    page.wait_for_timeout(1500)
    task = parse_diagram(stored_xml(drawing, page).encode()).user_tasks["second_visa"]
    assert (task.form, task.clause, task.deadline, task.approves, task.lane) == (
        "late_correction.endorse_department_head",
        "4.4.2",
        "correction.step_sla",
        True,
        "lane_department_head",
    )
    assert task.titles == {"ky": "Экинчи виза", "ru": "Вторая виза кафедры", "en": "Second visa"}
    page.goto(f"{page.url}/history")
    assert page.locator(".draft-states > li").count() >= 3
    shoot(page, "83-history", width, locale)


def test_a_second_editor_is_told_who_draws_and_gets_a_copy_instead_of_a_lost_update(
    drawing: Campus, page: Any, sign_in: Any, browser: Any
):
    ready(page, drawing, *DESK)
    sign_in("process")
    page.goto(f"{drawing.address}/processes/late_correction/edit")
    page.click("main form .btn-primary")
    checked(page)
    address = page.url
    cookies = page.context.cookies()
    first = browser.new_context(viewport={"width": 1440, "height": 900})
    first.add_cookies(cookies)
    other = first.new_page()
    other.goto(address)
    checked(other)
    first_page, second_page = other, page
    sign_in("other")
    second_page.goto(address)
    checked(second_page)
    second_page.wait_for_selector("[data-presence]:not([hidden])", timeout=PATIENCE)
    assert "Process" in second_page.inner_text("[data-presence]")

    for drawn, title in ((first_page, "Биринчи"), (second_page, "Экинчи")):
        drawn.click("[data-element-id=endorse_department_head].djs-shape")
        with drawn.expect_response(lambda answer: answer.request.method == "PUT", timeout=PATIENCE):
            drawn.locator("[data-place=panel]").get_by_label("Кыргызча", exact=False).first.fill(title)
    second_page.wait_for_selector("[data-notice]:not([hidden])", timeout=PATIENCE)
    assert second_page.url != address
    assert "Process" in second_page.inner_text("[data-notice]")
    assert "Экинчи" in stored_xml(drawing, second_page)
    assert "Биринчи" in stored_xml(drawing, first_page) and "Экинчи" not in stored_xml(drawing, first_page)
    first.close()


def test_without_a_network_what_is_drawn_stays_on_the_device_and_is_sent_later(
    drawing: Campus, page: Any, sign_in: Any
):
    ready(page, drawing, *DESK)
    sign_in("process")
    page.goto(f"{drawing.address}/processes/late_correction/edit")
    page.click("main form .btn-primary")
    checked(page)
    page.click("[data-element-id=rework_teacher].djs-shape")
    page.route("**/processes/drafts/*", lambda route: route.abort())
    page.locator("[data-place=panel]").get_by_label("Кыргызча", exact=False).first.fill("Тармаксыз жазылды")
    page.wait_for_selector("[data-state][data-look=late]:has-text('Байланыш')", timeout=PATIENCE)
    assert "Тармаксыз" not in stored_xml(drawing, page)
    page.unroute("**/processes/drafts/*")
    page.reload()
    checked(page)
    saved(page)
    page.wait_for_timeout(1500)
    saved(page)
    assert "Тармаксыз жазылды" in stored_xml(drawing, page)


def test_a_file_of_another_program_is_repaired_by_one_press(
    drawing: Campus, page: Any, sign_in: Any, tmp_path: Path
):
    ready(page, drawing, *DESK)
    file = tmp_path / "foreign.bpmn"
    file.write_text(BPMN, encoding="utf-8")
    sign_in("process")
    page.goto(f"{drawing.address}/processes/import")
    shoot(page, "84-import", *DESK)
    page.set_input_files("#file", str(file))
    page.click("main form .btn-primary")
    checked(page)
    assert page.locator(".studio-repair").count() > 2
    page.click(".studio-findings-head .btn")
    page.wait_for_selector("[data-element-id=karoo]", timeout=PATIENCE)
    page.wait_for_selector(".studio-repair", state="detached", timeout=PATIENCE)
    page.locator(".studio-finding .studio-link", has_text="lane_first").first.click()
    page.wait_for_selector(".djs-element.selected")


def test_the_editor_is_clean_for_axe_outside_the_drawing_and_offers_only_what_runs(
    drawing: Campus, page: Any, sign_in: Any
):
    ready(page, drawing, *DESK)
    sign_in("process")
    page.goto(f"{drawing.address}/processes/late_correction/edit")
    page.click("main form .btn-primary")
    checked(page)
    page.click("[data-element-id=endorse_department_head].djs-shape")
    violations(page)
    assert page.evaluate(OUTSIDE_THE_CANVAS) == []
    offered = page.eval_on_selector_all("[data-action]", "e => e.map(one => one.dataset.action)")
    assert {"create.user-task", "create.timer", "append.user-task", "append.end-event"} <= set(offered)
    assert not {
        "create.task",
        "append.append-task",
        "create.subprocess-expanded",
        "create.data-object",
    } & set(offered)
    page.click("[data-action=append]")
    page.wait_for_selector(".djs-popup .entry")
    entries = set(page.eval_on_selector_all(".djs-popup .entry", "e => e.map(one => one.dataset.id)"))
    assert entries == {
        "append-user-task",
        "append-service-task",
        "append-exclusive-gateway",
        "append-parallel-gateway",
        "append-none-end-event",
        "append-timer-intermediate-catch",
        "append-timer-boundary",
        "append-non-interrupting-timer-boundary",
    }


def test_on_a_phone_the_drawing_and_the_findings_are_read(drawing: Campus, page: Any, sign_in: Any):
    ready(page, drawing, 360, "ru")
    sign_in("process")
    page.goto(f"{drawing.address}/processes/late_correction/edit")
    page.click("main form .btn-primary")
    checked(page)
    assert page.locator(".studio-small").is_visible() and not page.locator(".studio-bar").is_visible()
    step = page.locator("[data-element-id=requested].djs-shape")
    before = step.bounding_box()
    page.mouse.move(before["x"] + 15, before["y"] + 15)
    page.mouse.down()
    page.mouse.move(before["x"] + 80, before["y"] + 60, steps=4)
    page.mouse.up()
    page.wait_for_timeout(1500)
    drawing.world.session.rollback()
    assert drawing.world.session.scalar(text("SELECT max(revision) FROM diagrams.draft_revision")) == 1
