"""Is this printed dossier genuine: from the button on the page of the case to a check without an account."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pypdf
import pytest

from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, ready, shoot
from tests.web.test_dossiers import code_of

pytestmark = [pytest.mark.browser]


@pytest.mark.parametrize("width, locale", [DESK, pytest.param(*PHONE, marks=pytest.mark.torture)])
def test_a_dossier_is_saved_and_checked_by_somebody_without_an_account(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str, tmp_path: Path
):
    world = campus.world
    case = world.teacher().requests_correction()
    world.head().approves(case)
    ready(page, campus, width, locale)
    sign_in("teacher", f"/cases/{case}")
    with page.expect_download() as saved:
        page.click(".dossier-make .btn:not([data-no-enter])")
    file = tmp_path / "dossier.pdf"
    saved.value.save_as(file)
    assert locale in saved.value.suggested_filename
    page.reload()
    code = code_of(file.read_bytes())
    assert code[-4:] in page.inner_text(".dossiers")
    shoot(page, "dossier1-case", width, locale)
    page.click(".dossiers .row-link")
    assert page.locator("#revoke-reason").count() == 1
    shoot(page, "dossier2-register", width, locale)

    page.context.clear_cookies()
    ready(page, campus, width, locale)
    page.goto(f"{campus.address}/verify")
    shoot(page, "dossier3-code", width, locale)
    page.fill("#code", code.lower())
    page.click("main .btn-primary")
    page.wait_for_selector(".note-good")
    assert world.case(case).number in page.inner_text("main")
    page.set_input_files("#dossier-file", file)
    page.click("form[enctype] .btn")
    page.wait_for_selector("form[enctype] .note-good")
    shoot(page, "dossier4-genuine", width, locale)
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(file.read_bytes()))
    writer.write(tmp_path / "saved-again.pdf")
    page.set_input_files("#dossier-file", tmp_path / "saved-again.pdf")
    page.click("form[enctype] .btn")
    page.wait_for_selector("form[enctype] .note-lost")
    world.directorate().approves(case)
    page.goto(f"{campus.address}/verify/{code}")
    page.wait_for_selector(".note-late")
    shoot(page, "dossier5-gone-on", width, locale)
