"""An administrator plays a draft in Chromium, keeps the play, and a draft that breaks it is refused (decision 39)."""

from __future__ import annotations

from typing import Any

import pytest

from app.diagrams.drafts import create_draft_from_version, save_draft
from app.diagrams.models import DiagramDraft
from app.diagrams.versions import load_published_version_id
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, ready, shoot
from tests.web.test_plays import BROKEN

pytestmark = pytest.mark.browser
TITLE = "Эки макулдук менен ачылат"
WHY = "Кафедра башчысына жүк оор, орун басар чечсин."


@pytest.fixture
def drafts(campus: Campus) -> list[str]:
    """The addresses of two drafts of the late entry: as it is, and one in which the head is not asked."""
    world = campus.world
    campus.admits("process", world.hires("process_admin", None, name="Process"))
    act, made = Act(campus.persons["process"], None, world.clock()), [new_id(), new_id()]
    with door.write(act):
        for draft in made:
            create_draft_from_version(act, draft, load_published_version_id("late_entry"))
    xml = world.session.get(DiagramDraft, made[1]).xml
    with door.write(act):
        save_draft(act, made[1], 1, xml.replace(*BROKEN))
    return [f"{campus.address}/processes/drafts/{draft}" for draft in made]


def here(page: Any, element: str) -> None:
    """The drawing shows the token at this step."""
    page.wait_for_selector(f".djs-element.at-open[data-element-id={element}]", timeout=15_000)


@pytest.mark.torture  # what it presses is sent in tests/web/test_plays.py
def test_a_play_becomes_a_scenario_and_a_draft_that_breaks_it_is_refused(campus, page, sign_in, drafts):
    width, locale = DESK
    ready(page, campus, width, locale)
    sign_in("process")
    page.goto(f"{drafts[0]}/try")
    page.fill("textarea[name=reason]", "Айылдагы практикада болдум, интернет жок эле.")
    shoot(page, "95-try-start", width, locale)
    page.click(".play-form .btn-primary")
    here(page, "endorse_department_head")
    page.click("button[name=to][value=deadline]")
    here(page, "visa_deputy")
    page.click(".play-done form >> nth=0 >> button")
    here(page, "endorse_department_head")
    shoot(page, "96-try-step", width, locale)
    ready(page, campus, *PHONE)
    page.fill("textarea[name=reason]", WHY)
    page.context.set_offline(True)
    page.click("[data-decision=return]")
    page.wait_for_url("chrome-error://**")
    page.context.set_offline(False)
    page.goto(f"{drafts[0]}/try")
    assert page.input_value("textarea[name=reason]") == WHY, "what was typed is there again"
    page.fill("textarea[name=reason]", "")
    page.click("[data-decision=approve]")
    here(page, "decide_directorate")
    page.click("[data-decision=approve]")
    page.wait_for_selector("#play-done li:nth-child(3)")
    shoot(page, "97-try-end", *PHONE)
    ready(page, campus, width, locale)
    page.fill("#title", TITLE)
    page.press("#title", "Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/scenarios")
    page.click("form[action$=scenarios] .btn-primary")
    page.wait_for_selector(".scenarios .state-granted")
    shoot(page, "98-scenarios", width, locale)

    # A drawing that was changed a moment ago is played as it is now, not as it was stored before.
    page.goto(drafts[0])
    page.click("[data-element-id=decide_directorate].djs-shape")
    page.locator("[data-place=panel]").get_by_label("Кыргызча", exact=False).first.fill("Дирекция айтсын")
    page.click(".studio-actions a[href$='/try']")
    page.wait_for_selector("#play-done li:nth-child(3)")
    assert "Дирекция айтсын" in page.inner_text("#play-done")

    page.goto(f"{drafts[1]}/propose")
    assert page.locator(".scenarios .state-refused").count() == 1 and TITLE in page.inner_text("main")
    page.fill("textarea[name=why]", WHY)
    page.click("main form .btn-primary")
    page.wait_for_selector("main .note-lost")
    assert TITLE in page.inner_text("main .note-lost") and page.input_value("textarea[name=why]") == WHY
    shoot(page, "99-scenario-fails", width, locale)
