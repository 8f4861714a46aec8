"""Publishing over HTTP: compare, propose, decide; what is refused stays on the page with what was typed (3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.diagrams import versions
from app.diagrams.drafts import create_draft_from_version, save_draft
from app.diagrams.models import DiagramDraft
from app.diagrams.proposal_queries import load_proposal
from app.diagrams.versions import load_published_version_id
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.people.models import ROLES, Account
from tests.support.query_counter import statements
from tests.web.browser import Browser, hidden
from tests.web.campus import Campus

KEY = "late_correction"
WHY = "Кафедра башчысы өргүүдө болгондо мөөнөт өтүп кетет."


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    versions.clear_version_cache()
    yield Campus(app, db_session, clock)
    versions.clear_version_cache()


def enter(campus: Campus, person: Any = None, locale: str = "en") -> Browser:
    return Browser(campus.app, locale).enter(person or campus.near["process_admin"])


def draft(campus: Campus, *changes: tuple[str, str]) -> str:
    """The address of a draft of the late correction with these texts replaced, drawn by the administrator."""
    act, made = Act(campus.near["process_admin"], None, campus.world.clock()), new_id()
    with door.write(act):
        create_draft_from_version(act, made, load_published_version_id(KEY))
    xml = campus.world.session.get(DiagramDraft, made).xml
    for old, new in changes:
        assert old in xml
        xml = xml.replace(old, new, 1)
    with door.write(act):
        save_draft(act, made, 1, xml)
    return f"/processes/drafts/{made}"


def proposed(campus: Campus) -> str:
    """The address of the proposal of the campus: a late entry with another title."""
    return f"/processes/proposals/{campus.things['proposal_id']}"


def test_a_draft_is_proposed_on_a_page_that_shows_check_and_changes(campus):
    place = draft(campus, (">Technical correction after the deadline<", ">Late correction<"))
    browser = enter(campus)
    page = browser.get(f"{place}/propose").text
    assert "The check finds no error" in page and "Late correction" in page and "Title (en)" in page
    answer = browser.post(
        f"{place}/propose", id=hidden(page, "id"), revision=hidden(page, "revision"), why=WHY
    )
    assert answer.status_code == 302
    shown = browser.get(answer.location).text
    assert WHY in shown and "another person has to decide" in shown and "Approve the version" not in shown
    assert browser.get(f"/processes/{KEY}").text.count("waits for a second person") == 1


def test_too_short_a_reason_is_said_at_its_field_and_nothing_typed_is_lost(campus):
    place = draft(campus, (">Technical correction after the deadline<", ">Late correction<"))
    browser = enter(campus)
    page = browser.get(f"{place}/propose").text
    answer = browser.post(
        f"{place}/propose", id=hidden(page, "id"), revision=hidden(page, "revision"), why="short"
    )
    assert answer.status_code == 422
    assert 'id="why-error"' in answer.text and ">short</textarea>" in answer.text
    assert hidden(answer.text, "id") == hidden(page, "id")


def test_a_diagram_that_breaks_the_regulation_has_its_story_and_no_button(campus):
    step = 'depter:form="late_correction.forward_directorate" depter:clause="4.4.2"'
    step += ' depter:deadline="correction.step_sla"'
    place = draft(campus, (f'{step} depter:approves="true"', step))
    browser = enter(campus)
    page = browser.get(f"{place}/propose").text
    assert "verify.approval.missing" in page and "How it comes to this" in page and "clause 4.4.2" in page
    assert "Propose the version" not in page
    refused = browser.post(f"{place}/propose", id=str(new_id()), revision="2", why=WHY)
    assert refused.status_code == 409 and "cannot come into force" in refused.text


def test_a_second_administrator_approves_and_the_first_one_cannot(campus):
    place = proposed(campus)
    page = enter(campus).get(place).text
    approved = enter(campus).post(f"{place}/approve", base=hidden(page, "base"), when="now", reason="")
    assert approved.status_code == 302
    row = load_proposal(campus.things["proposal_id"])
    assert (row.state, row.decided_by) == ("published", campus.near["process_admin"])
    campus.world.session.add(Account(person_id=row.proposed_by, login="proposer", password="never"))
    campus.world.session.commit()
    own = Browser(campus.app, "en").enter(row.proposed_by)
    refused = own.post(f"{place}/return", return_reason="I changed my mind about it.")
    assert refused.status_code == 409 and "another person has to decide" in refused.text


def test_only_process_administrators_propose_and_decide_and_the_others_read(campus):
    place, draft_place = proposed(campus), f"/processes/drafts/{campus.things['draft_id']}"
    for role in ROLES:
        browser = enter(campus, campus.near[role])
        reads = role in (
            "rector",
            "process_admin",
            "auditor",
            "academic_office",
            "it_admin",
            "department_head",
            "programme_head",
            "directorate",
        )
        assert browser.get(place).status_code == (200 if reads else 404), role
        if role != "process_admin":
            assert browser.post(f"{place}/approve", base="", when="now").status_code in (403, 404), role
            assert browser.post(f"{draft_place}/propose", why=WHY).status_code in (403, 404), role
    assert load_proposal(campus.things["proposal_id"]).state == "open"


def test_what_was_decided_meanwhile_is_said_on_the_same_page(campus):
    place = proposed(campus)
    page = enter(campus).get(place).text
    enter(campus).post(f"{place}/return", return_reason="The title is not what the clause says.")
    other = enter(campus, campus.colleague["process_admin"])
    answer = other.post(f"{place}/approve", base=hidden(page, "base"), when="now", reason="Макул")
    assert answer.status_code == 409 and "decided meanwhile" in answer.text
    assert "The title is not what the clause says." in answer.text


@pytest.mark.parametrize("moment", ["", "soon", "2020-01-01T08:00", "9999-12-31T23:59", "2026-13-40T99:99"])
def test_a_moment_that_is_none_is_said_at_its_field(campus, moment):
    place = proposed(campus)
    browser = enter(campus)
    page = browser.get(place).text
    answer = browser.post(
        f"{place}/approve",
        base=hidden(page, "base"),
        when="later",
        effective_at=moment,
        reason="Макул болдум",
    )
    assert answer.status_code == 422 and 'id="effective_at-error"' in answer.text
    assert "Макул болдум" in answer.text and load_proposal(campus.things["proposal_id"]).state == "open"


def test_a_version_is_compared_with_another_in_words_and_drawings(campus):
    place = "/processes/late_entry/compare?before=1&after=2"
    page = enter(campus, locale="ky").get(place).text
    assert "Permission for a late entry" in page and "Late entry" in page
    drawings = enter(campus).get("/processes/late_entry/compare.json?before=1&after=2").json
    assert set(drawings) == {"before", "after"} and drawings["after"]["xml"].startswith("<?xml")
    assert enter(campus).get("/processes/late_correction/compare").status_code == 200
    assert enter(campus).get("/processes/never_was/compare").status_code == 404


def test_marks_tell_what_was_added_removed_and_changed(campus):
    old = 'depter:form="late_correction.release_it" depter:clause="4.4.2"'
    place = draft(campus, (old, old.replace("4.4.2", "4.4.3")))
    marks = enter(campus).get(f"{place}/compare.json").json["after"]["marks"]
    assert marks == {"release_it": "changed"}


def test_a_page_of_a_proposal_costs_few_statements(campus):
    browser = enter(campus)
    browser.get(proposed(campus))
    campus.world.session.rollback()
    with statements() as sent:
        assert browser.get(proposed(campus)).status_code == 200
    assert len(sent) <= 14, sent


def test_every_text_of_the_pages_is_in_the_language_of_the_reader(campus):
    for locale, word in (("ky", "Эмне өзгөрөт"), ("ru", "Что меняется")):
        page = enter(campus, locale=locale).get(proposed(campus)).text
        assert word in page
        main = re.search(r"<main.*?</main>", page, re.DOTALL)
        assert main and "Propose" not in main[0] and "version" not in re.sub(r"<[^>]*>", " ", main[0]).lower()
