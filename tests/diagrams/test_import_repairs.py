"""Repairs of imported drawings: only what has an equivalent, everywhere it is named, and nothing else."""

from __future__ import annotations

import re

import pytest

from app.bpmn.errors import DiagramError
from app.bpmn.parse import parse_diagram
from app.bpmn.profile import BPMN_NAMESPACE, DRAWING_NAMESPACES
from app.diagrams import draft_file, import_repairs, pool_and_lane, readable_ids
from app.kernel.errors import Invalid
from app.kernel.settings import PROJECT_DIR

BPMNDI = DRAWING_NAMESPACES[0]
FOREIGN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="x">
  <process id="Process_0abc125" name="Окуу жөнүндө маалымкат" isExecutable="false">
    <laneSet id="lanes"><lane id="Lane_0aa1111" name="Студент">
      <flowNodeRef>StartEvent_1</flowNodeRef><flowNodeRef>Activity_0bb1111</flowNodeRef>
      <flowNodeRef>Gateway_0cc1111</flowNodeRef><flowNodeRef>Activity_0bb2222</flowNodeRef>
      <flowNodeRef>Event_0dd1111</flowNodeRef><flowNodeRef>late</flowNodeRef></lane></laneSet>
    <startEvent id="StartEvent_1"/>
    <task id="Activity_0bb1111" name="Арыз жазуу" camunda:asyncBefore="true"/>
    <boundaryEvent id="late" attachedToRef="Activity_0bb1111"><timerEventDefinition id="t"/></boundaryEvent>
    <exclusiveGateway id="Gateway_0cc1111" name="Туурабы?" default="Flow_0ee5555"/>
    <scriptTask id="Activity_0bb2222" name="Жөнөтүү"><script>print(1)</script></scriptTask>
    <endEvent id="Event_0dd1111"/>
    <sequenceFlow id="Flow_0ee1111" sourceRef="StartEvent_1" targetRef="Activity_0bb1111"/>
    <sequenceFlow id="Flow_0ee2222" sourceRef="Activity_0bb1111" targetRef="Gateway_0cc1111"/>
    <sequenceFlow id="Flow_0ee4444" sourceRef="Gateway_0cc1111" targetRef="Activity_0bb2222">
      <conditionExpression xsi:type="tFormalExpression"
        >Activity_0bb1111.decision == 'Activity_0bb1111.x'</conditionExpression>
    </sequenceFlow>
    <sequenceFlow id="Flow_0ee5555" sourceRef="Gateway_0cc1111" targetRef="Activity_0bb1111"/>
    <sequenceFlow id="Flow_0ee6666" sourceRef="Activity_0bb2222" targetRef="Event_0dd1111"/>
    <sequenceFlow id="from_late" sourceRef="late" targetRef="Event_0dd1111"/>
  </process>
