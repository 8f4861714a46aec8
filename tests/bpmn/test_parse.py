"""What a diagram must be like: every rule of the profile, broken once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bpmn.errors import DiagramError
from app.bpmn.parse import parse_diagram
from tests.bpmn.drive import FILES, SHIPPED, model_of

GOOD = (Path(__file__).parent / "hostile" / "harmless.bpmn").read_text()
LATE = (SHIPPED / "late_correction.bpmn").read_bytes()

END_OF_PROCESS = "  </bpmn:process>"
LANE = "      </bpmn:lane>"
BROKEN = {
    "bpmn.process.not_executable": (' isExecutable="true"', ""),
    "bpmn.process.count": (
        "<bpmn:process ",
        '<bpmn:process id="second" isExecutable="true" /><bpmn:process ',
    ),
    "bpmn.process.pools": (
        "  <bpmn:process ",
        (
            '<bpmn:collaboration id="c"><bpmn:participant id="p" processRef="hostile" />'
            '<bpmn:participant id="q" processRef="hostile" /></bpmn:collaboration><bpmn:process '
        ),
    ),
    "bpmn.attribute.missing": (' depter:start="hostile"', ""),
    "bpmn.attribute.value": ('depter:form="ask"', 'depter:form="../../etc/passwd"'),
    "bpmn.id.duplicate": ('id="f3"', 'id="f1"'),
    "bpmn.id.missing": (' id="f3"', ""),
    "bpmn.id.pattern": ('"ask"', '"Activity_0x1"'),
    "bpmn.id.reserved": ('"begin"', '"Start"'),
    "bpmn.reference.dangling": ('targetRef="work"', 'targetRef="nowhere"'),
    "bpmn.lane.not_one": ("        <bpmn:flowNodeRef>ask</bpmn:flowNodeRef>\n", ""),
    "bpmn.start.count": (END_OF_PROCESS, '<bpmn:startEvent id="again" />' + END_OF_PROCESS),
    "bpmn.end.none": ('<bpmn:endEvent id="done">\n    </bpmn:endEvent>', ""),
    "bpmn.end.outgoing": ('sourceRef="late"', 'sourceRef="done"'),
    "bpmn.node.dead_end": ('sourceRef="work" targetRef="done"', 'sourceRef="late" targetRef="done"'),
    "bpmn.node.many_outgoing": ('sourceRef="late"', 'sourceRef="ask"'),
    "bpmn.node.incoming": ('sourceRef="late" targetRef="done"', 'sourceRef="late" targetRef="begin"'),
    "bpmn.node.unreachable": ('sourceRef="decided" targetRef="work"', 'sourceRef="decided" targetRef="done"'),
    "bpmn.node.no_way_out": ('targetRef="done"', 'targetRef="ask"'),
    "bpmn.gateway.unconditioned": (' default="refused"', ""),
    "bpmn.gateway.default_condition": ('default="refused"', 'default="approved"'),
    "bpmn.flow.condition_misplaced": ("exclusiveGateway", "parallelGateway"),
    "bpmn.variable.unknown": ("ask.decision ==", "asked.decision =="),
    "bpmn.loop.automatic": ('sourceRef="work" targetRef="done"', 'sourceRef="work" targetRef="decided"'),
    "bpmn.title.wrong": (
        END_OF_PROCESS,
        '<bpmn:extensionElements><depter:title lang="de">x</depter:title></bpmn:extensionElements>'
        + END_OF_PROCESS,
    ),
    "bpmn.service.input": (
        'operation="journal.apply_correction">',
        (
            'operation="journal.apply_correction"><bpmn:extensionElements>'
            '<depter:input name="Change Set" variable="ask.set" /></bpmn:extensionElements>'
        ),
    ),
}


def codes(xml: str) -> set[str]:
    with pytest.raises(DiagramError) as refused:
        parse_diagram(xml.encode())
    return {finding.code for finding in refused.value.findings}


@pytest.mark.parametrize("code", sorted(BROKEN))
def test_a_broken_rule_is_found(code: str) -> None:
    old, new = BROKEN[code]
    assert old in GOOD
    assert code in codes(GOOD.replace(old, new))


def test_everything_wrong_is_listed_at_once_in_file_order() -> None:
    text = GOOD.replace(' default="refused"', "").replace('targetRef="work"', 'targetRef="nowhere"')
    with pytest.raises(DiagramError) as refused:
        parse_diagram(text.replace("ask.decision ==", "asked.decision ==").encode())
    findings = refused.value.findings
    assert {"bpmn.gateway.unconditioned", "bpmn.reference.dangling", "bpmn.variable.unknown"} <= {
        f.code for f in findings
    }
    assert [finding.line for finding in findings] == sorted(finding.line for finding in findings)


def test_a_loop_whose_returns_are_not_clear_is_refused() -> None:
    """Two steps that are entered from outside and lead to each other: which of them is returned to?"""
    text = (FILES["two_tasks"]).read_text()
    text = text.replace(
        '<bpmn:sequenceFlow id="f2" sourceRef="request" targetRef="visa" />',
        '<bpmn:sequenceFlow id="f2" sourceRef="request" targetRef="way" />'
        '<bpmn:exclusiveGateway id="way" default="w1" />'
        '<bpmn:sequenceFlow id="w1" sourceRef="way" targetRef="visa" />'
        '<bpmn:sequenceFlow id="w2" sourceRef="way" targetRef="other"><bpmn:conditionExpression>'
        "request.decision == 'x'</bpmn:conditionExpression></bpmn:sequenceFlow>"
        '<bpmn:userTask id="other" /><bpmn:sequenceFlow id="w3" sourceRef="other" targetRef="visa" />',
    )
    text = text.replace(
        'id="visa_rejected" sourceRef="visa_decided" targetRef="rejected" />',
        'id="visa_rejected" sourceRef="visa_decided" targetRef="rejected" />'
        '<bpmn:sequenceFlow id="w4" sourceRef="visa_decided" targetRef="other"><bpmn:conditionExpression>'
        "visa.decision == 'return'</bpmn:conditionExpression></bpmn:sequenceFlow>",
    )
    text = text.replace(
        "<bpmn:flowNodeRef>visa</bpmn:flowNodeRef>",
        "<bpmn:flowNodeRef>visa</bpmn:flowNodeRef><bpmn:flowNodeRef>way</bpmn:flowNodeRef>"
        "<bpmn:flowNodeRef>other</bpmn:flowNodeRef>",
    )
    assert codes(text) == {"bpmn.loop.unclear"}
    assert parse_diagram(
        text.replace(
            '<bpmn:userTask id="other" />', '<bpmn:userTask id="other" depter:rework="true" />'
        ).encode()
    )


def test_a_model_says_what_the_file_says() -> None:
    model = model_of("late_correction")
    visa = model.user_tasks["endorse_department_head"]
    assert (model.key, model.start_name, model.clause) == ("late_correction", "late_correction", "4.4.2")
    assert (visa.form, visa.clause, visa.deadline) == (
        "late_correction.endorse_department_head",
        "4.4.2",
        "correction.step_sla",
    )
    assert visa.approves
    assert model.lane_of_task("endorse_department_head").role == "department_head"
    assert model.lane_of_task("endorse_department_head").scope == "start.discipline_department"
    assert model.services["apply_correction"].operation == "journal.apply_correction"
    assert model.services["apply_correction"].inputs == {
        "change_set": ("rework_teacher.change_set", "start.change_set")
    }
    assert model.timers["endorse_department_head_late"].attached_to == "endorse_department_head"
    assert model.timers["endorse_department_head_late"].interrupting
    assert model.ends["rejected"].outcome == "rejected"


def test_the_order_of_steps_leaves_returns_out() -> None:
    model = model_of("late_correction")
    assert "rework_teacher" not in model.task_ids_after("decide_academic_office")
    assert "endorse_department_head" not in model.task_ids_after("decide_academic_office")
    assert model.task_ids_after("decide_academic_office") == {
        "decide_deputy",
        "release_it",
        "release_deputy",
        "apply_correction",
        "propose_change",
    }
    services = {"apply_correction", "propose_change"}
    assert model.task_ids_after("rework_teacher") == (set(model.user_tasks) | services) - {"rework_teacher"}


def test_a_task_that_a_timer_leads_back_to_comes_before_the_timers_path() -> None:
    model = model_of("everything")
    assert model.task_ids_after("dean") == {"apply", "escalated"}
    assert model.task_ids_after("escalated") == frozenset()


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(LATE) - 1), st.binary(min_size=0, max_size=8), st.integers(0, 40))
def test_a_damaged_file_is_read_or_refused_and_never_crashes(at: int, put: bytes, cut: int) -> None:
    try:
        parse_diagram(LATE[:at] + put + LATE[at + cut :])
    except DiagramError as refused:
        assert refused.findings
