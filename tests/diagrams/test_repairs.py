"""A repair takes its finding away and changes nothing else; where a person has to decide there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from lxml import etree

from app.bpmn.errors import DiagramError, DiagramFinding
from app.bpmn.parse import parse_diagram
from app.diagrams import readable_ids
from app.diagrams.lint import lint_diagram
from app.diagrams.lint.repairs import REPAIRS, repair_finding_in_diagram
from app.diagrams.readable_ids import GENERATED_ID_PATTERN
from app.diagrams.versions import read_shipped_diagrams
from app.kernel.i18n import LOCALES, current_locale, set_current_locale
from app.kernel.settings import SHIPPED_FORMS_DIR, SHIPPED_WORKFLOWS_DIR
from app.texts.diagram_findings import REPAIR_LABELS, repair_button_label

ALL = {one.key: one for one in read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR)}
DEPTER = "{urn:depter:bpmn:1}"


def broken(key: str, pattern: str, new: str = "", count: int = 1) -> str:
    xml, places = re.subn(pattern, new, ALL[key].xml, count=count, flags=re.DOTALL)
    assert places, pattern
    return xml


def findings(key: str, xml: str | bytes) -> list[DiagramFinding]:
    data = xml.encode() if isinstance(xml, str) else xml
    try:
        return lint_diagram(parse_diagram(data), ALL[key].forms)
    except DiagramError as error:
        return list(error.findings)


def of_code(code: str, key: str, xml: str | bytes) -> list[DiagramFinding]:
    return [finding for finding in findings(key, xml) if finding.code == code]


def parts(xml: str | bytes) -> Iterator[tuple[str, str, str, str]]:
    """Everything a file says: path, attribute or text, value; comments too."""
    root = etree.fromstring(xml.encode() if isinstance(xml, str) else xml)
    tree = root.getroottree()
    for element in root.iter():
        path = tree.getpath(element)
        yield path, "tag", str(element.tag), (element.text or "").strip()
        for name, value in element.attrib.items():
            yield path, "attribute", str(name), str(value)


def difference(before: str | bytes, after: str | bytes) -> tuple[set[str], set[str]]:
    """What is gone and what is new: `element.attribute=value`, or the tag with its text."""

    def shown(all_parts: set[tuple[str, str, str, str]]) -> set[str]:
        return {f"{name.rpartition('}')[2]}={value}" for _, _, name, value in all_parts}

    old, new = set(parts(before)), set(parts(after))
    return shown(old - new), shown(new - old)


CASES = {
    "diagrams.deadline.missing": (
        "late_correction",
        lambda: broken("late_correction", r' depter:deadline="[^"]*"'),
        (set(), {"deadline=correction.step_sla"}),
    ),
    "diagrams.clause.missing": (
        "excuse_entry",
        lambda: broken("excuse_entry", r' depter:clause="[^"]*"', count=0),
        (set(), {"clause=4.2.2"}),
    ),
    "diagrams.clause.unknown": (
        "excuse",
        lambda: broken("excuse", r'depter:clause="4.2.4"', 'depter:clause="99.9"'),
        ({"clause=99.9"}, set()),
    ),
    "diagrams.end.result_missing": (
        "late_entry",
        lambda: broken("late_entry", r' depter:result="neutral"'),
        (set(), {"result=neutral"}),
    ),
    "diagrams.gateway.uncovered": (
        "late_correction",
        lambda: broken("late_correction", "endorse_department_head.decision == 'reject' or "),
        (
            {"conditionExpression=visa_deputy.decision == 'reject'", "type=bpmn:tFormalExpression"},
            {"default=head_rejected"},
        ),
    ),
    "bpmn.process.not_executable": (
        "late_entry",
        lambda: broken("late_entry", 'isExecutable="true"', 'isExecutable="false"'),
        ({"isExecutable=false"}, {"isExecutable=true"}),
    ),
    "bpmn.gateway.unconditioned": (
        "late_entry",
        lambda: broken(
            "late_entry",
            r"(<bpmn:sequenceFlow id=\"window_refused\"[^>]*>).*?</bpmn:sequenceFlow>",
            r"\1</bpmn:sequenceFlow>",
        ),
        (set(), {"default=window_refused"}),
    ),
    "bpmn.gateway.default_condition": (
        "late_entry",
        lambda: broken("late_entry", 'id="window_outcome"', 'id="window_outcome" default="window_refused"'),
        (
            {"conditionExpression=open_window.outcome == 'sheet_closed'", "type=bpmn:tFormalExpression"},
            set(),
        ),
    ),
    "bpmn.flow.condition_misplaced": (
        "late_entry",
        lambda: broken(
            "late_entry",
            r'<bpmn:sequenceFlow id="request_made" ([^>]*) />',
            r'<bpmn:sequenceFlow id="request_made" \1><bpmn:conditionExpression>True'
            r"</bpmn:conditionExpression></bpmn:sequenceFlow>",
        ),
        ({"conditionExpression=True"}, set()),
    ),
    "bpmn.timer.content": (
        "late_entry",
        lambda: broken(
            "late_entry", r"(<bpmn:timerEventDefinition [^>]*) />", r"\1>PT24H</bpmn:timerEventDefinition>"
        ),
        ({"timerEventDefinition=PT24H"}, {"timerEventDefinition="}),
    ),
    "bpmn.gateway.default_parallel": (
        "late_entry",
        lambda: broken(
            "late_entry",
            r'<bpmn:startEvent id="requested"',
            '<bpmn:parallelGateway id="both" default="both_flow"/>\\g<0>',
        ),
        ({"default=both_flow"}, set()),
    ),
}
"""By code: the diagram, how it is broken, what a repair takes away and what it adds."""


@pytest.mark.parametrize("code", CASES)
def test_a_repair_takes_its_finding_away_and_changes_nothing_else(code):
    key, make, changed = CASES[code]
    before = make().replace("<bpmn:laneSet", "<!-- kept --><bpmn:laneSet", 1)
    (first, *_) = of_code(code, key, before)
    after = repair_finding_in_diagram(before.encode(), first)
    assert after is not None and b"<!-- kept -->" in after
    assert first.element not in {one.element for one in of_code(code, key, after)}
    if code.startswith("diagrams."):
        assert findings(key, after) == []
    assert difference(before, after) == changed
    assert REPAIRS[code](before.encode(), first) == after


def test_every_repair_has_a_case_and_a_label(language):
    renamed = {"diagrams.id.unreadable", "bpmn.id.pattern"}
    assert set(REPAIRS) == set(CASES) | renamed == set(REPAIR_LABELS)
    for locale in LOCALES:
        language(locale)
        for code in REPAIRS:
            assert bool(re.search("[а-яөүң]{3}", repair_button_label(code))) == (locale != "en")
    assert repair_button_label("bpmn.xml.syntax") == ""


@pytest.fixture
def language():
    before = current_locale()
    yield set_current_locale
    set_current_locale(before)


RENAMES = [
    ("late_entry", "endorse_department_head", "Activity_0x1y2z3", "bpmn.id.pattern"),
    ("late_entry", "endorse_department_head", "activity_0x1y2z3", "diagrams.id.unreadable"),
    ("late_entry", "open_window", "task_07", "diagrams.id.unreadable"),
    ("late_entry", "rework_decided", "Gateway_1abc23d", "diagrams.id.unreadable"),
    ("late_entry", "endorse_department_head_late", "Event_0k3j2l1", "diagrams.id.unreadable"),
    ("late_entry", "request_made", "Flow_1x2y3z4", "diagrams.id.unreadable"),
    ("late_entry", "lane_teacher", "Lane_0aaaaa1", "diagrams.id.unreadable"),
    ("late_entry", "late_entry", "process_1", "diagrams.id.unreadable"),
]


@pytest.mark.parametrize(("key", "readable", "generated", "code"), RENAMES)
def test_an_id_is_made_readable_wherever_the_file_names_it(key, readable, generated, code):
    if readable == key:
        xml = re.sub(rf'(bpmn:process id|processRef|bpmnElement)="{key}"', rf'\1="{generated}"', ALL[key].xml)
    else:
        xml = re.sub(rf"(?<![\w.]){readable}(?=[\"<._ ])(?!_)(?!_late)", generated, ALL[key].xml)
        xml = xml.replace(f'"{readable}_di"', f'"{generated}_di"')
        # Names of forms and starts are not ids.
        xml = xml.replace(f'"{key}.{generated}"', f'"{key}.{readable}"')
    (found,) = [one for one in of_code(code, key, xml) if generated in one.params.values()]
    after = repair_finding_in_diagram(xml.encode(), found)
    assert after is not None
    assert generated not in after.decode()
    assert [one for one in findings(key, after) if one.code in (code, "bpmn.reference.dangling")] == []
    assert findings(key, after) == []
    (new,) = ids(after) - ids(xml)
    if f'"{new}"' not in xml:
        back = re.sub(rf'(?<![\w.]){new}(?=["<.]|_di")', generated, after.decode())
        assert difference(xml, back) == (set(), set())


def ids(xml: str | bytes) -> set[str]:
    """The ids of a file, without those of the drawing."""
    root = etree.fromstring(xml.encode() if isinstance(xml, str) else xml)
    return {one.get("id", "") for one in root.iter(etree.Element) if not one.get("id", "_di").endswith("_di")}


def test_an_id_that_was_made_readable_is_not_offered_another():
    """Two ends with one title: the second gets a number, and a number alone is not unreadable."""
    xml = ALL["late_entry"].xml
    for number, readable in enumerate(("rejected_by_head", "rejected"), 1):
        xml = re.sub(rf'(?<=["<>]){readable}(?=["<])', f"Event_0aaaaa{number}", xml)
        xml = xml.replace(f'depter:outcome="Event_0aaaaa{number}"', f'depter:outcome="{readable}"')
    root = etree.fromstring(xml.encode())
    renamed = readable_ids.find_replacements_of_unreadable_ids(root)
    assert sorted(renamed.values()) == ["rejected", "rejected_2"]
    readable_ids.rename_elements_and_references(root, renamed)
    assert readable_ids.find_replacements_of_unreadable_ids(root) == {}


@pytest.mark.parametrize(
    "name",
    [
        "Activity_0x1y2z3",
        "task_07",
        "Task_1",
        "sid-6F1C9A",
        "_6-12345",
        "id_0a1b2c",
        "SubProcess_1ab",
        "flow_9",
    ],
)
def test_generated_ids_are_known(name):
    assert GENERATED_ID_PATTERN.fullmatch(name)


@pytest.mark.parametrize("name", ["rejected_2", "decide_head", "step_2026", "flow", "identify", "_decade"])
def test_words_with_numbers_are_not_taken_for_generated_ids(name):
    assert not GENERATED_ID_PATTERN.fullmatch(name)


def test_two_elements_never_get_one_id():
    xml = ALL["late_entry"].xml
    for number, readable in enumerate(("rejected_by_head", "rejected"), 1):
        xml = re.sub(rf'(?<=["<>]){readable}(?=["<])', f"Event_0aaaaa{number}", xml)
        xml = xml.replace(f'depter:outcome="Event_0aaaaa{number}"', f'depter:outcome="{readable}"')
    found = of_code("diagrams.id.unreadable", "late_entry", xml)
    assert len(found) == 2
    for one in found:
        repaired = repair_finding_in_diagram(xml.encode(), one)
        assert repaired is not None
        xml = repaired.decode()
    assert findings("late_entry", xml) == []
    assert {'id="rejected"', 'id="rejected_2"'} <= set(re.findall(r'id="rejected\w*"', xml))


def test_gateways_with_one_title_are_named_after_the_step_before_them():
    xml = ALL["late_entry"].xml.replace("rework_decided", "decision").replace("head_decided", "Gateway_0a1")
    (found,) = of_code("diagrams.id.unreadable", "late_entry", xml)
    after = repair_finding_in_diagram(xml.encode(), found)
    assert after is not None and b'id="after_endorse_department_head"' in after
    assert findings("late_entry", after) == []


def test_what_a_person_has_to_decide_is_not_offered():
    xml = ALL["excuse_entry"].xml
    nobody = DiagramFinding("diagrams.deadline.missing", 1, "nowhere")
    assert repair_finding_in_diagram(xml.encode(), nobody) is None
    twice = xml.replace('id="enter_deputy"', 'id="enter_teacher"')
    assert (
        repair_finding_in_diagram(
            twice.encode(), DiagramFinding("diagrams.deadline.missing", 1, "enter_teacher")
        )
        is None
    )
    assert (
        repair_finding_in_diagram(xml.encode(), DiagramFinding("diagrams.form.missing", 1, "enter_teacher"))
        is None
    )
    undated = re.sub(r' depter:(deadline|policy)="[^"]*"', "", xml)
    assert (
        repair_finding_in_diagram(
            undated.encode(), DiagramFinding("diagrams.deadline.missing", 1, "enter_teacher")
        )
        is None
    )
    unknown = xml.replace('depter:start="excuse_entry"', 'depter:start="nothing"')
    assert (
        repair_finding_in_diagram(
            unknown.encode(), DiagramFinding("diagrams.clause.missing", 1, "enter_teacher")
        )
        is None
    )
    anonymous = DiagramFinding("diagrams.id.unreadable", 1, "Gateway_0a1")
    bare = xml.replace("<bpmn:startEvent", '<bpmn:exclusiveGateway id="Gateway_0a1"/><bpmn:startEvent', 1)
    assert repair_finding_in_diagram(bare.encode(), anonymous) is None


def test_a_default_flow_never_leads_straight_to_an_operation():
    """The last flow of the gateway runs the operation, so an earlier one becomes the default."""
    xml = broken("late_entry", r" or decide_deputy.decision == 'return'")
    (found,) = of_code("diagrams.gateway.uncovered", "late_entry", xml)
    after = repair_finding_in_diagram(xml.encode(), found)
    assert after is not None and b'default="directorate_rejected"' in after