</definitions>
"""


def kinds(xml: str) -> set[str]:
    return {repair.kind for repair in import_repairs.list_repairs_that_change_drawing(xml)}


def codes(xml: str) -> set[str]:
    try:
        parse_diagram(xml.encode())
    except DiagramError as error:
        return {finding.code for finding in error.findings}
    return set()


def test_every_repair_together_leaves_only_what_a_person_has_to_choose():
    assert kinds(FOREIGN) == {"types", "ids", "executable", "foreign", "layout"}
    repaired = import_repairs.apply_repair(FOREIGN, "all")
    assert kinds(repaired) == set()
    assert codes(repaired) == {"bpmn.attribute.missing", "bpmn.timer.policy_missing"}


def test_tasks_of_other_kinds_become_steps_and_operations():
    root = draft_file.parse_drawing(import_repairs.apply_repair(FOREIGN, "types"))
    assert root.find(f".//{BPMN_NAMESPACE}userTask").get("id") == "Activity_0bb1111"
    service = root.find(f".//{BPMN_NAMESPACE}serviceTask")
    assert service.get("id") == "Activity_0bb2222" and len(service) == 0, "a script is not kept"


def test_one_element_can_be_repaired_alone():
    root = draft_file.parse_drawing(import_repairs.apply_repair(FOREIGN, "types", "Activity_0bb1111"))
    assert root.find(f".//{BPMN_NAMESPACE}userTask") is not None
    assert root.find(f".//{BPMN_NAMESPACE}scriptTask") is not None


def test_an_id_is_renamed_everywhere_it_is_named_and_in_no_text():
    repaired = import_repairs.apply_repair(FOREIGN, "ids", "Activity_0bb1111")
    root = draft_file.parse_drawing(repaired)
    task = root.find(f".//{BPMN_NAMESPACE}task")
    assert task.get("id") == "aryz_jazuu"
    assert root.find(f".//{BPMN_NAMESPACE}boundaryEvent").get("attachedToRef") == "aryz_jazuu"
    assert "aryz_jazuu" in [one.text for one in root.iter(f"{BPMN_NAMESPACE}flowNodeRef")]
    condition = root.find(f".//{BPMN_NAMESPACE}conditionExpression").text
    assert condition == "aryz_jazuu.decision == 'Activity_0bb1111.x'"
    flows = {flow.get("id"): flow for flow in root.iter(f"{BPMN_NAMESPACE}sequenceFlow")}
    assert flows["Flow_0ee1111"].get("targetRef") == flows["Flow_0ee2222"].get("sourceRef") == "aryz_jazuu"


def test_the_default_flow_follows_its_new_id():
    root = draft_file.parse_drawing(import_repairs.apply_repair(FOREIGN, "ids"))
    gateway = root.find(f".//{BPMN_NAMESPACE}exclusiveGateway")
    assert gateway.get("default") in {one.get("id") for one in root.iter(f"{BPMN_NAMESPACE}sequenceFlow")}
    assert gateway.get("default") == "tuuraby_aryz_jazuu"


@pytest.mark.parametrize("kind", ["types", "ids", "executable", "foreign", "layout", "all", "", "nonsense"])
def test_a_shipped_diagram_is_offered_nothing(kind: str):
    xml = (PROJECT_DIR / "workflows" / "late_correction.bpmn").read_text(encoding="utf-8")
    assert import_repairs.list_repairs_that_change_drawing(xml) == []
    with pytest.raises(Invalid):
        import_repairs.apply_repair(xml, kind)


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("Кафедра башчысынын визасы", "kafedra_bashchysynyn_vizasy"),
        ("Өтүнмөнү жөнөтүү № 2", "otunmonu_jonotuu_2"),
        ("Щедрый объём", "shedryi_obem"),
        ("2024-жыл", "jyl"),
        ("!!!", ""),
    ],
)
def test_a_title_becomes_an_id(text: str, id_: str):
    assert readable_ids.transliterate_to_latin_identifier(text) == id_


def test_two_elements_of_one_name_get_two_ids():
    twice = FOREIGN.replace('name="Жөнөтүү"', 'name="Арыз жазуу"')
    root = draft_file.parse_drawing(import_repairs.apply_repair(twice, "ids"))
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(ids) == len(set(ids)) and {"aryz_jazuu", "aryz_jazuu_2"} <= set(ids)


def test_a_process_without_lanes_is_put_into_one_with_everything_drawn_inside():
    bare = re.sub(r"<laneSet.*?</laneSet>", "", FOREIGN, flags=re.DOTALL)
    laid_out = import_repairs.apply_repair(bare, "layout")
    assert "bpmn.lane.not_one" in codes(laid_out) and "lanes" in kinds(laid_out)
    repaired = import_repairs.apply_repair(laid_out, "lanes")
    assert "bpmn.lane.not_one" not in codes(repaired) and "lanes" not in kinds(repaired)
    root = draft_file.parse_drawing(repaired)
    process, pool = root.find(f"{BPMN_NAMESPACE}process"), root.find(f".//{BPMN_NAMESPACE}participant")
    assert pool.get("processRef") == process.get("id")
    assert root.find(f".//{BPMNDI}BPMNPlane").get("bpmnElement") == "university"
    boxes = {
        shape.get("bpmnElement"): pool_and_lane._read_shape_box(shape)
        for shape in root.iter(f"{BPMNDI}BPMNShape")
    }
    lane = boxes.pop("lane_first")
    assert boxes.pop("pool").contains(lane) and all(lane.contains(box) for box in boxes.values())
