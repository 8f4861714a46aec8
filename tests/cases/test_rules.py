"""Who may act on a task, which approvals stand, how answers are sorted. Pure decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app.bpmn.parse import parse
from app.cases import rules
from app.kernel.act import Hat
from app.kernel.errors import Denied, Refused, Stale

MODEL = parse((Path(__file__).parents[2] / "workflows" / "late_correction.bpmn").read_bytes())
UNIT, ME, OTHER = uuid4(), uuid4(), uuid4()
NOON = datetime(2026, 10, 14, 6, tzinfo=UTC)
POOL = rules.TaskFacts("directorate", UNIT, None, None, True, frozenset(), None, True)
HAT = (Hat("directorate", UNIT),)


def step(kind="completed", element=None, minute=0, opened=(), decision=None, round=1, **other) -> rules.Step:
    facts = {"person": uuid4(), "on_behalf_of": None, "role": element, "approves": True, "subject_hash": "h"}
    facts |= other
    at = NOON + timedelta(minutes=minute)
    return rules.Step(
        kind=kind, element=element, round=round, decision=decision, at=at, opened=opened, **facts
    )


def test_a_pool_is_open_to_its_role_in_its_unit():
    assert rules.may_act(POOL, ME, None, HAT) is None


@pytest.mark.parametrize("hat", [Hat("directorate", uuid4()), Hat("teacher", UNIT), Hat("directorate", None)])
def test_another_unit_or_role_may_not_act(hat: Hat):
    assert isinstance(rules.may_act(POOL, ME, None, (hat,)), Denied)


def test_a_task_in_other_hands_is_taken():
    refusal = rules.may_act(replace(POOL, assignee=OTHER), ME, None, HAT)
    assert isinstance(refusal, Stale) and refusal.code == "cases.task.taken"


def test_the_substitute_acts_for_the_assignee():
    assert rules.may_act(replace(POOL, assignee=OTHER), ME, OTHER, HAT) is None


def test_a_closed_task_is_stale_even_for_its_assignee():
    refusal = rules.may_act(replace(POOL, assignee=ME, closed_at=NOON), ME, None, HAT)
    assert isinstance(refusal, Stale) and refusal.code == "cases.task.closed"


def test_the_excluded_person_is_refused_in_every_hat_and_for_others():
    task = replace(POOL, excluded=frozenset({ME}))
    assert isinstance(rules.may_act(task, ME, None, HAT), Refused)
    assert isinstance(rules.may_act(task, OTHER, ME, HAT), Refused)


def test_a_case_is_withdrawn_only_by_its_requester_before_the_first_decision():
    assert rules.may_withdraw(ME, ME, "open", decided=False) is None
    assert isinstance(rules.may_withdraw(OTHER, ME, "open", decided=False), Denied)
    assert isinstance(rules.may_withdraw(ME, ME, "open", decided=True), Refused)
    assert isinstance(rules.may_withdraw(ME, ME, "done", decided=False), Stale)


def test_a_return_to_the_teacher_voids_every_visa_given_so_far():
    history = [
        step("started", opened=("visa_department_head",), approves=False),
        step(element="visa_department_head", minute=1, decision="approve", opened=("forward_directorate",)),
        step(element="forward_directorate", minute=2, decision="return", opened=("rework_teacher",)),
    ]
    assert rules.rounds(history, MODEL)["visa_department_head"] == 2
    assert rules.approvers(history, MODEL) == frozenset()


def test_going_forward_voids_nothing():
    history = [
        step("started", opened=("visa_department_head",), approves=False),
        step(element="visa_department_head", minute=1, decision="approve", opened=("forward_directorate",)),
        step(element="forward_directorate", minute=2, decision="approve", opened=("decide_academic_office",)),
    ]
    assert rules.rounds(history, MODEL) == {}
    assert len(rules.approvers(history, MODEL)) == 2


def test_a_deputy_who_approves_is_an_approver_like_the_head():
    history = [
        step("started", opened=("visa_department_head",), approves=False),
        step("escalated", "visa_department_head", 1, opened=("visa_deputy",), approves=False, person=None),
        step(element="visa_deputy", minute=2, decision="approve", opened=("forward_directorate",), person=ME),
    ]
    assert rules.approvers(history, MODEL) == frozenset({ME})
