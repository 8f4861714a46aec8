"""Pages of patterns and of the ways of a process: numbers open lists, lists lead on; periods, units, bad input."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.cases.patterns.finding_queries import PATTERNS
from app.diagrams import versions as diagrams
from app.kernel.i18n import LOCALES, load_translations
from app.people.models import RoleGrant
from app.web.patterns.words import FINDING_WORDS, GROUPING_WORDS, OTHER_PERSON_WORDS, PATTERN_WORDS
from tests.cases.test_processes import asks
from tests.support.query_counter import statements
from tests.web.browser import Browser
from tests.web.campus import Campus
from tests.web.test_processes import enter, words

PAGE = "/audit/patterns"
WAYS = "/processes/late_correction"
VERDICT = re.compile(
    r"violat|suspic|fraud|guilt|cheat|abuse|наруш|подозр|мошен|винов|обман|злоупотр|бузуу|бузган|шек|күнөө|алдам|кыянат",
    re.IGNORECASE,
)
"""Words that judge, in three languages."""


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    """A correction that every step approved at once, and one that the head returned and then rejected."""
    diagrams.clear_version_cache()
    made = Campus(app, db_session, clock)
    world = made.world
    made.applied, made.rejected = asks(world, 21), asks(world, 22)
    for actor in (world.head(), world.directorate(), world.office(), world.it()):
        clock.advance(seconds=10)
        actor.approves(made.applied)
    world.head().returns(made.rejected)
    world.teacher().resubmits(made.rejected)
    clock.advance(hours=1)
    world.head().rejects(made.rejected)
    yield made
    diagrams.clear_version_cache()


def follow(browser: Browser, page: Any, label: str) -> Any:
    """The page behind the link with this label."""
    found = re.search(rf'<a[^>]*href="([^"]+)"[^>]*>\s*(?:<[^>]+>\s*)*{re.escape(label)}', page.text)
    assert found, label
    answer = browser.get(html.unescape(found[1]).split("#")[0])
    assert answer.status_code == 200
    return answer


@pytest.mark.clause("1.4.4")
def test_a_number_opens_its_list_and_a_row_leads_to_case_mark_journal_and_person(campus):
    browser = enter(campus, "auditor")
    page = browser.get(PAGE)
    text = words(page)
    assert "These numbers are no verdict." in text
    assert re.search(r"Approvals within seconds 4 ", text) and re.search(r"Marks at night 0 ", text)
    assert "333.3 per 1,000 of 3 entries" in text
    corrections = follow(browser, page, "Corrections per 1,000 entries")
    listed = words(corrections)
    number = campus.world.case(campus.applied).number
    assert "absent present" in listed and f"Case {number}" in listed
    assert f"/people/{campus.world.school.lecturer}" in corrections.text
    assert number in words(follow(browser, corrections, f"Case {number}"))
    follow(browser, corrections, "The mark")
    quick = browser.get(f"{PAGE}/quick_approvals")
    assert words(quick).count("Approved after the task opened, in seconds: 10") == 4
    head = campus.world.people["department_head"]
    assert f"of={head}" in quick.text
    assert words(browser.get(f"{PAGE}/quick_approvals?of={head}")).count("in seconds: 10") == 1
    assert "Nothing of this kind in the period" in words(browser.get(f"{PAGE}/at_night"))


def test_periods_units_and_input_that_nobody_can_mean(campus):
    browser, school = enter(campus, "auditor"), campus.world.school
    assert "Corrections per 1,000 entries 1" in words(browser.get(f"{PAGE}?unit={school.department}"))
    assert "Corrections per 1,000 entries 0" in words(browser.get(f"{PAGE}?unit={school.other_department}"))
    empty = words(browser.get(f"{PAGE}?period=own&from=2026-01-01&to=2026-01-02"))
    assert "Corrections per 1,000 entries 0" in empty and "per 1,000 of" not in empty
    for query, problem in (
        ("period=own&from=2026-10-02&to=2026-10-01", "The last day lies before the first."),
        ("unit=00000000-0000-0000-0000-000000000000", "There is no such unit"),
        ("unit=nonsense", "There is no such unit"),
    ):
        for path in (PAGE, f"{PAGE}/corrections"):
            answer = browser.get(f"{path}?{query}")
            assert answer.status_code == 422 and problem in answer.text, (path, query)
    assert browser.get(f"{PAGE}/corrections?after=nonsense").status_code == 422
    assert browser.get(f"{PAGE}/no_such_pattern").status_code == 404
    assert browser.get(f"{PAGE}/corrections?by=old&of=%27%3B--").status_code == 200
    # An auditor of one unit counts and chooses only it.
    (grant,) = campus.world.session.scalars(
        select(RoleGrant).where(RoleGrant.person_id == campus.near["auditor"])
    )
    grant.unit_id = school.other_department
    campus.world.session.commit()
    own = browser.get(PAGE)
    assert "Corrections per 1,000 entries 0" in words(own) and f'value="{school.department}"' not in own.text
    assert browser.get(f"{PAGE}?unit={school.department}").status_code == 422


def test_the_statements_of_a_page_do_not_grow_with_what_there_is(campus):
    browser, world = enter(campus, "auditor"), campus.world
    paths = [PAGE, f"{PAGE}/corrections", f"{PAGE}/quick_approvals", f"{WAYS}/variants", WAYS]

    def cost() -> list[int]:
        counts = []
        for path in paths:
            browser.get(path)
            with statements() as made:
                assert browser.get(path).status_code == 200
            counts.append(len(made))
        return counts

    before = cost()
    for days in (23, 25):
        case = asks(world, days)
        for actor in (world.head(), world.directorate(), world.office(), world.it()):
            actor.approves(case)
    assert cost() == before


def test_the_page_of_a_process_draws_ways_shares_and_deviations(campus):
    browser = enter(campus, "process_admin")
    page = browser.get(WAYS)
    text = words(page)
    assert "1 case 50 % took no other way" in text and "usually 1 minute" in text
    assert "Endorsement by the head of department repeated" in text and "ended otherwise" in text
    assert "beside the usual path" in text and 'class="share-full"' in page.text
    repeated = browser.get(f"{WAYS}/variants?deviation=repeated:endorse_department_head")
    assert campus.world.case(campus.rejected).number in repeated.text
    assert campus.world.case(campus.applied).number not in repeated.text
    usual = browser.get(f"{WAYS}/variants?way=usual").text
    assert campus.world.case(campus.applied).number in usual
    assert campus.world.case(campus.rejected).number not in usual
    one = re.search(r"variant=([0-9a-f]{32})", page.text)[1]
    assert browser.get(f"{WAYS}/variants?variant={one}").status_code == 200
    assert "No case here" in words(browser.get(f"{WAYS}/variants?variant={'0' * 32}"))
    painted = {
        step["id"]: step["level"]
        for step in browser.get(f"{WAYS}/diagram.json?paint=deviating").json["steps"]
        if step["level"]
    }
    assert painted == {"endorse_department_head": 4, "rework_teacher": 4}
    # A process none of whose cases has ended, and a period before all of them.
    assert "No case ended in this period" in words(browser.get("/processes/appeal"))
    old = words(browser.get(f"{WAYS}?period=own&from=2026-01-01&to=2026-01-02"))
    assert "No case ended in this period" in old
    assert browser.get(f"{WAYS}/variants?period=own&from=2026-10-02&to=2026-10-01").status_code == 422
    # Only who may download it finds the event log.
    assert "event-log" in page.text and "event-log" not in enter(campus, "rector").get(WAYS).text


def test_every_pattern_has_words_and_opens_a_list_of_as_many_rows(campus):
    browser = enter(campus, "auditor")
    numbers = dict(
        re.findall(rf'href="{PAGE}/(\w+)"\s[^>]*aria-label="[^"]*: (\d+)"', browser.get(PAGE).text)
    )
    assert set(numbers) == set(PATTERNS) and any(int(one) > 1 for one in numbers.values())
    for name, query in PATTERNS.items():
        for grouping in query.groupings:
            page = browser.get(f"{PAGE}/{name}?by={grouping}")
            assert page.status_code == 200, name
        assert page.text.count('<li class="row">') == int(numbers[name]), name


@pytest.mark.parametrize("locale", LOCALES)
def test_no_word_of_a_pattern_is_a_verdict(locale):
    said = load_translations(locale).gettext
    texts = [part for one in PATTERN_WORDS.values() for part in (one.title, one.about)]
    for text in (*texts, *FINDING_WORDS.values(), *OTHER_PERSON_WORDS.values(), *GROUPING_WORDS.values()):
        assert not VERDICT.search(said(text)), said(text)
