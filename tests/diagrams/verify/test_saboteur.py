"""Somebody weakens the late correction (4.4.2): each way is caught, with the story of how it slips through."""

from __future__ import annotations

import pytest
from lxml import etree

from app.bpmn.profile import BPMN_NAMESPACE
from app.diagrams.checking import CheckReport, check_diagram
from app.diagrams.versions import read_shipped_diagrams
from app.kernel.i18n import LOCALES, current_locale, set_current_locale
from app.kernel.settings import SHIPPED_FORMS_DIR, SHIPPED_WORKFLOWS_DIR

LATE = next(
    one
    for one in read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR)
    if one.key == "late_correction"
)
Drawing = etree._Element


@pytest.fixture(autouse=True)
def language():
    before = current_locale()
    set_current_locale("en")
    yield
    set_current_locale(before)


def flow(drawing: Drawing, source: str, target: str) -> Drawing:
    """The sequence flow between two elements."""
    return next(
        one
        for one in drawing.iter(f"{BPMN_NAMESPACE}sequenceFlow")
        if (one.get("sourceRef"), one.get("targetRef")) == (source, target)
    )


def leads(drawing: Drawing, source: str, target: str, to: str) -> None:
    flow(drawing, source, target).set("targetRef", to)


def remove(drawing: Drawing, *elements: str) -> None:
    """Take elements out of the drawing, with the flows, timers, lanes and shapes that name them."""
    for element in list(drawing.iter(etree.Element)):
        names = {
            element.get(name) for name in ("id", "sourceRef", "targetRef", "attachedToRef", "bpmnElement")
        }
        if names & set(elements) or (
            element.tag == f"{BPMN_NAMESPACE}flowNodeRef" and element.text in elements
        ):
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
    kept = {element.get("id") for element in drawing.iter(etree.Element)}
    for element in list(drawing.iter(etree.Element)):
        drawn = element.get("bpmnElement")
        if drawn is not None and drawn not in kept and element.getparent() is not None:
            element.getparent().remove(element)


def without_the_directorate(drawing: Drawing) -> None:
    leads(drawing, "department_head_decided", "forward_directorate", "decide_academic_office")
    remove(
        drawing,
        "forward_directorate",
        "forward_deputy",
        "forward_directorate_late",
        "directorate_decided",
        "rejected_by_directorate",
        "lane_directorate",
    )


def past_it_when_it_is_late(drawing: Drawing) -> None:
    leads(drawing, "forward_directorate_late", "forward_deputy", "decide_academic_office")
    remove(drawing, "forward_deputy")
    for condition in drawing.iter(f"{BPMN_NAMESPACE}conditionExpression"):
        condition.text = (condition.text or "").partition(" or forward_deputy.decision")[0]


def with_a_weaker_condition(drawing: Drawing) -> None:
    passing = flow(drawing, "directorate_decided", "decide_academic_office")
    condition = passing.find(f"{BPMN_NAMESPACE}conditionExpression")
    condition.text = "forward_directorate.decision != 'reject' and forward_deputy.decision != 'reject'"
    first = next(drawing.iter(f"{BPMN_NAMESPACE}sequenceFlow"))
    first.addprevious(passing)  # conditions are tried in the order of the file


def back_behind_the_directorate(drawing: Drawing) -> None:
    leads(drawing, "rework_decided", "endorse_department_head", "decide_academic_office")


SABOTAGE = {
    "the directorate is removed": without_the_directorate,
    "a timer leads round it": past_it_when_it_is_late,
    "a condition is weaker": with_a_weaker_condition,
    "a loop of rework leads behind it": back_behind_the_directorate,
}


def checked(name: str) -> CheckReport:
    drawing = etree.fromstring(LATE.xml.encode())
    SABOTAGE[name](drawing)
    return check_diagram(etree.tostring(drawing), LATE.forms)


@pytest.mark.clause("4.4.2")
@pytest.mark.undriven
@pytest.mark.parametrize("name", SABOTAGE)
def test_every_way_past_the_directorate_is_caught_with_its_story(name):
    report = checked(name)
    assert report.is_sound is False
    found = [one for one in report.findings if one.code == "verify.approval.missing"]
    assert found, [(one.code, one.message) for one in report.findings]
    assert all("4.4.2" in one.message for one in found)
    story = [line.text for line in found[0].story]
    assert "begins" in story[0] and "refuses" in story[-1] and len(story) >= 4


@pytest.mark.parametrize("locale", LOCALES)
def test_the_story_is_told_in_the_language_of_the_reader(locale):
    set_current_locale(locale)
    story = next(one for one in checked("a timer leads round it").findings if one.story).story
    assert {"ky": "Иш башталат", "ru": "Дело начинается", "en": "The case begins"}[locale] in story[0].text
    assert any(line.kind == "fire" for line in story)
