"""The pictures of the guide for auditors, taken from the room in each language: `make pictures`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.kernel.i18n import LOCALES
from app.sealer import reports, run, seal
from app.sealer.settings import SealerSettings
from tests.browser.conftest import Campus
from tests.browser.test_guide_pictures import DENSITY, Photographer
from tests.cases.test_patterns import corrects, graded
from tests.web.test_dossiers import code_of

pytestmark = [pytest.mark.browser, pytest.mark.pictures]


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "device_scale_factor": DENSITY}


@pytest.mark.parametrize("locale", LOCALES)
def test_pictures_of_the_room(
    campus: Campus, page: Any, sign_in: Any, database: Any, tmp_path: Path, locale: str
) -> None:
    world, shows = campus.world, Photographer(page, locale)
    campus.admits("auditor", world.hires("auditor", None))
    for days_ago in range(22, 40):
        graded(world, "80", days_ago)
    lesson = graded(world, "58")
    corrects(world, lesson, 1, "75", seconds=(12, 15))
    world.clock.advance(days=2)
    number = world.case(corrects(world, lesson, 2, "90")).number
    _seal(database, tmp_path)
    world.clock.advance(hours=20)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.set_default_timeout(15_000)
    page.context.add_cookies([{"name": "locale", "value": locale, "url": campus.address}])
    sign_in("auditor", "/audit/deeds?old=75&new=90")
    page.click("a[href*='/audit/cells/'] >> nth=0")
    shows.takes("auditor_mark")
    page.click(".trace-life a[href*='/audit/records/'] >> nth=0")
    shows.takes("auditor_record", "section[aria-labelledby=values-title]")
    page.goto(f"{campus.address}/audit/seals")
    shows.takes("auditor_seals")
    page.goto(f"{campus.address}/audit/patterns")
    shows.takes("auditor_patterns")
    page.goto(f"{campus.address}/audit/cases/{number}")
    page.click(".page-head a[href$='#dossier']")
    with page.expect_download() as saved:
        page.click(".dossier-make .btn:not([data-no-enter])")
    saved.value.save_as(tmp_path / "dossier.pdf")
    page.goto(f"{campus.address}/verify/{code_of((tmp_path / 'dossier.pdf').read_bytes())}")
    page.set_viewport_size({"width": 720, "height": 900})
    shows.takes("auditor_verify", "body")


def _seal(database: Any, folder: Path) -> None:
    """Sign a checkpoint over everything that was recorded."""
    url = database.url("depter_sealer").replace("+psycopg", "")
    settings = SealerSettings(url, folder / "sealer", "journal.university.kg/audit")
    with reports.open_sealer_connection(settings) as connection:
        sealer = seal.Sealer(connection, settings)
        sealer.begin()
        sealer.seal_round()
        reports.report_status(connection, "journal", run.WORKING)
