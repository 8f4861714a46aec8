"""Two versions side by side: every attribute of the vocabulary that differs is told, and nothing else."""

from __future__ import annotations

import json

import pytest
from lxml import etree

from app.bpmn.parse import parse_diagram
from app.bpmn.profile import BPMN_NAMESPACE, DEPTER_ATTRIBUTES, DEPTER_NAMESPACE
from app.bpmn.reader import BpmnReader
from app.bpmn.safe_xml import parse_xml
from app.diagrams.comparison import ElementChange, compare_diagrams, find_moved_or_resized_elements
from app.diagrams.versions import ShippedDiagram, read_shipped_diagrams
from app.forms.form_file import parse_form
from app.kernel.settings import SHIPPED_FORMS_DIR, SHIPPED_WORKFLOWS_DIR

ALL = {one.key: one for one in read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR)}
LATE = ALL["late_correction"]
OTHER_VALUE = {
    "clause": "4.4.3",
    "start": "late_entry",
    "starters": "student",
    "role": "curator",
    "scope": "start.student_institute",
    "form": "late_correction.release_it",
    "deadline": "correction.release",
    "approves": "false",
    "assign": "requester",
    "rework": "true",
    "anchor": "start.since",
    "operation": "journal.publish_commission",
    "outcome": "elsewhere",
    "result": "neutral",
    "policy": "correction.release",
}
SHOWN_AS = {"policy": "deadline"}


def compared(before: str, after: str, forms: dict[str, str] | None = None) -> tuple[ElementChange, ...]:
    read = {name: parse_form(text.encode()) for name, text in LATE.forms.items()}
    changed = {name: parse_form(text.encode()) for name, text in (forms or LATE.forms).items()}
    return compare_diagrams(parse_diagram(before.encode()), parse_diagram(after.encode()), read, changed)


def told(changes: tuple[ElementChange, ...]) -> list[tuple[str, str, str, list[str]]]:
    return [(one.kind, one.group, one.element, [value.attribute for value in one.values]) for one in changes]


@pytest.mark.parametrize("diagram", ALL.values(), ids=ALL)
def test_a_version_does_not_differ_from_itself(diagram: ShippedDiagram):
    model = parse_diagram(diagram.xml.encode())
    forms = {name: parse_form(text.encode()) for name, text in diagram.forms.items()}
    assert compare_diagrams(model, model, forms, forms) == ()
    assert find_moved_or_resized_elements(diagram.xml.encode(), diagram.xml.encode()) == frozenset()


@pytest.mark.parametrize(
    ("tag", "attribute"), [(tag, name) for tag, names in DEPTER_ATTRIBUTES.items() for name in names]
)
def test_each_attribute_of_the_vocabulary_that_differs_is_told(tag, attribute):
    drawing = etree.fromstring(LATE.xml.encode())
    named = {"userTask": "endorse_department_head", "endEvent": "applied"}
    elements = list(drawing.iter(f"{BPMN_NAMESPACE}{tag}"))
    element = next(one for one in elements if one.get("id") == named.get(tag, one.get("id")))
    owner = element.getparent() if tag == "timerEventDefinition" else element
    name = f"{DEPTER_NAMESPACE}{attribute}"
    if OTHER_VALUE[attribute]:
        element.set(name, OTHER_VALUE[attribute])
    else:
        element.attrib.pop(name)
    changes = compared(LATE.xml, etree.tostring(drawing, encoding="unicode"))
    of_it = [one for one in changes if one.element == owner.get("id")]
    assert [value.attribute for one in of_it for value in one.values] == [SHOWN_AS.get(attribute, attribute)]


def test_a_title_a_condition_and_an_input_are_told():
    after = (
        LATE.xml.replace(">Referral by the directorate<", ">Forwarding by the directorate<")
        .replace("release_it.decision == 'return' or", "release_it.decision in ['return', 'again'] or")
        .replace('variable="rework_teacher.change_set start.change_set"', 'variable="start.change_set"')
    )
    changes = compared(LATE.xml, after)
    assert {(one.group, value.attribute) for one in changes for value in one.values} == {
        ("task", "titles"),
        ("flow", "condition"),
        ("service", "input change_set"),
    }
    titles = next(value for one in changes if one.group == "task" for value in one.values)
    assert (titles.before["en"], titles.after["en"]) == (
        "Referral by the directorate",
        "Forwarding by the directorate",
    )


def test_an_element_more_and_one_less_are_told_with_their_flows():
    drawing = etree.fromstring(LATE.xml.encode())
    process = drawing.find(f"{BPMN_NAMESPACE}process")
    for element in list(process.iter()):
        if "release_it_late" in (element.get("id"), element.get("sourceRef"), element.text):
            element.getparent().remove(element)
    after = etree.tostring(drawing, encoding="unicode")
    lost = {(one.kind, one.group) for one in _without_findings(LATE.xml, after)}
    assert ("removed", "timer") in lost and ("removed", "flow") in lost
    gained = {(one.kind, one.group) for one in _without_findings(after, LATE.xml)}
    assert ("added", "timer") in gained and ("added", "flow") in gained


def _without_findings(before: str, after: str) -> tuple[ElementChange, ...]:
    """Compare drawings of which one may not be publishable: read without the checks of the parser."""
    models = [BpmnReader(parse_xml(xml.encode()), []).read_model("") for xml in (before, after)]
    assert models[0] is not None and models[1] is not None
    return compare_diagrams(models[0], models[1], {}, {})


def test_what_only_moved_on_the_canvas_is_told_apart():
    drawing = etree.fromstring(LATE.xml.encode())
    shape = next(one for one in drawing.iter() if one.get("bpmnElement") == "release_it")
    bounds = shape[0]
    bounds.set("x", str(float(bounds.get("x")) + 40))
    after = etree.tostring(drawing, encoding="unicode")
    assert compared(LATE.xml, after) == ()
    assert find_moved_or_resized_elements(LATE.xml.encode(), after.encode()) == {"release_it"}


def test_forms_are_compared_field_by_field():
    name = "late_correction.release_it"
    form = json.loads(LATE.forms[name])
    decision, reason = form["components"][0], form["components"][1]
    decision["texts"]["values"]["return"]["en"] = "Back"
    decision["values"] = decision["values"][:1]
    reason["validate"]["minLength"] = 50
    form["components"] = [reason, decision, {**reason, "key": "second"}]
    forms = {**LATE.forms, name: json.dumps(form)}
    (change,) = compared(LATE.xml, LATE.xml, forms)
    assert (change.kind, change.group, change.element) == ("changed", "form", name)
    assert [value.attribute for value in change.values] == [
        "field reason min_length",
        "field decision value return",
        "field second",
        "order",
    ]
    removed = compared(LATE.xml, LATE.xml, {key: text for key, text in LATE.forms.items() if key != name})
    assert told(removed) == [("removed", "form", name, [])]
