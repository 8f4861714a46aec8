"""Who may act on a task, which approvals stand, how answers are sorted. Pure decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app.bpmn.parse import parse_diagram
from app.cases import rules
from app.forms.form_file import Form, FormField
from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, Refused, Stale

MODEL = parse_diagram((Path(__file__).parents[2] / "workflows" / "late_correction.bpmn").read_bytes())
UNIT, ME, OTHER = uuid4(), uuid4(), uuid4()
NOON = datetime(2026, 10, 14, 6, tzinfo=UTC)
POOL = rules.TaskState("directorate", UNIT, None, None, True, frozenset(), None, True)
HAT = (RoleAssignment("directorate", UNIT),)


def step(
    kind="completed", element=None, minute=0, opened=(), decision=None, iteration=1, **other
) -> rules.HistoryEntry:
    facts = {"person": uuid4(), "on_behalf_of": None, "role": element, "approves": True, "subject_hash": "h"}
    facts |= other
    at = NOON + timedelta(minutes=minute)
    return rules.HistoryEntry(
        kind=kind, element=element, iteration=iteration, decision=decision, at=at, opened=opened, **facts
    )


def refused(refusal):
    """What a refusal says: its kind, code and clause."""
    return type(refusal), refusal.code, refusal.clause


def test_a_pool_is_open_to_its_role_in_its_unit():
    assert rules.refusal_to_claim_or_complete_task(POOL, ME, None, HAT) is None


@pytest.mark.parametrize(
    "assignment",
    [
        RoleAssignment("directorate", uuid4()),
        RoleAssignment("teacher", UNIT),
        RoleAssignment("directorate", None),
    ],
)
def test_another_unit_or_role_may_not_act(assignment: RoleAssignment):
    assert isinstance(rules.refusal_to_claim_or_complete_task(POOL, ME, None, (assignment,)), Denied)


def test_a_task_in_other_hands_is_taken():
    refusal = rules.refusal_to_claim_or_complete_task(replace(POOL, assignee=OTHER), ME, None, HAT)
    assert isinstance(refusal, Stale) and refusal.code == "cases.task.taken"


def test_the_substitute_acts_for_the_assignee():
    assert rules.refusal_to_claim_or_complete_task(replace(POOL, assignee=OTHER), ME, OTHER, HAT) is None


def test_a_closed_task_is_stale_even_for_its_assignee():
    refusal = rules.refusal_to_claim_or_complete_task(
        replace(POOL, assignee=ME, closed_at=NOON), ME, None, HAT
    )
    assert isinstance(refusal, Stale) and refusal.code == "cases.task.closed"


def test_the_excluded_person_is_refused_in_every_hat_and_for_others():
    task = replace(POOL, excluded=frozenset({ME}))
    assert isinstance(rules.refusal_to_claim_or_complete_task(task, ME, None, HAT), Refused)
    assert isinstance(rules.refusal_to_claim_or_complete_task(task, OTHER, ME, HAT), Refused)


def test_why_a_task_is_not_acted_on_is_told_by_code_and_clause():
    shut = replace(POOL, assignee=ME, case_open=False)
    assert refused(rules.refusal_to_claim_or_complete_task(shut, ME, None, HAT)) == (
        Stale,
        "cases.task.closed",
        None,
    )
    assert refused(rules.refusal_to_claim_or_complete_task(POOL, ME, None, ())) == (
        Denied,
        "cases.task.not_yours",
        None,
    )
    barred = replace(POOL, excluded=frozenset({ME}))
    assert refused(rules.refusal_to_claim_or_complete_task(barred, ME, None, HAT)) == (
        Refused,
        "cases.task.excluded",
        None,
    )


def test_a_pool_is_open_for_another_too_and_what_one_holds_needs_no_role():
    assert rules.refusal_to_claim_or_complete_task(POOL, ME, OTHER, HAT) is None
    assert rules.refusal_to_claim_or_complete_task(replace(POOL, assignee=ME), ME, None, ()) is None


def test_a_step_that_was_taken_or_escalated_is_not_a_completed_one():
    history = [
        step("started", opened=("endorse_department_head",), approves=False),
        step("claimed", "endorse_department_head", 1, person=ME),
        step("recounted", None, 2, opened=("endorse_department_head",), approves=False),
    ]
    assert rules.current_element_iterations(history, MODEL) == {}


def test_a_task_is_seen_by_its_assignee_or_by_who_could_take_it():
    assert rules.can_see_task(POOL, ME, None, HAT) and not rules.can_see_task(POOL, ME, None, ())
    held = replace(POOL, assignee=OTHER)
    assert rules.can_see_task(held, OTHER, None, ()) and rules.can_see_task(held, ME, OTHER, HAT)
    assert not rules.can_see_task(held, ME, OTHER, ()), "he acts for the holder in another role"
    assert not rules.can_see_task(held, ME, None, HAT), "in the hands of another it is no longer in the pool"


def test_who_must_not_decide_does_not_see_the_task_nor_does_who_acts_for_him():
    barred = replace(POOL, excluded=frozenset({ME}))
    assert not rules.can_see_task(barred, ME, None, HAT)
    assert not rules.can_see_task(barred, OTHER, ME, HAT)
    assert rules.can_see_task(barred, OTHER, uuid4(), HAT), "he acts for somebody who may decide"


def test_only_what_came_from_a_pool_is_given_back_by_who_holds_it():
    held = replace(POOL, assignee=ME)
    assert rules.refusal_to_release_task(held, ME) is None
    assert refused(rules.refusal_to_release_task(held, OTHER)) == (Denied, "cases.task.not_yours", None)
    mine = replace(held, pooled=False)
    assert refused(rules.refusal_to_release_task(mine, ME)) == (Refused, "cases.task.only_yours", None)
    for over in (replace(held, closed_at=NOON), replace(held, case_open=False)):
        assert refused(rules.refusal_to_release_task(over, ME)) == (Stale, "cases.task.closed", None)


def test_a_case_is_withdrawn_only_by_its_requester_before_the_first_decision():
    assert rules.refusal_to_withdraw_case(ME, ME, "open", decided=False) is None
    foreign = rules.refusal_to_withdraw_case(OTHER, ME, "open", decided=False)
    assert refused(foreign) == (Denied, "cases.case.not_yours", None)
    late = rules.refusal_to_withdraw_case(ME, ME, "open", decided=True)
    assert refused(late) == (Refused, "cases.case.already_decided", None)
    over = rules.refusal_to_withdraw_case(ME, ME, "done", decided=False)
    assert refused(over) == (Stale, "cases.case.closed", None)


def test_decided_is_a_decision_of_an_approving_step_not_a_rework_or_a_reminder():
    returned = step(element="endorse_department_head", decision="return")
    assert rules.has_approval_decision([returned]) and rules.has_approval_decision(
        [step("started"), returned]
    )
    assert not rules.has_approval_decision(
        [step(element="rework_teacher", decision="resubmit", approves=False)]
    )
    assert not rules.has_approval_decision([step(element="endorse_department_head", decision=None)])
    assert not rules.has_approval_decision([step("escalated", "endorse_department_head", decision="approve")])


def test_a_return_to_the_teacher_voids_every_visa_given_so_far():
    history = [
        step("started", opened=("endorse_department_head",), approves=False),
        step(
            element="endorse_department_head", minute=1, decision="approve", opened=("forward_directorate",)
        ),
        step(element="forward_directorate", minute=2, decision="return", opened=("rework_teacher",)),
    ]
    assert rules.current_element_iterations(history, MODEL)["endorse_department_head"] == 2
    assert rules.valid_approver_ids(history, MODEL) == frozenset()


def test_going_forward_voids_nothing():
    history = [
        step("started", opened=("endorse_department_head",), approves=False),
        step(
            element="endorse_department_head", minute=1, decision="approve", opened=("forward_directorate",)
        ),
        step(element="forward_directorate", minute=2, decision="approve", opened=("decide_academic_office",)),
    ]
    assert rules.current_element_iterations(history, MODEL) == {}
    assert len(rules.valid_approver_ids(history, MODEL)) == 2


def test_a_deputy_who_approves_is_an_approver_like_the_head():
    history = [
        step("started", opened=("endorse_department_head",), approves=False),
        step("escalated", "endorse_department_head", 1, opened=("visa_deputy",), approves=False, person=None),
        step(element="visa_deputy", minute=2, decision="approve", opened=("forward_directorate",), person=ME),
    ]
    assert rules.valid_approver_ids(history, MODEL) == frozenset({ME})


def test_an_approval_is_a_completed_approving_step_answered_approve_by_a_person():
    given = step(
        element="endorse_department_head", decision="approve", person=ME, on_behalf_of=OTHER, role="head"
    )
    (found,) = rules.approvals_from_history([given])
    assert (found.role, found.person, found.on_behalf_of, found.element) == (
        "head",
        ME,
        OTHER,
        "endorse_department_head",
    )
    assert (found.iteration, found.at, found.subject_hash) == (1, NOON, "h")
    others = (
        replace(given, kind="escalated"),
        replace(given, approves=False),
        replace(given, decision="return"),
        replace(given, person=None),
    )
    assert rules.approvals_from_history(others) == ()
    bare = replace(given, role=None, element=None, subject_hash=None)
    assert [(one.role, one.element, one.subject_hash) for one in rules.approvals_from_history([bare])] == [
        ("", "", "")
    ]


def test_who_was_acted_for_approves_no_second_time_either():
    history = [
        step("started", opened=("endorse_department_head",), approves=False),
        step(element="endorse_department_head", minute=1, decision="approve", person=ME, on_behalf_of=OTHER),
    ]
    assert rules.valid_approver_ids(history, MODEL) == frozenset({ME, OTHER})


def test_a_step_completed_and_opened_again_begins_a_third_round():
    again = [
        step(element="endorse_department_head", minute=1, decision="return", opened=("rework_teacher",)),
        step(element="rework_teacher", minute=2, approves=False, opened=("endorse_department_head",)),
    ]
    history = [step("started", opened=("endorse_department_head",), approves=False), *again, *again]
    assert rules.current_element_iterations(history, MODEL)["endorse_department_head"] == 3


def form(*kinds: str, subject: str = "", when: tuple[str, ...] = ()) -> Form:
    """A form with a field of each kind, named like it."""
    return Form("a.form", tuple(FormField(kind, kind, {}, {}) for kind in kinds), subject, when)


def test_answers_are_sorted_by_the_kind_of_their_field():
    asked = form("textarea", "text", "file", "select", "number")
    said = {"textarea": "Негиз", "text": "№ 7", "file": [ME], "select": "typo", "number": 0}
    given = rules.split_answers_by_field_kind(asked, said)
    assert (given.words, dict(given.variables), given.files) == (
        "Негиз",
        {"select": "typo", "number": 0},
        (ME,),
    )
    assert given.subject is None and given.subject_factories == () and given.decision is None


def test_what_was_not_answered_is_no_fact_and_two_texts_are_two_paragraphs():
    two = Form("a.form", tuple(FormField(key, "textarea", {}, {}) for key in "ab"))
    assert rules.split_answers_by_field_kind(two, {"a": "Бир", "b": "Эки"}).words == "Бир\n\nЭки"
    empty = rules.split_answers_by_field_kind(
        form("select", "number", "file"), {"select": "", "number": None, "file": []}
    )
    assert (dict(empty.variables), empty.files) == ({}, ())
    assert rules.split_answers_by_field_kind(None, {"decision": "approve"}).variables == {}


@pytest.mark.parametrize(
    ("decision", "made"), [(None, True), ("approve", True), ("resubmit", True), ("return", False)]
)
def test_only_who_asks_or_approves_describes_a_subject(decision, made):
    said = {"change_set": [{"new": "PRESENT"}], "decision": decision}
    given = rules.split_answers_by_field_kind(form("change_set"), said)
    assert (given.subject_factories, given.subject) == (("change_set",), said) if made else ((), None)


def test_a_form_that_is_a_subject_says_with_which_decision():
    whole = form("select", subject="makeup_task", when=("assign",))
    assert rules.split_answers_by_field_kind(whole, {"decision": "assign"}).subject_factories == (
        "makeup_task",
    )
    assert rules.split_answers_by_field_kind(whole, {"decision": "approve"}).subject_factories == ()
    asked = form("select", subject="makeup_task")
    assert rules.split_answers_by_field_kind(asked, {"decision": "approve"}).subject_factories == (
        "makeup_task",
    )
