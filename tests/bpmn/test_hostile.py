"""Files that run code, read files or hang in stock engines: each is refused at once, for the reason it names."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.bpmn.errors import DiagramError
from app.bpmn.parse import parse_diagram

HOSTILE = Path(__file__).parent / "hostile"
HARMLESS = (HOSTILE / "harmless.bpmn").read_bytes()
REFUSED = {
    "ad_hoc_sub_process": "bpmn.element.not_allowed",
    "business_rule_task": "bpmn.element.not_allowed",
    "call_activity_itself": "bpmn.element.not_allowed",
    "camunda_class": "bpmn.attribute.not_allowed",
    "camunda_listener": "bpmn.namespace.not_allowed",
    "complex_gateway": "bpmn.element.not_allowed",
    "condition_attribute": "bpmn.expression.not_allowed",
    "condition_await": "bpmn.expression.not_allowed",
    "condition_bare_name": "bpmn.expression.not_allowed",
    "condition_bytes": "bpmn.expression.not_allowed",
    "condition_call": "bpmn.expression.not_allowed",
    "condition_comprehension": "bpmn.expression.not_allowed",
    "condition_deep": "bpmn.expression.too_complex",
    "condition_dict": "bpmn.expression.not_allowed",
    "condition_dunder": "bpmn.expression.name",
    "condition_fstring": "bpmn.expression.not_allowed",
    "condition_generator": "bpmn.expression.not_allowed",
    "condition_lambda": "bpmn.expression.not_allowed",
    "condition_language": "bpmn.attribute.not_allowed",
    "condition_multiply": "bpmn.expression.not_allowed",
    "condition_nested": "bpmn.expression.not_allowed",
    "condition_null_byte": "bpmn.expression.syntax",
    "condition_power": "bpmn.expression.not_allowed",
    "condition_script_type": "bpmn.flow.condition_form",
    "condition_shift": "bpmn.expression.not_allowed",
    "condition_star": "bpmn.expression.not_allowed",
    "condition_statement": "bpmn.expression.syntax",
    "condition_subscript": "bpmn.expression.not_allowed",
    "condition_ternary": "bpmn.expression.not_allowed",
    "condition_unknown_fact": "bpmn.variable.unknown",
    "condition_walrus": "bpmn.expression.not_allowed",
    "correlation": "bpmn.element.not_allowed",
    "data_association": "bpmn.element.not_allowed",
    "data_object": "bpmn.element.not_allowed",
    "data_object_dangling": "bpmn.element.not_allowed",
    "data_store": "bpmn.element.not_allowed",
    "dmn_inside": "bpmn.namespace.not_allowed",
    "dtd_external": "bpmn.xml.doctype",
    "dtd_lowercase": "bpmn.xml.doctype",
    "encoding_utf16": "bpmn.file.encoding",
    "encoding_utf7": "bpmn.file.encoding",
    "end_cancel": "bpmn.element.not_allowed",
    "end_compensate": "bpmn.element.not_allowed",
    "end_error": "bpmn.element.not_allowed",
    "end_escalation": "bpmn.element.not_allowed",
    "end_link": "bpmn.element.not_allowed",
    "end_message": "bpmn.element.not_allowed",
    "end_terminate": "bpmn.element.not_allowed",
    "entity_file": "bpmn.xml.doctype",
    "entity_laughs": "bpmn.xml.doctype",
    "entity_parameter": "bpmn.xml.doctype",
    "entity_undeclared": "bpmn.xml.syntax",
    "event_based_gateway": "bpmn.element.not_allowed",
    "event_conditional": "bpmn.element.not_allowed",
    "event_message_payload": "bpmn.element.not_allowed",
    "event_multiple": "bpmn.timer.definition",
    "event_signal": "bpmn.element.not_allowed",
    "event_sub_process": "bpmn.element.not_allowed",
    "import_element": "bpmn.element.not_allowed",
    "inclusive_gateway": "bpmn.element.not_allowed",
    "instructions_template": "bpmn.namespace.not_allowed",
    "io_specification": "bpmn.element.not_allowed",
    "item_definition": "bpmn.element.not_allowed",
    "manual_task": "bpmn.element.not_allowed",
    "multi_instance_condition": "bpmn.element.not_allowed",
    "multi_instance_expression": "bpmn.element.not_allowed",
    "multi_instance_huge": "bpmn.element.not_allowed",
    "not_closed": "bpmn.xml.syntax",
    "not_xml": "bpmn.xml.syntax",
    "own_script": "bpmn.element.not_allowed",
    "plain_task": "bpmn.element.not_allowed",
    "post_script": "bpmn.namespace.not_allowed",
    "pre_script": "bpmn.namespace.not_allowed",
    "receive_task": "bpmn.element.not_allowed",
    "script_task": "bpmn.element.not_allowed",
    "script_task_endless": "bpmn.element.not_allowed",
    "second_process": "bpmn.process.count",
    "send_task": "bpmn.element.not_allowed",
    "service_input_expression": "bpmn.service.input",
    "service_operator": "bpmn.namespace.not_allowed",
    "standard_loop": "bpmn.element.not_allowed",
    "sub_process": "bpmn.element.not_allowed",
    "throw_event": "bpmn.element.not_allowed",
    "timer_cycle": "bpmn.element.not_allowed",
    "timer_cycle_past": "bpmn.element.not_allowed",
    "timer_date": "bpmn.element.not_allowed",
    "timer_duration": "bpmn.element.not_allowed",
    "timer_duration_huge": "bpmn.element.not_allowed",
    "timer_duration_literal": "bpmn.element.not_allowed",
    "timer_policy_expression": "bpmn.attribute.value",
    "timer_text": "bpmn.timer.content",
    "timer_without_policy": "bpmn.timer.policy_missing",
    "transaction": "bpmn.element.not_allowed",
    "xinclude": "bpmn.namespace.not_allowed",
}


def codes(xml: bytes) -> set[str]:
    """The codes of everything found wrong, within two seconds of this thread's CPU."""
    began = time.thread_time()
    with pytest.raises(DiagramError) as refused:
        parse_diagram(xml)
    assert time.thread_time() - began < 2
    assert all(finding.code.startswith("bpmn.") for finding in refused.value.findings)
    return {finding.code for finding in refused.value.findings}


