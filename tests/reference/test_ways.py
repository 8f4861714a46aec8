"""Where each answer of a step leads, told from the drawing alone."""

from __future__ import annotations

import pytest

from app.diagrams.picture.step_order import list_steps_in_order
from app.operations import OPERATIONS
from tools.reference.shipped import Process, processes
from tools.reference.ways import after_decision, after_outcome, after_timer

ALL = processes()
BY_KEY = {process.key: process for process in ALL}
each = pytest.mark.parametrize("process", ALL, ids=lambda process: process.key)


def _targets(leads):
    return [lead.target for lead in leads]


def test_a_decision_leads_through_its_gateway():
    model = BY_KEY["late_correction"].model
    assert _targets(after_decision(model, "endorse_department_head", "approve")) == ["forward_directorate"]
    assert _targets(after_decision(model, "endorse_department_head", "return")) == ["rework_teacher"]


def test_a_deputy_decides_as_if_the_one_he_stands_in_for_had_said_nothing():
    model = BY_KEY["late_correction"].model
    deputy = next(task.id for task in model.user_tasks.values() if task.assign == "deputy")
    assert len(after_decision(model, deputy, "approve")) == 1
    assert _targets(after_decision(model, deputy, "return")) == ["rework_teacher"]


def test_what_else_must_hold_is_said_where_one_answer_has_two_ways():
    leads = after_decision(BY_KEY["dispute"].model, "confirm_student", "escalate")
    assert {(lead.target, lead.when) for lead in leads} == {
        ("inform_directorate", "grade"),
        ("decide_directorate", "attendance"),
    }


def test_steps_stand_in_the_order_a_case_meets_them_and_rework_last():
    model = BY_KEY["late_correction"].model
    order = list_steps_in_order(model)
    assert order[0] == "endorse_department_head" and order[-1] == "rework_teacher"
    assert order.index("apply_correction") > order.index("release_it")


@each
def test_every_step_outcome_and_timer_leads_somewhere(process: Process):
    model = process.model
    assert sorted(list_steps_in_order(model)) == sorted([*model.user_tasks, *model.services])
    for task in model.user_tasks.values():
        form = process.form(task)
        field = form.field_with_key("decision") if form else None
        for decision in [value.value for value in field.values] if field else [""]:
            assert after_decision(model, task.id, decision), (task.id, decision)
    for service in model.services.values():
        for outcome in OPERATIONS[service.operation].outcomes:
            assert after_outcome(model, service.id, outcome), (service.id, outcome)
    for timer in model.timers:
        assert after_timer(model, timer), timer
