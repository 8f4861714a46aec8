"""The year stands at every date of a page that is a history, a register or printed, whatever year it is read in."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from app.web.core.access_policy import is_every_year_written
from tests.web.browser import Browser
from tests.web.campus import Campus, places

HISTORY = re.compile(
    r"print|history|changes|revisions|comparison$|migration$|calendar_file|documents|register"
)
"""Words in the names of views that say that their page is one of these."""
YEARLESS = re.compile(r"\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)\b(?! \d{4})")
NOT_OPENED = {"feed.download_calendar_file", "groups.documents", "verify.show_dossier_check"}
"""What is opened by a secret, or has no such page for these readers."""
WIDE_READERS = ("academic_office", "auditor", "process_admin", "it_admin", "student")


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    return Campus(app, db_session, clock)


def shown(page: str) -> str:
    """The words of a page, without what the rail and the head of every page say."""
    main = page[page.find("<main") :] if "<main" in page else page
    return html.unescape(re.sub(r"<[^>]+>", " ", main))


def test_histories_prints_and_registers_declare_it(app):
    silent = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if HISTORY.search(view.__name__)
        and any(rule.endpoint == endpoint and "GET" in rule.methods for rule in app.url_map.iter_rules())
        and not is_every_year_written(view)
    }
    assert silent == set(), "declare @writes_every_year above these views"


@pytest.mark.parametrize("part", range(5))
def test_no_date_of_such_a_page_stands_without_its_year(app, campus, part):
    wanted = sorted(
        (
            place
            for place in places(app)
            if place.method == "GET" and is_every_year_written(app.view_functions[place.endpoint])
        ),
        key=str,
    )[part::5]
    opened, dated = set(), set()
    for role in WIDE_READERS:
        browser = Browser(app).enter(campus.near[role])
        for place in wanted:
            answer = campus.visits(browser, place, campus.things, "text/html")
            if answer.status_code != 200:
                continue
            words = shown(answer.text)
            opened.add(place.endpoint)
            dated |= {place.endpoint} if re.search(r"\b20\d\d\b", words) else set()
            assert YEARLESS.findall(words) == [], (place, YEARLESS.search(words))
    assert {place.endpoint for place in wanted} - opened <= NOT_OPENED and dated
