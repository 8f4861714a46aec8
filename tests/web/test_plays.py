"""Trying a draft over HTTP: forms as each person, the clock, back, scenarios, and what a proposal demands of them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.diagrams import versions
from app.diagrams.drafts import create_draft_from_version
from app.diagrams.versions import published_version_id
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from tests.web.browser import Browser
from tests.web.campus import Campus


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    versions.clear_version_cache()
    yield Campus(app, db_session, clock)
    versions.clear_version_cache()


def draft_of(campus: Campus, key: str) -> str:
    act, made = Act(campus.near["process_admin"], None, campus.world.clock()), new_id()
    with door.write(act):
        create_draft_from_version(act, made, published_version_id(key))
    return f"/processes/drafts/{made}"


def enter(campus: Campus) -> Browser:
    return Browser(campus.app).enter(campus.near["process_admin"])


KEYS = ["academic_correction","appeal","commission","dispute","excuse","excuse_entry","excuse_revocation","grade_sheet","late_correction","late_entry","late_sheet","makeup","makeup_extension","proposal","result_dispute"]

@pytest.mark.parametrize("key", KEYS)
def test_smoke(campus, key):
    place = draft_of(campus, key)
    browser = enter(campus)
    answer = browser.get(place + "/try")
    page = answer.text
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page.split("<main")[1])))
    print(key, answer.status_code, text[:900])
    assert answer.status_code == 200 and "cannot be shown" not in page
