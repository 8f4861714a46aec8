"""A version is proposed and approved in Chromium: by two administrators (decision 35)."""

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
from tests.browser.steps import DESK, ready, shoot

pytestmark = pytest.mark.browser
WHY = "Окутуучулар бул процессти кечиккен түзөтүү деп аташат."
STEP = 'depter:form="late_correction.release_it" depter:clause="4.4.2"'


@pytest.fixture
def draft(campus: Campus) -> str:
    """Two administrators of processes; the address of a draft that one of them has drawn."""
    world = campus.world
    for login in ("process", "other"):
        campus.admits(login, world.hires("process_admin", None, name=login.capitalize()))
    act, made = Act(campus.persons["process"], None, world.clock()), new_id()
    with door.write(act):
        create_draft_from_version(act, made, load_published_version_id("late_correction"))
    xml = world.session.get(DiagramDraft, made).xml
    with door.write(act):
        save_draft(
            act, made, 1, xml.replace(">Technical correction after the deadline<", ">Late correction<")
        )
        save_draft(act, made, 2, xml.replace(STEP, STEP.replace("4.4.2", "4.4.3")))
    return f"{campus.address}/processes/drafts/{made}"


def compared(page: Any) -> None:
    """Both drawings are there, with what differs marked."""
    page.wait_for_selector("[data-side=before] .djs-element.is-changed", timeout=15_000)
    page.wait_for_selector("[data-side=after] .djs-element.is-changed", timeout=15_000)


@pytest.mark.torture  # the administrator's story proposes and approves too
def test_one_administrator_proposes_and_another_one_approves(campus, page, sign_in, draft):
    width, locale = DESK
    ready(page, campus, width, locale)
    sign_in("process")
    page.goto(f"{draft}/propose")
    compared(page)
    shoot(page, "90-propose", width, locale)
    page.fill("textarea[name=why]", WHY)
    page.goto(f"{campus.address}/processes")
    page.goto(f"{draft}/propose")
    assert page.input_value("textarea[name=why]") == WHY, "what was typed is there again"
    page.click("main form .btn-primary")
    page.wait_for_url("**/processes/proposals/*")
    place = page.url
    assert page.locator("input[name=when]").count() == 0, "who drew it does not decide"

    sign_in("other")
    page.goto(f"{campus.address}/processes/late_correction")
    page.click(f"a[href='{place.removeprefix(campus.address)}']")
    compared(page)
    assert WHY in page.inner_text("main")
    shoot(page, "91-proposal", width, locale)
    page.check("input[name=when][value=later]")
    page.click("form[action$=approve] .btn-primary")
    page.wait_for_selector("#effective_at-error")
    page.check("input[name=when][value=now]")
    page.click("form[action$=approve] .btn-primary")
    page.wait_for_selector(".state-granted")
    page.goto(f"{campus.address}/processes/late_correction/compare")
    compared(page)
    shoot(page, "92-compare", width, locale)
