"""A faulty diagram is found out before it is published: each name, each rule, each diagram."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from lxml import etree

from app.bpmn.parse import parse_diagram
from app.bpmn.profile import DEPTER_NAMESPACE
from app.diagrams.errors import DiagramsRefused
from app.diagrams.lint import LINT_RULES, lint_diagram
from app.diagrams.lint.context import read_form_cached
from app.diagrams.lint.severity import WARNING_CODES
from app.diagrams.versions import ShippedDiagram, diagram_problems_by_key, read_shipped_diagrams
from app.kernel.settings import PROJECT_DIR, SHIPPED_FORMS_DIR, SHIPPED_WORKFLOWS_DIR
from tests.support import certificate

ALL = {one.key: one for one in read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR)}
IN_OTHER_TESTS = {"diagrams.key.twice", "diagrams.gateway.not_explored"}
NO_RULES = {
    "__init__",
    "context",
    "messages",
    "severity",
    "branch_values",
    "branch_walk",
    "repairs",
    "readable_ids",
}
"""Files of the folder that are not rules."""
NOBODY_KNOWS = {
    "start": ("diagrams.start.unknown", "begin_nothing"),
    "operation": ("diagrams.operation.unknown", "journal.erase_everything"),
    "form": ("diagrams.form.missing", "nowhere.at_all"),
    "deadline": ("diagrams.policy.unknown", "nowhere.term"),
    "policy": ("diagrams.policy.unknown", "nowhere.term"),
    "role": ("diagrams.role.unknown", "dean"),
    "scope": ("diagrams.scope.unknown", "start.nowhere"),
    "assign": ("diagrams.person.unknown", "start.nobody"),
    "anchor": ("diagrams.anchor.unknown", "start.never"),
    "clause": ("diagrams.clause.unknown", "99.9"),
}
"""Attributes of the vocabulary that name something, the finding for a wrong name, and a wrong name."""


def named(drawing: etree._Element, attribute: str) -> list[etree._Element]:
    """The elements of a drawing that name something by this attribute."""
    found = [element for element in drawing.iter(etree.Element) if element.get(DEPTER_NAMESPACE + attribute)]
    return [
        element
        for element in found
        if element.get(DEPTER_NAMESPACE + attribute) not in ("requester", "deputy")
    ]


def codes(diagram: ShippedDiagram) -> list[str]:
    return [finding.code for finding in lint_diagram(parse_diagram(diagram.xml.encode()), diagram.forms)]


@pytest.mark.parametrize("key", ALL)
def test_a_shipped_diagram_names_only_what_there_is(key):
    assert lint_diagram(parse_diagram(ALL[key].xml.encode()), ALL[key].forms) == []


@pytest.mark.parametrize("key", ALL)
def test_each_name_of_a_shipped_diagram_is_looked_at(key):
    """Break every name of one kind: a finding for each of them, with its line, its element and the wrong name."""
    for attribute, (code, wrong) in NOBODY_KNOWS.items():
        drawing = etree.fromstring(ALL[key].xml.encode())
        elements = named(drawing, attribute)
        for element in elements:
            element.set(DEPTER_NAMESPACE + attribute, wrong)
        if elements:
            found = lint_diagram(parse_diagram(etree.tostring(drawing)), ALL[key].forms)
            hits = [finding for finding in found if finding.code == code and wrong in finding.params.values()]
            wanted = len({element.get("id") for element in elements} if attribute != "form" else elements)
            assert len(hits) == wanted and all(finding.line and finding.element for finding in hits), (
                attribute
            )


def test_every_attribute_that_names_something_occurs():
    drawings = [etree.fromstring(one.xml.encode()) for one in ALL.values()]
    assert {name for name in NOBODY_KNOWS if any(named(drawing, name) for drawing in drawings)} == set(
        NOBODY_KNOWS
    )


def rewritten(key: str, old: str, new: str) -> ShippedDiagram:
    assert old in ALL[key].xml, old
    return replace(ALL[key], xml=ALL[key].xml.replace(old, new))


def reformed(key: str, form: str, change: Callable[[str], str]) -> ShippedDiagram:
    forms = dict(ALL[key].forms)
    forms[form] = change(forms[form])
    return replace(ALL[key], forms=forms)


def general(start: str, starters: str, form_of: str = "") -> ShippedDiagram:
    """A process that no code knows, with a general start; its forms are those for another start."""
    xml = certificate.drawing(start, starters).replace(' depter:starters=""', "")
    return ShippedDiagram(certificate.KEY, xml, certificate.forms(form_of or start))


def without_form(key: str, form: str) -> ShippedDiagram:
    return replace(ALL[key], forms={name: text for name, text in ALL[key].forms.items() if name != form})


def stripped(key: str, pattern: str, new: str = "", count: int = 0) -> ShippedDiagram:
    """The diagram with every place of a pattern replaced, or the first `count` of them."""
    xml, places = re.subn(pattern, new, ALL[key].xml, count=count, flags=re.DOTALL)
    assert places, pattern
    return replace(ALL[key], xml=xml)


def half_written() -> ShippedDiagram:
    """A form with every kind of fault that a field can have."""
    name = "late_correction.forward_directorate"
    form = json.loads(ALL["late_correction"].forms[name])
    decision, reason = form["components"]
    words = dict.fromkeys(("ky", "ru", "en"), "Сөз")
    decision["values"].append(decision["values"][0])
    decision["texts"]["values"]["approve"] = {"ky": "Макул", "ru": "", "en": "Yes"}
    reason["validate"] = {"minLength": 9, "maxLength": 3}
    reason["requiredWhen"] = {"decision": ["never"]}
    ground = {"key": "ground", "type": "select", "texts": {"label": {"ky": "Негиз"}}}
    token = {"key": "token", "type": "textfield", "texts": {"label": words, "description": {"ru": "Слово"}}}
    form["components"] += [ground, token, token]
    return reformed("late_correction", name, lambda _: json.dumps(form))


CASES = {
    "a form that is half written": (
        half_written,
        {
            "diagrams.field.label_missing",
            "diagrams.field.help_missing",
            "diagrams.field.answer_missing",
            "diagrams.field.twice",
            "diagrams.field.answer_twice",
            "diagrams.field.no_answers",
            "diagrams.field.answer_unknown",
            "diagrams.field.limits",
            "diagrams.field.reserved",
        },
    ),
    "an answer that no list offers": (
        lambda: rewritten(
            "late_correction",
            "endorse_department_head.decision == 'approve'",
            "endorse_department_head.decision == 'approve' and start.error_kind != 'nothing'",
        ),
        {"diagrams.value.unknown"},
    ),
    "a general start for a process of the menu": (
        lambda: rewritten(
            "excuse_entry", 'start="excuse_entry"', 'start="about_me" depter:starters="teacher"'
        ),
        {
            "diagrams.start.own",
            "diagrams.variable.unknown",
            "diagrams.scope.unknown",
            "diagrams.person.unknown",
        },
    ),
    "starters of a start that has its own": (
        lambda: rewritten("late_entry", 'start="late_entry"', 'start="late_entry" depter:starters="teacher"'),
        {"diagrams.starters.fixed"},
    ),
    "a general start without starters": (lambda: general("about_me", ""), {"diagrams.starters.missing"}),
    "a starter whom the start does not allow": (
        lambda: general("about_a_student", "student"),
        {"diagrams.starters.not_allowed"},
    ),
    "a start about a student whose form asks for nobody": (
        lambda: general("about_a_student", "teacher", "about_me"),
        {"diagrams.form.subject_missing"},
    ),
    "a start about oneself whose form asks for a unit": (
        lambda: general("about_me", "teacher", "about_a_unit"),
        {"diagrams.form.subject_not_asked"},
    ),
    "a start of another diagram": (
        lambda: rewritten("late_entry", 'depter:start="late_entry"', 'depter:start="late_correction"'),
        {"diagrams.start.of_another", "diagrams.variable.unknown"},
    ),
    "a parameter nobody asked for": (
        lambda: rewritten("late_correction", 'input name="change_set"', 'input name="changes"'),
        {"diagrams.input.unknown", "diagrams.input.missing"},
    ),
    "a start variable that is not there": (
        lambda: rewritten("late_correction", "start.change_set", "start.changes"),
        {"diagrams.variable.unknown"},
    ),
    "a field the form has not": (
        lambda: rewritten("late_correction", "rework_teacher.change_set", "rework_teacher.changes"),
        {"diagrams.variable.unknown"},
    ),
    "prose is no variable": (
        lambda: rewritten(
            "late_correction", "endorse_department_head.decision ==", "endorse_department_head.reason =="
        ),
        {"diagrams.variable.unknown"},
    ),
    "a decision the form does not offer": (
        lambda: rewritten(
            "late_correction",
            "endorse_department_head.decision == 'approve'",
            "endorse_department_head.decision == 'ok'",
        ),
        {"diagrams.value.unknown", "diagrams.gateway.uncovered"},
    ),
    "an outcome the operation has not": (
        lambda: rewritten("late_correction", "'applied'", "'aplied'"),
        {"diagrams.value.unknown", "diagrams.gateway.uncovered"},
    ),
    "a unit in place of a person": (
        lambda: rewritten("excuse_entry", 'assign="start.teacher"', 'assign="start.discipline_department"'),
        {"diagrams.person.unknown"},
    ),
    "a person in place of a moment": (
        lambda: rewritten("makeup", 'anchor="start.absent_at"', 'anchor="start.student"'),
        {"diagrams.anchor.unknown"},
    ),
    "a choice in place of a term": (
        lambda: rewritten("late_correction", "correction.step_sla", "caltime.roll"),
        {"diagrams.policy.no_term"},
    ),
    "no form to begin with": (
        lambda: without_form("late_correction", "late_correction.start"),
        {"diagrams.form.missing"},
    ),
    "a form that is no JSON": (
        lambda: reformed("late_correction", "late_correction.release_it", lambda text: text[:-5]),
        {"diagrams.form.unreadable"},
    ),
    "a field of an unknown kind": (
        lambda: reformed(
            "late_correction", "late_correction.release_it", lambda text: text.replace('"radio"', '"wheel"')
        ),
        {"diagrams.form.unreadable"},
    ),
    "a subject the menu does not make": (
        lambda: reformed(
            "makeup", "makeup.assign_teacher", lambda text: text.replace('"makeup_task"', '"homework"')
        ),
        {"diagrams.form.subject_unknown"},
    ),
    "a subject for a decision nobody can take": (
        lambda: reformed(
            "makeup",
            "makeup.assign_teacher",
            lambda text: re.sub(r'("subjectWhen":\s*\[\s*)"assign"', r'\1"allot"', text),
        ),
        {"diagrams.form.decision_unknown"},
    ),
    "a field that depends on none": (
        lambda: reformed(
            "late_correction",
            "late_correction.release_it",
            lambda text: re.sub(r'("requiredWhen":\s*\{\s*)"decision"', r'\1"verdict"', text),
        ),
        {"diagrams.form.field_unknown"},
    ),
    "a step without a form": (
        lambda: stripped("excuse_entry", r' depter:form="[^"]*"', count=1),
        {"diagrams.form.not_named"},
    ),
    "an approval that cannot be given": (
        lambda: reformed(
            "excuse_entry", "excuse_entry.enter_teacher", lambda text: text.replace('"approve"', '"agree"')
        ),
        {"diagrams.form.no_approval"},
    ),
    "a decision in place of an id": (
        lambda: rewritten(
            "late_correction", '"rework_teacher.change_set start', '"rework_teacher.decision start'
        ),
        {"diagrams.input.kind"},
    ),
    "an outcome in place of an id": (
        lambda: rewritten(
            "late_correction", '"rework_teacher.change_set start', '"apply_correction.outcome start'
        ),
        {"diagrams.input.kind"},
    ),
    "a moment in place of an id": (
        lambda: rewritten(
            "makeup", '"accept_department.makeup_result accept_teacher.makeup_result"', '"start.absent_at"'
        ),
        {"diagrams.input.kind"},
    ),
    "a step that every student could take": (
        lambda: stripped("makeup", r' depter:assign="start.student"', count=1),
        {"diagrams.role.person_needed"},
    ),
    "a lane of a directorate without its institute": (
        lambda: stripped("makeup_extension", r'(depter:role="directorate") depter:scope="[^"]*"', r"\1"),
        {"diagrams.role.unit_needed"},
    ),
    "a step for the deputy of a seat": (
        lambda: stripped("appeal", r'depter:assign="start.chair"', 'depter:assign="deputy"', count=1),
        {"diagrams.role.person_needed"},
    ),
    "no clause at all": (
        lambda: stripped("excuse_entry", r' depter:clause="[^"]*"'),
        {"diagrams.clause.missing"},
    ),
    "a step without a deadline": (
        lambda: stripped("late_correction", r' depter:deadline="[^"]*"', count=1),
        {"diagrams.deadline.missing"},
    ),
    "a title without Russian": (
        lambda: stripped("late_entry", r'<depter:title lang="ru">[^<]*</depter:title>', count=2),
        {"diagrams.title.missing"},
    ),
    "a purpose without English": (
        lambda: stripped("late_entry", r'<depter:about lang="en">[^<]*</depter:about>'),
        {"diagrams.about.missing"},
    ),
    "an end without a title": (
        lambda: stripped("excuse_entry", r"(<bpmn:endEvent [^>]*)>.*?</bpmn:endEvent>", r"\1/>"),
        {"diagrams.title.missing"},
    ),
    "an id of the drawing program": (
        lambda: rewritten("late_entry", "rework_decided", "Gateway_0x1y2z3"),
        {"diagrams.id.unreadable"},
    ),
    "an outcome without a result": (
        lambda: stripped("late_entry", r' depter:result="neutral"'),
        {"diagrams.end.result_missing"},
    ),
    "one outcome with two results": (
        lambda: stripped("late_entry", r'depter:result="refused"', 'depter:result="neutral"', count=1),
        {"diagrams.end.unequal"},
    ),
    "a case that cannot say how it ended": (
        lambda: stripped("excuse_entry", r' depter:(outcome|result)="[^"]*"'),
        {"diagrams.end.no_outcome"},
    ),
    "an element that is not drawn": (
        lambda: stripped("excuse_entry", r'<bpmndi:BPMNShape id="write_status_di".*?</bpmndi:BPMNShape>'),
        {"diagrams.layout.missing"},
    ),
    "a flow that ends where it begins": (
        lambda: stripped("excuse_entry", r"<di:waypoint [^>]*/>\s*(</bpmndi:BPMNEdge>)", r"\1", count=1),
        {"diagrams.layout.missing"},
    ),
    "no drawing": (
        lambda: stripped("excuse_entry", r"<bpmndi:BPMNDiagram .*</bpmndi:BPMNDiagram>"),
        {"diagrams.layout.none"},
    ),
    "a label upon a step": (
        lambda: stripped(
            "appeal",
            r'(bpmnElement="admissible">.*?<bpmndi:BPMNLabel>\s*<dc:Bounds) x="\d+" y="\d+"',
            r'\1 x="1110" y="765"',
        ),
        {"diagrams.label.crosses"},
    ),
    "a decision without a branch": (
        lambda: rewritten("late_correction", "endorse_department_head.decision == 'reject' or ", ""),
        {"diagrams.gateway.uncovered"},
    ),
    "a decision with two branches": (
        lambda: rewritten(
            "late_correction",
            "visa_deputy.decision == 'approve'",
            "visa_deputy.decision in ['approve', 'return']",
        ),
        {"diagrams.gateway.overlap"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_name_that_nobody_knows_is_a_finding(case):
    make, wanted = CASES[case]
    assert set(codes(make())) == wanted


def test_everything_about_all_files_is_told_at_once(tmp_path):
    for name in ("excuse", "late_correction"):
        (tmp_path / f"{name}.bpmn").write_text(ALL[name].xml.replace('"4.4.2"', '"99.9"'), encoding="utf-8")
    (tmp_path / "half.bpmn").write_text("<half>", encoding="utf-8")
    (tmp_path / "latin.bpmn").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(DiagramsRefused) as raised:
        read_shipped_diagrams(tmp_path, SHIPPED_FORMS_DIR)
    assert set(raised.value.findings) == {"half.bpmn", "latin.bpmn", "late_correction"}
    assert [one.code for one in raised.value.findings["half.bpmn"]] == ["bpmn.xml.syntax"]
    assert "99.9" in str(raised.value)


def test_two_files_of_one_process_are_refused():
    found = diagram_problems_by_key([ALL["excuse"], ALL["excuse"]])
    assert [one.code for one in found["excuse"]] == ["diagrams.key.twice"]


def test_every_code_of_the_rules_has_a_case():
    folder = PROJECT_DIR / "app" / "diagrams" / "lint"
    codes = {
        code
        for path in folder.glob("*.py")
        for code in re.findall(r'"(diagrams\.\w+\.\w+)"', path.read_text())
    }
    told = {code for _, wanted in CASES.values() for code in wanted}
    told |= {code for code, _ in NOBODY_KNOWS.values()} | IN_OTHER_TESTS
    assert told == codes | {"diagrams.key.twice"}
    files = {path.stem for path in folder.glob("*.py")} - NO_RULES
    assert files == set(LINT_RULES)


def test_each_finding_has_the_severity_of_its_code():
    for name in ("a decision with two branches", "a decision without a branch", "no drawing"):
        make, _ = CASES[name]
        diagram = make()
        for finding in lint_diagram(parse_diagram(diagram.xml.encode()), diagram.forms):
            assert (finding.severity == "warning") == (finding.code in WARNING_CODES), name


def test_equal_forms_are_parsed_once():
    diagram = ALL["late_correction"]
    before = read_form_cached.cache_info()
    codes(diagram)
    codes(diagram)
    after = read_form_cached.cache_info()
    assert after.misses - before.misses <= len(diagram.forms)
    assert after.hits - before.hits >= len(diagram.forms)
