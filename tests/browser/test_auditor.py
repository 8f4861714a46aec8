"""Stories of an auditor in Chromium, from the sign-in to the answer, with names hidden at first (1.3.3, 1.4.4, 7.1)."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.ids import new_id
from app.people import commands
from app.people.queries import load_names
from app.sealer import reports, seal
from app.sealer.settings import SealerSettings
from app.worker import due_work
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, ready, shoot
from tests.scenarios import appeals
from tests.scenarios.grade_sheets import Sheets
from tests.web.test_dossiers import code_of

pytestmark = [pytest.mark.browser, pytest.mark.clause("1.4.4")]
IN_MARCH = datetime(2027, 3, 10, 9, 30, tzinfo=UTC)
MARCH = ("01.03.2027", "31.03.2027")


def signs_in_as_auditor(
    campus: Campus, page: Any, fills_in: Callable[[str], Any], width: int, locale: str
) -> None:
    """Hire an auditor and sign in through the form; his first page is that of the audit."""
    campus.admits("auditor", campus.world.hires("auditor", None))
    ready(page, campus, width, locale)
    fills_in("auditor")
    page.wait_for_url("**/audit")


def finds_person(page: Any, typed: str) -> None:
    """Search the whole product by a name that the auditor was told, and open the trace of who is found."""
    page.fill("main input[name=q]", typed)
    page.click("main form[role=search] .btn-primary >> nth=0")
    page.click("main a[href*='/audit/people/'] >> nth=0")
    expect(page.locator("h1")).not_to_contain_text(typed)


@pytest.mark.torture
@pytest.mark.parametrize("width, locale", [DESK, PHONE])
def test_what_an_administrator_did_in_march_is_found_and_exported(
    campus: Campus, app: Any, page: Any, fills_in_sign_in: Any, tmp_path: Path, width: int, locale: str
):
    world = campus.world
    world.clock.set(IN_MARCH)
    it, office = world.it(), world.office().person
    assistant = world.hires("teacher", world.school.department, name="Жардамчы")
    world.session.rollback()
    with door.write(it.act()):
        today = local_day(world.clock())
        commands.grant_role(it.act(), new_id(), assistant, "curator", None, today, None)
    family = load_names([it.person])[it.person].full.split()[0]
    world.session.rollback()
    world.clock.advance(days=30)
    signs_in_as_auditor(campus, page, fills_in_sign_in, width, locale)
    shoot(page, "au1-audit", width, locale)

    finds_person(page, family)
    page.fill("#f-since", MARCH[0])
    page.fill("#f-until", MARCH[1])
    page.click("form.trace-day .btn-primary")
    deeds = page.locator(".audit-rows tbody tr")
    expect(deeds.first).to_contain_text("2027-03-10")
    assert family not in page.inner_text("main")
    shoot(page, "au2-administrator", width, locale)
    page.click(".audit-rows a[href*='/audit/records/'] >> nth=0")
    expect(page.locator("h1")).to_be_visible()
    assert str(office) not in page.url and "curator" not in page.inner_text("main"), "roles stand in words"
    shoot(page, "au3-role-given", width, locale)
    page.go_back()
    page.click(".page-head .actions a[href*='/reads?show=by']")
    shoot(page, "au4-looked-at", width, locale)
    page.go_back()

    page.click("form.trace-day a[href*='/audit/deeds']")
    expect(page.locator(".audit-chips .btn")).to_have_count(4)
    count = deeds.count()
    shoot(page, "au5-list-of-march", width, locale)
    page.select_option("select[name=format]", "csv")
    page.click("form[action$='/export'] .btn")
    page.wait_for_url("**/audit/exports")
    shoot(page, "au6-export-waits", width, locale)
    due_work.run_due_work(app)
    world.session.rollback()
    page.wait_for_selector("a[download]")
    shoot(page, "au7-export", width, locale)
    with page.expect_download() as saved:
        page.click("main a[download]")
    saved.value.save_as(tmp_path / "march.csv")
    text = (tmp_path / "march.csv").read_text("utf-8-sig")
    assert (
        len(list(csv.reader(text.splitlines(), delimiter=";" if ";" in text.splitlines()[0] else ",")))
        == count + 1
    )
    assert family not in text, "names are hidden in the file too"


@pytest.mark.torture
@pytest.mark.parametrize("width, locale", [DESK, PHONE])
def test_everything_about_an_appeal_from_the_name_to_sheet_dossier_and_seal(
    campus: Campus,
    page: Any,
    fills_in_sign_in: Any,
    sheets: Sheets,
    database: Any,
    tmp_path: Path,
    width: int,
    locale: str,
):
    world = campus.world
    appeals.commission(world)
    appeal = appeals.appeals(world, appeals.signed(world, sheets))
    assert appeals.decided(world, appeal) == "changed"
    correction = appeals.released(world, sheets)
    world.clock.advance(hours=1)
    url = database.url("depter_sealer").replace("+psycopg", "")
    with reports.open_sealer_connection(
        SealerSettings(url, tmp_path / "sealer", "tests/audit")
    ) as connection:
        sealer = seal.Sealer(connection, SealerSettings(url, tmp_path / "sealer", "tests/audit"))
        sealer.begin()
        sealer.seal_round()
    world.session.rollback()
    family = load_names([world.student])[world.student].full.split()[0]
    numbers = [world.case(case).number for case in (appeal, correction)]
    signs_in_as_auditor(campus, page, fills_in_sign_in, width, locale)

    page.click("main a[href$='/audit/cases']")
    page.fill("#f-person", family)
    page.click("form[role=search] .btn-primary")
    for number in numbers:
        expect(page.locator(f".audit-rows a[href$='/audit/cases/{number}']")).to_be_visible()
    assert family not in page.inner_text(".audit-rows")
    shoot(page, "au8-cases-of-student", width, locale)
    page.click(f".audit-rows a[href$='/audit/cases/{numbers[0]}']")
    assert family not in page.inner_text("main")
    shoot(page, "au9-appeal", width, locale)
    page.click(f"main section a[href$='/audit/cases/{numbers[1]}'] >> nth=-1")
    expect(page.locator("h1")).to_contain_text(numbers[1])
    shoot(page, "au10-correction", width, locale)
    page.click(".page-head a[href$='#dossier']")
    with page.expect_download() as saved:
        page.click(".dossier-make .btn:not([data-no-enter])")
    assert numbers[1] in saved.value.suggested_filename
    saved.value.save_as(tmp_path / "dossier.pdf")
    dossier = (tmp_path / "dossier.pdf").read_bytes()
    page.goto(f"{campus.address}/verify")
    page.fill("#code", code_of(dossier).lower())
    page.click("main .btn-primary")
    expect(page.locator(".dossier-check .note-good")).to_be_visible()
    page.set_input_files("#dossier-file", tmp_path / "dossier.pdf")
    page.click("form[enctype] .btn")
    expect(page.locator("form[enctype] .note-good")).to_be_visible()
    assert numbers[1] in page.inner_text("main") and family not in page.inner_text("main")
    shoot(page, "au13-dossier-is-genuine", width, locale)
    page.goto(f"{campus.address}/audit/sheets/{sheets.row().id}")
    row = page.locator("tbody tr", has=page.locator("td:nth-of-type(3) a"))
    expect(row.locator("td a").nth(0)).to_have_text("9 ")
    expect(row.locator("td a").nth(1)).to_have_text("8 ")
    shoot(page, "au11-sheet", width, locale)
    row.locator("td a").first.click()
    page.click(".audit-rows a[href*='/audit/records/'] >> nth=0")
    expect(page.locator(".sealed .state-good")).to_be_visible()
    shoot(page, "au12-record", width, locale)
    with page.expect_download() as proof:
        page.click(".sealed a[download]")
    assert proof.value.suggested_filename.endswith(".json")


@pytest.mark.torture
@pytest.mark.parametrize("width, locale", [PHONE])
def test_a_lawyer_without_an_account_reads_the_guide_and_its_commands(
    campus: Campus, page: Any, width: int, locale: str
):
    ready(page, campus, width, locale)
    page.goto(f"{campus.address}/help/auditor")
    page.click(".guide-contents a[href='#check']")
    expect(page.locator(".guide-shell code", has_text="--kept checkpoint-11.txt")).to_be_visible()
    pictures = page.locator(".guide-picture img")
    for number in range(pictures.count()):
        pictures.nth(number).scroll_into_view_if_needed()
    shoot(page, "au14-guide", width, locale)
