"""The pages of deadlines and settings: everybody reads, the academic office proposes, a second person decides."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from app.diagrams import versions
from app.kernel.clock import local_day
from app.kernel.ids import new_id
from app.people.models import Account
from app.regulation.policy_list import open_questions, policy_descriptions
from tests.regulation.test_policy_changes import in_force, proposes
from tests.scenarios.world import World
from tests.web.browser import Browser, hidden

PAGE = "/policies/correction.step_sla"


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


@pytest.fixture
def office(world, app):
    return enters(world, app, world.people["academic_office"])


def enters(world, app, person) -> Browser:
    world.session.merge(Account(person_id=person, login=str(person), password="never"))
    world.session.commit()
    return Browser(app).enter(person)


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(answer.text)).split())


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of the form that proposes what was previewed."""
    form = page[page.index(f'action="{PAGE}"') :]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found if name != "csrf_token"}


def previews(browser, world, value="2", **more):
    browser.get(PAGE)
    day = local_day(world.clock()).isoformat()
    given = {"value": value, "effective_from": day, "document": "Order 12", "reason": "Asked", **more}
    return browser.post(f"{PAGE}/preview", **given)


def test_the_list_shows_each_setting_with_clause_value_and_source_and_filters(world, office):
    page = office.get("/policies")
    assert page.text.count('href="/policies/') == len(policy_descriptions()) + 1
    shown = text_of(page)
    left_open = [
        one for one in policy_descriptions().values() if one.source == "default" and not one.elsewhere
    ]
    assert f"Confirmed by the university: 0 of {len(left_open)}" in shown
    assert "5.3.1 14 calendar days from the regulation" in shown.replace("§ ", "").replace("§", "")
    found = office.get("/policies?q=visas").text + office.get("/policies?q=endorse").text
    assert "the head and the directorate endorse it" in found
    only = office.get("/policies?state=unconfirmed").text
    assert "/policies/workoff.term" not in only and "/policies/workoff.accept_term" in only
    assert "No setting found" in office.get("/policies?q=zzzz").text


@pytest.mark.parametrize("role", ["student", "directorate", "it_admin"])
def test_others_read_without_forms_and_cannot_propose(world, app, role):
    person = world.student if role == "student" else world.people[role]
    browser = enters(world, app, person)
    page = browser.get(PAGE)
    assert page.status_code == 200 and "/preview" not in page.text
    assert "one step of a correction" in page.text and "Correction after the deadline" in page.text
    assert browser.get("/policies").status_code == 200
    assert "Save the answer" not in browser.get("/policies/questions").text
    for path in ("/preview", "", "/decide", "/withdraw"):
        assert browser.post(PAGE + path, value="2", change=str(new_id())).status_code == 404


def test_what_would_move_is_seen_before_it_is_proposed_and_before_it_is_decided(world, app, office):
    case = world.teacher().requests_correction()
    number = world.case(case).number
    preview = previews(office, world)
    assert "1 open deadline would move." in preview.text and number in preview.text
    assert in_force(world).value == "1", "a preview writes nothing"
    fields = hidden_fields(preview.text)
    sent = office.post(PAGE, **fields)
    assert sent.status_code == 302
    assert office.post(PAGE, **fields).status_code == 302, "a repeat is harmless"
    own = office.get(PAGE).text
    assert "Withdraw this change?" in own and 'value="approve"' not in own and "/preview" not in own
    second = enters(world, app, world.people["academic_office_deputy"])
    assert "your decision" in second.get("/policies").text
    page = second.get(PAGE).text
    assert "1 open deadline would move." in page and "Asked" in page
    student = enters(world, app, world.student).get(PAGE).text
    assert "Order 12" in student and "Asked" not in student and number not in student
    change = hidden(page, "change")
    without = second.post(f"{PAGE}/decide", change=change, decision="reject", words="")
    assert without.status_code == 422 and 'id="words-error"' in without.text
    assert second.post(f"{PAGE}/decide", change=change, decision="approve").status_code == 302
    assert in_force(world).value == "2"
    after = text_of(second.get(PAGE))
    assert "decided by the university: Order 12" in after and "in force" in after
    assert "1 working day → 2" not in after
    moved = text_of(second.get(f"/calendar/changes?change={change}"))
    assert "one step of a correction: 1 → 2" in moved


def test_a_value_is_confirmed_as_it_is(world, office):
    preview = previews(office, world, value=in_force(world).value)
    assert preview.status_code == 200 and "stays: 1 working day" in text_of(preview)
    assert office.post(PAGE, **hidden_fields(preview.text)).status_code == 302
    assert "stays: 1 working day" in text_of(office.get("/policies")) and "stays: 1" in text_of(
        office.get(PAGE)
    )


def test_a_refused_form_names_the_field_and_keeps_what_was_typed(world, office):
    for given, field in (
        ({"value": "99"}, "value"),
        ({"effective_from": "2020-01-01"}, "effective_from"),
        ({"effective_from": "soon"}, "effective_from"),
        ({"document": ""}, "document"),
        ({"reason": " "}, "reason"),
    ):
        answer = previews(office, world, **given)
        assert answer.status_code == 422 and f'id="{field}-error"' in answer.text, field
    assert 'value="Order 12"' in previews(office, world, value="99").text


def test_what_the_regulation_says_and_what_has_its_own_page_have_no_form(office):
    said = office.get("/policies/workoff.term").text
    assert "only with a new edition" in said and "/preview" not in said
    refused = office.post(
        "/policies/workoff.term/preview",
        value="20",
        effective_from="2027-01-01",
        document="Order 1",
        reason="Longer",
    )
    assert refused.status_code == 409 and "5.3.1" in refused.text
    scheme = office.get("/policies/grading.scheme").text
    assert "/schemes" in scheme and "/preview" not in scheme
    assert office.get("/policies/never.was").status_code == 404


def test_several_choices_are_ticked_and_none_is_an_answer_too(world, office):
    page = office.get("/policies/workoff.required_excused").text
    assert re.findall(r'value="(LECTURE|PRACTICE|LAB)"\s*(checked)?', page) == [
        ("LECTURE", ""),
        ("PRACTICE", "checked"),
        ("LAB", "checked"),
    ]
    day = (local_day(world.clock()) + timedelta(days=1)).isoformat()
    preview = office.post(
        "/policies/workoff.required_excused/preview", effective_from=day, document="Order 3", reason="Less"
    )
    assert preview.status_code == 200 and "<ins>none</ins>" in preview.text


def test_the_checklist_is_answered_by_the_office_with_a_document(world, app, office):
    page = office.get("/policies/questions").text
    assert page.count('id="q-') == len(open_questions())
    form = page[page.index("/policies/questions/roll_start") :]
    sent = office.post(
        "/policies/questions/roll_start", id=hidden(form, "id"), answer="From its end", document="Order 14"
    )
    assert sent.status_code == 302
    bad = office.post("/policies/questions/roll_start", id=str(new_id()), question="roll_start", answer="x")
    assert bad.status_code == 422 and 'id="document-error"' in bad.text
    shown = text_of(enters(world, app, world.student).get("/policies/questions"))
    assert "From its end" in shown and f"Answered: 1 of {len(open_questions())}" in shown
    left = office.get("/policies/questions?state=open").text
    assert left.count('id="q-') == len(open_questions()) - 1


def test_a_withdrawn_change_leaves_the_form_again(world, office):
    change = proposes(world.office())
    assert office.post(f"{PAGE}/withdraw", change=str(change)).status_code == 302
    page = office.get(PAGE).text
    assert "/preview" in page and "withdrawn" in page
