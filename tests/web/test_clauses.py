"""A clause on its page and in its dialog: what it says, and how the university has set it with value and source."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from lxml import html

from app.kernel.errors import Refused
from app.kernel.i18n import LOCALES
from app.regulation.clauses import all_clauses, clause_by_number
from app.regulation.models import PolicyRow
from app.regulation.seed import read_seed_policies
from app.texts.policy_names import POLICY_LABELS
from app.web.core.error_pages import render_refusal
from tests.web.browser import Browser
from tests.web.campus import Campus

ROOT = Path(__file__).resolve().parents[2]


def two_lines(text: str) -> tuple[str, str]:
    """The line of the regulation and the line of the setting, as a reader sees them."""
    root = html.document_fromstring(text)
    said, here = root.find_class("clause-says"), root.find_class("clause-here")
    return tuple(" ".join(found[0].text_content().split()) if found else "" for found in (said, here))


def test_a_clause_says_what_the_regulation_says_and_beside_it_what_is_set_here(app, db_session, clock):
    student = Campus(app, db_session, clock).near["student"]
    for locale, law, setting in (
        ("ky", "Жободо: НБ – сабакка катышпоо", "Бул жерде: Дирекция"),
        ("ru", "В положении: НБ – отсутствие", "В Дептере: Отметку ставит система"),
        ("en", "The regulation: НБ means absent", "In Depter: The system sets the mark"),
    ):
        browser = Browser(app, locale).enter(student)
        for answer in (
            browser.get("/clauses/4.2.2"),
            browser.get("/clauses/4.2.2", headers={"X-Fragment": "1"}),
        ):
            said, here = two_lines(answer.text)
            assert said.startswith(law) and here.startswith(setting)


def test_a_setting_is_drawn_from_the_policy_in_force(app, db_session, clock):
    student = Campus(app, db_session, clock).near["student"]
    browser = Browser(app, "en").enter(student)
    before = two_lines(browser.get("/clauses/4.2.4").text)
    assert "Decision of the directorate: 2 working days." in before[1]
    assert "decision about an excuse: 2 working days (default, not confirmed yet)" in before[1]
    assert (
        "submitting a document of an excuse: 3 working days (from the regulation)"
        in two_lines(browser.get("/clauses/4.2.3").text)[1]
    )
    for key, value, measure in (
        ("excuse.decide_term", "7", "working_days"),
        ("excuse.writer", "TEACHER_AFTER_CONFIRMATION", "code"),
        ("workoff.required_excused", "LAB", "code"),
    ):
        db_session.add(
            PolicyRow(
                id=uuid4(),
                key=key,
                unit_id=None,
                value=value,
                measure=measure,
                clause="4.2.4",
                source="default",
                effective_from=clock().date(),
            )
        )
    db_session.commit()
    after = two_lines(browser.get("/clauses/4.2.4").text)
    assert "7 working days" in after[1] and after[0] == before[0]
    assert "The teacher sets the mark" in two_lines(browser.get("/clauses/4.2.2").text)[1]
    made_up = two_lines(browser.get("/clauses/5.2.2").text)[1].casefold()
    assert "laboratory" in made_up and "practical" not in made_up


def test_every_policy_of_a_clause_is_drawn_under_it_whatever_its_value():
    """A setting is no secret: each stands under its clause, each of its choices has a line of its own."""
    hidden = []
    for policy in read_seed_policies():
        if not policy["clause"] or policy["value"] == "0":
            continue
        lines = clause_by_number(policy["clause"]).here
        choices = {line.value for line in lines if line.policy == policy["key"]}
        named = any("{" + policy["key"] + "}" in text for line in lines for text in line.texts.values())
        if not (policy["key"] in POLICY_LABELS or named or (policy["value"] in choices and len(choices) > 1)):
            hidden.append(policy["key"])
    assert hidden == []


def test_every_policy_is_read_by_code_or_by_a_diagram():
    """A setting that nobody reads would promise what does not happen."""
    text_of_product = "".join(
        path.read_text(encoding="utf-8")
        for folder, pattern in (("app", "*.py"), ("workflows", "*.bpmn"))
        for path in (ROOT / folder).rglob(pattern)
        if path != ROOT / "app" / "texts" / "policy_names.py"
    )
    for_own_processes = "request."
    assert [
        one["key"]
        for one in read_seed_policies()
        if one["key"] not in text_of_product and not one["key"].startswith(for_own_processes)
    ] == []


def test_the_page_of_a_refusal_says_both(app, db_session, clock):
    rests_on_a_clause = Refused("journal.correction.not_needed_yet", clause="4.4.1", at=clock())
    rests_on_none = Refused("cases.task.excluded")
    for refusal, lines in ((rests_on_a_clause, True), (rests_on_none, False)):
        with app.test_request_context("/", headers={"Accept-Language": "en", "Accept": "text/html"}):
            app.preprocess_request()
            page, status = render_refusal(refusal)
        said, here = two_lines(page)
        assert status == 409
        assert ("within 3 calendar days" in said, "Any teacher of the journal" in here) == (lines, lines)


def test_all_clauses_and_annexes_stand_on_one_page(app, db_session, clock):
    student = Campus(app, db_session, clock).near["student"]
    for locale in LOCALES:
        page = html.document_fromstring(Browser(app, locale).enter(student).get("/clauses").text)
        assert [term.get("id") for term in page.iter("dt")] == [f"c{one.number}" for one in all_clauses()]
    assert "Annexes" in page.text_content() and "Annex 2" in page.text_content()
    assert Browser(app, "en").enter(student).get("/clauses/9.9").status_code == 404
