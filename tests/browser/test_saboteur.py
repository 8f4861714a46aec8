"""Somebody weakens the late correction in four ways: the editor tells the story of each, plays it on the drawing, and
the version cannot be proposed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from lxml import etree

from app.diagrams.drafts import create_draft_from_version, save_draft
from app.diagrams.versions import load_published_version_id
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, ready, shoot
from tests.diagrams.verify.test_saboteur import LATE, SABOTAGE

pytestmark = pytest.mark.browser
PATIENCE = 15_000
FINDING = ".studio-finding[data-code='verify.approval.missing']"


@pytest.fixture
def administrator(campus: Campus) -> UUID:
    person = campus.world.hires("process_admin", None, name="Saboteur")
    campus.admits("process", person)
    return person


def draft_of(campus: Campus, person: UUID, name: str) -> UUID:
    """A draft of the late correction, weakened."""
    drawing = etree.fromstring(LATE.xml.encode())
    SABOTAGE[name](drawing)
    act, made = Act(person, None, campus.world.clock()), new_id()
    with door.write(act):
        create_draft_from_version(act, made, load_published_version_id(LATE.key))
        save_draft(act, made, 1, etree.tostring(drawing, encoding="unicode"))
    campus.world.session.rollback()
    return made


@pytest.mark.clause("4.4.2")
def test_each_way_past_the_directorate_is_played_on_the_drawing_and_never_proposed(
    campus: Campus, administrator: UUID, page: Any, sign_in: Any
):
    ready(page, campus, *DESK)
    sign_in("process")
    for number, name in enumerate(SABOTAGE):
        draft = draft_of(campus, administrator, name)
        page.goto(f"{campus.address}/processes/drafts/{draft}")
        page.wait_for_selector("[data-checked]", timeout=PATIENCE)
        if page.get_attribute(".studio-findings .studio-fold", "aria-expanded") == "false":
            page.click(".studio-findings .studio-fold")
        finding = page.locator(FINDING).first
        assert "4.4.2" in finding.inner_text(), name
        lines = finding.locator(".studio-story li")
        for place in range(lines.count()):
            finding.locator("[data-does=next]").click()
            assert lines.nth(place).get_attribute("aria-current") == "step", name
        assert finding.locator("[data-does=next]").is_disabled(), name
        assert page.locator(".djs-element.story-path").count() > 3, name
        if number == 0:
            shoot(page, "85-sabotage", *DESK)
        page.goto(f"{campus.address}/processes/drafts/{draft}/propose")
        assert page.locator("textarea[name=why]").count() == 0, name
        assert "4.4.2" in page.locator("#check-title >> xpath=ancestor::section").inner_text(), name
