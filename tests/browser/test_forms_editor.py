"""The forms editor in Chromium: a field with three answers decides the way of a case, and what reads it follows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from app.diagrams import draft_queries
from app.diagrams.drafts import create_draft_from_version, save_draft
from app.diagrams.versions import load_published_version_id
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, opens_first_task, ready, shoot
from tests.browser.test_studio import checked, findings, saved

pytestmark = pytest.mark.browser
HEAD = "late_correction.endorse_department_head"
WHY = "Кафедра башчысы канчалык шашылыш экенин айтат."


@pytest.fixture
def draft(campus: Campus) -> UUID:
    """Two administrators of processes; a draft of one of them."""
    for login in ("process", "other"):
        campus.admits(login, campus.world.hires("process_admin", None, name=login.capitalize()))
    act, made = Act(campus.persons["process"], None, campus.world.clock()), new_id()
    with door.write(act):
        create_draft_from_version(act, made, load_published_version_id("late_correction"))
    return made


def stored(campus: Campus, draft: UUID) -> draft_queries.StoredDraft:
    campus.world.session.rollback()
    return draft_queries.load_open_draft(draft)


def writes(page: Any, prefix: str, ky: str, ru: str, en: str) -> None:
    for code, text in (("ky", ky), ("ru", ru), ("en", en)):
        page.fill(f"[name='{prefix}{code}']", text)


def sets_condition(page: Any, address: str, flow: str, text: str) -> None:
    """Open a path of the drawing and write its condition as text."""
    page.goto(f"{address}?show={flow}")
    checked(page)
    panel = page.locator("[data-place=panel]")
    panel.get_by_role("button", name="Текст менен түзөтүү").click()
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        panel.get_by_label("Шарт текст түрүндө").fill(text)
        panel.get_by_label("Шарт текст түрүндө").blur()
    saved(page)


def test_a_new_field_decides_its_readers_follow_it_and_a_case_asks_it(
    campus: Campus, page: Any, sign_in: Any, draft: UUID
) -> None:
    width, locale = DESK
    ready(page, campus, width, locale)
    sign_in("process")
    address = f"{campus.address}/processes/drafts/{draft}"

    # From the step to its form; a list with three answers is added.
    page.goto(f"{address}?show=endorse_department_head")
    page.click(".studio-form-links a >> nth=0")
    page.select_option("#new-kind", "radio")
    writes(page, "new-", "Шашылышпы", "Срочность", "Urgency")
    # Pressed without a network, what was typed is there again with the page.
    form = page.url
    page.context.set_offline(True)
    page.click("button[value=add_field]")
    page.wait_for_selector(".toast-line")
    page.context.set_offline(False)
    page.goto(form)
    assert page.input_value("[name=new-ru]") == "Срочность"
    page.click("button[value=add_field]")
    for words in (
        ("Бүгүн", "Сегодня", "Today"),
        ("Жумада", "За неделю", "This week"),
        ("Кийин", "Позже", "Later"),
    ):
        page.click("#field-urgency summary:has-text('Жооп кошуу')")
        writes(page, "f2-new-", *words)
        page.click("button[value='add_answer-2']")
    page.fill("[name='f2-label-en']", "How urgent it is")
    page.wait_for_selector("[data-state][data-look=good]")
    frame = page.frame_locator("[data-preview] iframe")
    frame.get_by_text("Жумада").wait_for()
    shoot(page, "93-form", width, locale)
    page.click("[data-lang=ru]")
    frame.get_by_text("За неделю").wait_for()

    # A path reads it, and another one that a colleague would draw.
    decided = "endorse_department_head.decision == 'approve'"
    sets_condition(
        page,
        address,
        "head_approved",
        f"{decided} and endorse_department_head.urgency != 'later' or visa_deputy.decision == 'approve'",
    )
    returned = (
        f"{decided} and endorse_department_head.urgency == 'later' or endorse_department_head.decision =="
    )
    drawn = stored(campus, draft)
    act = Act(campus.persons["process"], None, campus.world.clock())
    with door.write(act):
        xml = drawn.xml.replace(">endorse_department_head.decision == 'return'", f">{returned} 'return'")
        save_draft(act, draft, drawn.row.revision, xml)

    # An answer that is read is not removed without a word; what reads it is a finding, and the history brings it back.
    page.goto(f"{address}/forms/{HEAD}")
    page.click("#field-urgency .form-answer:nth-child(3) a")
    page.wait_for_url("**/fields/urgency#answer-later")
    shoot(page, "94-readers", width, locale)
    page.click("#answer-later button[value=remove_answer]")
    page.wait_for_selector("[data-errors-elsewhere]:not([hidden])")
    page.click("[data-errors-elsewhere] a")
    checked(page)
    assert "diagrams.value.unknown" in findings(page)
    page.goto(f"{address}/history")
    page.click(".draft-states li:nth-child(2) form button")
    page.wait_for_url(address)

    # Under its new name everything reads it.
    page.goto(f"{address}/forms/{HEAD}/fields/urgency")
    page.fill("#new", "haste")
    page.click("button[value=rename]")
    page.wait_for_url("**#field-haste")
    assert "endorse_department_head.haste == 'later'" in stored(campus, draft).xml
    assert "urgency" not in stored(campus, draft).xml

    # Two persons bring it into force.
    page.goto(f"{address}/propose")
    assert "haste" in page.inner_text("main")
    page.fill("textarea[name=why]", WHY)
    page.click("main form .btn-primary")
    page.wait_for_url("**/processes/proposals/*")
    proposal = page.url
    sign_in("other")
    page.goto(proposal)
    assert "haste" in page.inner_text("main")
    page.check("input[name=when][value=now]")
    page.click("form[action$=approve] .btn-primary")
    page.wait_for_selector(".state-granted")

    # The next case asks it, and goes the way it says.
    case = campus.world.teacher().requests_correction()
    sign_in("department_head")
    opens_first_task(page, campus, "approve")
    page.check("input[name=haste][value=later]")
    with page.expect_navigation():
        page.click("[data-decision=approve]")
    campus.world.session.rollback()
    assert [task.element for task in campus.world.open_tasks(case)] == ["rework_teacher"]
