"""A process nobody knew is worded by its own diagram and forms: outcomes by end events, decisions by form labels."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from app.bpmn.model import REFUSED
from app.bpmn.parse import parse_diagram
from app.diagrams.versions import PublishedDiagram, read_shipped_diagrams
from app.forms.form_file import parse_form
from app.kernel.i18n import current_locale, set_current_locale
from app.notices.texts import compose_notice_text
from app.web.cases.case_drawing import case_diagram_json
from app.web.labels.case_progress import decision_target_texts, progress_point_views
from app.web.labels.cases import (
    case_state_label,
    classify_outcome_for_requester,
    decision_or_choice_label,
    history_event_view,
)
from tests.scenarios.world import ROOT

AT = datetime(2026, 10, 14, 9, tzinfo=UTC)
STEP = "decide_directorate"


@pytest.fixture(autouse=True)
def language() -> Any:
    before = current_locale()
    set_current_locale("en")
    yield
    set_current_locale(before)


def _without_reject(text: str) -> str:
    """The form with another decision in its place, for which no shared word says how it reads once it was made."""
    form = json.loads(text.replace('"reject"', '"turn_away"'))
    for component in form["components"]:
        component["texts"].get("decided", {}).pop("turn_away", None)
    return json.dumps(form)


@pytest.fixture
def published() -> PublishedDiagram:
    """Late entry with a decision and an outcome that no line of Python names."""
    (late,) = [
        one for one in read_shipped_diagrams(ROOT / "workflows", ROOT / "forms") if one.key == "late_entry"
    ]
    xml = late.xml.replace("'reject'", "'turn_away'").replace('outcome="rejected"', 'outcome="turned_away"')
    forms = {name: parse_form(_without_reject(text).encode()) for name, text in late.forms.items()}
    made: Any = SimpleNamespace(xml=xml, model=parse_diagram(xml.encode()), forms=forms)
    return made  # type: ignore[no-any-return]


def entry(**values: Any) -> Any:
    plain = {
        "kind": "completed",
        "element": STEP,
        "decision": None,
        "answers": {},
        "name": "A.",
        "at": AT,
        "opened": (),
        "words": "",
        "words_withheld": False,
        "behalf": "",
        "clause": None,
        "reset": None,
        "start_variables": {},
    }
    return SimpleNamespace(**{**plain, **values})


def test_the_outcome_is_worded_by_its_end_event(published):
    assert case_state_label("done", "turned_away", published) == "Rejected"
    assert classify_outcome_for_requester(published.model, "turned_away") == REFUSED
    assert case_state_label("open", None, published) == "in progress"


def test_without_its_diagram_a_case_is_just_finished(published):
    assert case_state_label("done", "turned_away", None) == "finished"
    assert case_state_label("done", "cancelled", None) == "there was no absence"
    assert case_state_label("strange", None, None) == "strange"


def test_the_decision_is_worded_by_its_form(published):
    assert decision_or_choice_label(entry(decision="turn_away"), published, "en") == "Reject"
    assert decision_or_choice_label(entry(decision="approve"), published, "en") == "Approved", (
        "the word for a decision made"
    )


def test_a_decision_the_form_does_not_know_is_its_code_and_not_the_header_of_the_catalogue(published):
    assert decision_or_choice_label(entry(decision="levitate"), published, "en") == "levitate"
    assert decision_or_choice_label(entry(decision="levitate"), None, "en") == "levitate"
    assert history_event_view(entry(decision="levitate"), published, {}, "en").title.endswith(": levitate")


def test_the_line_of_steps_shows_it_as_a_refusal(published):
    thread = [entry(kind="started", element=None), entry(decision="turn_away")]
    steps = progress_point_views(published, thread, [], "done", "turned_away", "en")
    assert [(step.state, step.label) for step in steps][-1] == ("rejected", "Rejected")
    assert history_event_view(thread[1], published, {}, "en").kind == "rejected"
    assert decision_target_texts(published, STEP, "en")["turn_away"] == "ends: Rejected"


def test_the_path_drawn_is_the_one_that_the_decisions_took(published):
    """A way back that the gateway offers is not painted, neither before a step is left nor after another decision."""
    head = "endorse_department_head"
    begun = [entry(kind="started", element=None)]
    assert case_diagram_json(published, begun, [head])["path"] == ["request_made"]
    passed = [*begun, entry(element=head, decision="approve")]
    assert case_diagram_json(published, passed, [STEP])["path"] == [
        "request_made",
        "head_answered",
        "head_approved",
    ]


@pytest.mark.parametrize("locale", ["ky", "ru", "en"])
def test_the_letter_says_how_it_ended(published, locale):
    end = dict(published.model.find_end_with_outcome("turned_away").titles)
    params = {"number": "OT-1", "outcome": "turned_away", "end": end}
    assert end[locale] in compose_notice_text("cases.case.ended", params, locale).title
