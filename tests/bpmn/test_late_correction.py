"""The late correction as it ships: every path, every end, every word in three languages, everything drawn."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from app.bpmn.model import ServiceTask
from app.bpmn.profile import BPMN_NAMESPACE
from tests.bpmn.drive import SHIPPED, model_of
from tests.bpmn.test_engine import Played

MODEL = model_of("late_correction")
ROOT = etree.fromstring((SHIPPED / "late_correction.bpmn").read_bytes())
STEPS = {
    "endorse_department_head": "visa_deputy",
    "forward_directorate": "forward_deputy",
    "decide_academic_office": "decide_deputy",
    "release_it": "release_deputy",
}
REJECTED = {
    "endorse_department_head": "rejected_by_head",
    "forward_directorate": "rejected_by_directorate",
    "decide_academic_office": "rejected",
}


def played_to(task: str, call: Any = None) -> Played:
    """A case in which everybody before this task approved."""
    case = Played("late_correction", call or (lambda service, inputs: "applied"))
    for step in STEPS:
        if step == task:
            break
        case.does(step, decision="approve")
    return case


def test_four_approvals_in_order_apply_the_correction() -> None:
    case = played_to("release_it")
    step = case.does("release_it", decision="approve")
    assert [called.outcome for called in step.services_called] == ["applied"]
    assert (step.done, step.end) == (True, "applied")


@pytest.mark.parametrize("late", list(STEPS))
def test_a_step_that_is_late_goes_to_the_deputy_with_the_same_form(late: str) -> None:
    case = played_to(late)
    case.late(f"{late}_late")
    assert case.tasks == [STEPS[late]]
    owner, deputy = MODEL.user_tasks[late], MODEL.user_tasks[STEPS[late]]
    assert (deputy.form, deputy.clause, deputy.approves, deputy.lane) == (
        owner.form,
        owner.clause,
        owner.approves,
        owner.lane,
    )
    assert (owner.assign, deputy.assign) == ("", "deputy")
    for task in [STEPS[late], *list(STEPS)[list(STEPS).index(late) + 1 :]]:
        case.does(task, decision="approve")
    assert case.step.end == "applied"


@pytest.mark.parametrize("deputy", [False, True])
@pytest.mark.parametrize("task", list(STEPS))
def test_a_return_goes_to_the_teacher_and_back_to_the_head(task: str, deputy: bool) -> None:
    case = played_to(task)
    if deputy:
        case.late(f"{task}_late")
    case.does(STEPS[task] if deputy else task, decision="return")
    assert case.tasks == ["rework_teacher"]
    assert MODEL.user_tasks["rework_teacher"].assign == "requester"
    case.does("rework_teacher", decision="resubmit", change_set="second")
    assert case.tasks == ["endorse_department_head"]


@pytest.mark.parametrize("deputy", [False, True])
@pytest.mark.parametrize("task", list(REJECTED))
def test_a_rejection_ends_the_case(task: str, deputy: bool) -> None:
    case = played_to(task)
    if deputy:
        case.late(f"{task}_late")
    step = case.does(STEPS[task] if deputy else task, decision="reject")
    assert (step.done, step.end) == (True, REJECTED[task])
    assert MODEL.ends[REJECTED[task]].outcome == "rejected"


@pytest.mark.parametrize("task", ["decide_academic_office", "decide_deputy"])
def test_only_the_office_passes_a_case_on_as_academic(task: str) -> None:
    case = played_to("decide_academic_office")
    if task == "decide_deputy":
        case.late("decide_academic_office_late")
    step = case.does(task, decision="reclassify")
    assert (step.done, step.end) == (True, "reclassified")


@pytest.mark.parametrize("outcome", ["cell_changed", "sheet_closed"])
def test_a_correction_that_cannot_be_applied_comes_back_to_the_teacher(outcome: str) -> None:
    def call(service: ServiceTask, inputs: dict[str, Any]) -> str:
        return outcome

    case = played_to("release_it", call)
    step = case.does("release_it", decision="approve")
    assert case.tasks == ["rework_teacher"]
    assert not [name for name in step.variables if name.endswith(".decision")]
    assert case.does("rework_teacher", decision="withdraw").end == "withdrawn"


def test_every_text_is_there_in_three_languages() -> None:
    titled = [
        MODEL,
        *MODEL.lanes.values(),
        *MODEL.user_tasks.values(),
        *MODEL.services.values(),
        *MODEL.gateways.values(),
        *MODEL.timers.values(),
        *MODEL.ends.values(),
        *MODEL.starts.values(),
        *(flow for flow in MODEL.flows.values() if flow.condition),
    ]
    for element in titled:
        assert set(element.titles) == {"ky", "ru", "en"}, element
        assert all(element.titles.values())


def test_the_drawing_shows_the_kyrgyz_titles() -> None:
    for tag in ("userTask", "serviceTask", "lane", "endEvent", "startEvent"):
        for element in ROOT.iter(f"{BPMN_NAMESPACE}{tag}"):
            titles = {t.get("lang"): t.text for t in element.iter("{urn:depter:bpmn:1}title")}
            assert element.get("name") == titles["ky"]


def test_everything_is_drawn_once() -> None:
    drawn = [shape.get("bpmnElement") for shape in ROOT.iter("{*}BPMNShape")]
    edges = [edge.get("bpmnElement") for edge in ROOT.iter("{*}BPMNEdge")]
    assert sorted(drawn) == sorted([*MODEL.node_ids, *MODEL.lanes, "pool"])
    assert sorted(edges) == sorted(MODEL.flows)


def test_no_two_shapes_of_the_drawing_overlap() -> None:
    boxes = {}
    for shape in ROOT.iter("{*}BPMNShape"):
        bounds = shape.find("{*}Bounds")
        if shape.get("bpmnElement") in MODEL.node_ids and shape.get("bpmnElement") not in MODEL.timers:
            boxes[shape.get("bpmnElement")] = [
                float(bounds.get(side)) for side in ("x", "y", "width", "height")
            ]
    for name, (x, y, width, height) in boxes.items():
        for other, (ox, oy, owidth, oheight) in boxes.items():
            apart = x + width <= ox or ox + owidth <= x or y + height <= oy or oy + oheight <= y
            assert name == other or apart, (name, other)
