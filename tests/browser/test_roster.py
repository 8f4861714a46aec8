"""An import in a real Chromium: sent, read, agreed, done while one looks; at a desk and on a phone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Campus
from tests.browser.steps import ready, shoot
from tests.exchange.test_oneroster import USERS, zipped
from tests.web.test_roster import works

pytestmark = pytest.mark.browser


def sends(page: Any, campus: Campus, data: bytes) -> None:
    page.goto(f"{campus.address}/roster")
    page.set_input_files("#file", {"name": "шыпыра.zip", "mimeType": "application/zip", "buffer": data})
    page.click("form[enctype] button.btn-primary")
    page.wait_for_url("**/roster/*-*")


@pytest.mark.parametrize("width", [1440])
def test_an_import_is_sent_read_and_done_while_one_looks(
    app: Any, campus: Campus, page: Any, sign_in: Any, width: int
):
    ready(page, campus, width, "ky")
    sign_in("academic_office")
    page.goto(f"{campus.address}/roster")
    shoot(page, "30-roster-empty", width, "ky")
    page.set_input_files("#file", {"name": "a.zip", "mimeType": "application/zip", "buffer": b"%PDF"})
    page.click("form[enctype] button.btn-primary")
    page.wait_for_selector("#file-error")
    shoot(page, "31-roster-refused", width, "ky")
    sends(page, campus, zipped(users=USERS + "u3,,Бакирова,A@b.kg\nu3,А,Б,\n"))
    shoot(page, "32-roster-findings", width, "ky")
    sends(page, campus, zipped())
    shoot(page, "33-roster-preview", width, "ky")
    page.click("#import-state button.btn-primary")
    page.wait_for_selector("#import-state progress")
    shoot(page, "34-roster-queued", width, "ky")
    works(app)
    page.wait_for_selector("#import-state .note-good")
    sends(page, campus, zipped(users=USERS.replace("Осмонова", "Асанова"), roles=""))
    shoot(page, "35-roster-changed", width, "ky")
    page.goto(f"{campus.address}/roster")
    shoot(page, "36-roster-list", width, "ky")
