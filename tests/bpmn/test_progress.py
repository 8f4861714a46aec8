"""The main path of a drawing and where its decisions lead, also for decisions that no code names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.bpmn.errors import DiagramError
from app.bpmn.model import END_RESULTS, GRANTED, NEUTRAL, REFUSED, ProcessModel
from app.bpmn.parse import parse_diagram
from app.bpmn.progress import (
    completed_step_status,
    decisions_ending_without_grant,
    find_end_without_another_person,
    main_path_task_ids,
    next_element_by_decision,
    task_ids_on_every_way_to_success,
)
from app.diagrams.versions import read_form_texts_of_model
from app.forms.form_file import parse_form

ROOT = Path(__file__).resolve().parents[2]
DIAGRAMS = sorted((ROOT / "workflows").glob("*.bpmn"))
LATE_ENTRY = (ROOT / "workflows" / "late_entry.bpmn").read_text()


def model(text: str = LATE_ENTRY) -> ProcessModel:
    return parse_diagram(text.encode())


def model_of(process: str) -> ProcessModel:
    return parse_diagram((ROOT / "workflows" / f"{process}.bpmn").read_bytes())


def renamed(old: str, new: str) -> ProcessModel:
    """The diagram of late entry with a decision under a name that nobody has heard of."""
    assert f"'{old}'" in LATE_ENTRY
    return model(LATE_ENTRY.replace(f"'{old}'", f"'{new}'"))


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_every_end_of_a_shipped_diagram_says_what_it_is_for_the_requester(path: Path):
    text = path.read_text()
    ends = re.findall(r'depter:outcome="\w+" depter:result="(\w+)"', text)
    assert len(ends) == text.count("depter:outcome=")
    assert set(ends) <= set(END_RESULTS)


def test_a_result_that_is_none_of_the_three_is_refused_with_its_place():
    with pytest.raises(DiagramError) as refused:
        model(LATE_ENTRY.replace('depter:result="granted"', 'depter:result="perhaps"', 1))
    assert [(one.code, one.params["name"]) for one in refused.value.findings] == [
        ("bpmn.attribute.value", "depter:result")
    ]


def test_an_end_that_says_nothing_is_neutral():
    found = model(LATE_ENTRY.replace(' depter:result="granted"', ""))
    end = found.find_end_with_outcome("opened")
    assert end is not None and end.result == NEUTRAL
    assert found.find_end_with_outcome("never") is None and found.find_end_with_outcome(None) is None


def test_the_main_path_goes_from_head_to_directorate():
    assert main_path_task_ids(model()) == ["endorse_department_head", "decide_directorate"]


def test_a_decision_nobody_knew_leads_where_its_arrow_leads():
    step = "decide_directorate"
    known = next_element_by_decision(model(), step, ["approve", "return", "reject"])
    unknown = next_element_by_decision(
        renamed("reject", "turn_away"), step, ["approve", "return", "turn_away"]
    )
    assert unknown["turn_away"] == known["reject"]
    assert decisions_ending_without_grant(renamed("reject", "turn_away"), step, list(unknown)) == {
        "turn_away"
    }


@pytest.mark.parametrize(
    ("decision", "result"),
    [("approve", "done"), ("return", "returned"), ("reject", "rejected"), (None, "done")],
)
def test_how_a_step_came_out_is_read_from_where_its_decision_leads(decision: str | None, result: str):
    assert completed_step_status(model(), "decide_directorate", decision) == result


def test_a_withdrawal_is_neither_a_refusal_nor_done():
    assert completed_step_status(model(), "rework_teacher", "withdraw") == "withdrawn"


def test_an_end_behind_services_is_found_and_one_behind_a_person_is_not():
    appeal = model_of("appeal")
    results = {end.outcome: end.result for end in appeal.ends.values()}
    assert results["reexam"] == NEUTRAL, "another examination is no refusal"
    assert (results["changed"], results["upheld"]) == (GRANTED, REFUSED)
    assert find_end_without_another_person(appeal, main_path_task_ids(appeal)[0]) is None


def coming(process: str, element: str, **known: str) -> list[str]:
    """The steps of the main path that are shown as coming while a case stands at an element."""
    found = model_of(process)
    variables = {f"start.{name}": value for name, value in known.items()}
    forms = read_form_texts_of_model(found, ROOT / "forms")
    decisions = {}
    for name, task in found.user_tasks.items():
        field = parse_form(forms[task.form].encode()).field_with_key("decision")
        decisions[name] = [value.value for value in field.values] if field else []
    ahead = task_ids_on_every_way_to_success(found, [element], variables, decisions) - {element}
    return [task for task in main_path_task_ids(found) if task in ahead]


HEARING = ["schedule_chair", "explain_teacher", "write_protocol", "sign_chair"]
VISAS = ["endorse_head", "endorse_directorate", "release_it"]


@pytest.mark.parametrize(
    ("process", "element", "known", "expected"),
    [
        # No commission to form, and no re-examination before one is decided (6.3).
        ("appeal", "appealed", {}, ["admit_secretary", *HEARING]),
        ("appeal", "appealed", {"convened": "no"}, ["convene_office", "admit_secretary", *HEARING]),
        ("appeal", "sign_chair", {}, []),
        ("academic_correction", "verify_office", {"visas": "visas"}, VISAS),
        ("academic_correction", "verify_office", {"visas": "note"}, ["release_it"]),
        ("academic_correction", "verify_office", {}, ["release_it"]),
        ("commission", "drafted", {"scoped": "unit"}, ["opinion_directorate", "sign_rector"]),
        ("commission", "drafted", {"scoped": "university"}, ["sign_rector"]),
        # Who reviews a dispute is settled by policy (6.2), and whether anybody does by the student.
        ("dispute", "answer_teacher", {"reviewer": "head"}, ["correct_teacher"]),
        ("dispute", "confirm_student", {"reviewer": "head"}, ["decide_head", "correct_teacher"]),
        (
            "dispute",
            "confirm_student",
            {"reviewer": "directorate"},
            ["decide_directorate", "correct_teacher"],
        ),
        # That no work is required is an end without a deed; the deputy is on the way of his step.
        ("makeup", "assign_teacher", {}, ["perform_student", "accept_teacher"]),
        ("makeup", "accept_department", {}, []),
        ("late_correction", "rework_teacher", {}, main_path_task_ids(model_of("late_correction"))),
    ],
)
def test_a_step_to_which_only_some_decisions_lead_is_not_shown_as_coming(
    process: str, element: str, known: dict[str, str], expected: list[str]
):
    assert coming(process, element, **known) == expected