def test_the_pattern_of_the_hostile_files_is_itself_a_good_diagram() -> None:
    assert parse_diagram(HARMLESS).key == "hostile"


def test_every_hostile_file_has_its_reason() -> None:
    assert set(REFUSED) == {path.stem for path in HOSTILE.glob("*.bpmn")} - {"harmless"}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_hostile_file_is_refused_for_its_reason(name: str) -> None:
    assert REFUSED[name] in codes((HOSTILE / f"{name}.bpmn").read_bytes())


@pytest.mark.parametrize(
    "name", sorted(name for name in REFUSED if name.startswith(("timer_d", "script", "pre")))
)
def test_a_finding_names_the_line_and_the_element(name: str) -> None:
    with pytest.raises(DiagramError) as refused:
        parse_diagram((HOSTILE / f"{name}.bpmn").read_bytes())
    finding = next(finding for finding in refused.value.findings if finding.code == REFUSED[name])
    lines = (HOSTILE / f"{name}.bpmn").read_text().splitlines()
    assert finding.element
    assert finding.element in lines[finding.line - 1]


def test_a_file_of_more_than_a_megabyte_is_refused() -> None:
    assert codes(HARMLESS.replace(b"</bpmn:definitions>", b" " * 1_000_001)) == {"bpmn.file.too_large"}


def test_more_than_two_hundred_nodes_are_refused() -> None:
    many = b"".join(b'<bpmn:endEvent id="end_%d" />' % number for number in range(201))
    assert "bpmn.file.too_many_nodes" in codes(
        HARMLESS.replace(b"  </bpmn:process>", many + b"</bpmn:process>")
    )


def test_a_million_bytes_of_flows_are_refused_in_time() -> None:
    flow = b'<bpmn:sequenceFlow id="g%d" sourceRef="ask" targetRef="decided" />'
    many = b"".join(flow % number for number in range(12_000))
    assert "bpmn.file.too_many_nodes" in codes(
        HARMLESS.replace(b"  </bpmn:process>", many + b"</bpmn:process>")
    )


def test_elements_nested_ten_thousand_deep_are_refused() -> None:
    deep = b"<bpmn:documentation>" * 10_000 + b"</bpmn:documentation>" * 10_000
    assert "bpmn.xml.syntax" in codes(HARMLESS.replace(b"  </bpmn:process>", deep + b"</bpmn:process>"))


def test_ten_thousand_attributes_are_refused_in_time() -> None:
    many = b" ".join(b'a%d="1"' % number for number in range(10_000))
    assert "bpmn.attribute.not_allowed" in codes(
        HARMLESS.replace(b"<bpmn:process ", b"<bpmn:process " + many + b" ")
    )


@pytest.mark.parametrize("junk", [b"", b"\x00", b"\xff\xfe", b"<", b"<a/>", b"PK\x03\x04", b"\xef\xbb\xbf"])
def test_junk_is_refused(junk: bytes) -> None:
    assert codes(junk)
