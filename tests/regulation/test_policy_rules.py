"""Who proposes and decides the value of a policy, from when, and within which limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, Invalid, Refused
from app.kernel.i18n import LOCALES
from app.regulation.clauses import clause_by_number
from app.regulation.policy_list import open_questions, policy_description, policy_descriptions
from app.regulation.policy_rules import (
    LAST_EFFECTIVE_DAY,
    MAX_REASON_LENGTH,
    NewPolicyValue,
    normalized_policy_value,
    refusal_of_policy_decision,
    refusal_to_decide_policy_change,
    refusal_to_propose_policy_value,
)
from app.regulation.rules import Policy
from app.texts.policy_names import CHOICE_LABELS, policy_name

TODAY = date(2026, 12, 1)
OFFICE = (RoleAssignment("academic_office"),)
RECTOR = (RoleAssignment("rector"),)
GOOD = NewPolicyValue("5", TODAY, "Order 12")
ACCEPT = policy_description("workoff.accept_term")


def in_force(policy, source="default", value=None):
    return Policy(policy.key, value or policy.value, policy.measure, policy.clause, source)


def code_of(error):
    if isinstance(error, Invalid):
        return {field: problems[0].code for field, problems in error.fields.items()}
    return error and (type(error), error.code)


def proposing(policy=ACCEPT, roles=OFFICE, source="default", reason="The council asked", now=None, **more):
    new = replace(GOOD, **more)
    return code_of(
        refusal_to_propose_policy_value(policy, new, now or in_force(policy, source), roles, TODAY, reason)
    )


def test_the_office_proposes_a_value_within_its_limits_from_today_on():
    assert proposing() is None
    for value in ("1", "30"):
        assert proposing(value=value) is None
    for value in ("0", "31", "", "-1", "1.5", "five", "²", "99999"):
        assert proposing(value=value) == {"value": "regulation.policy.out_of_limits"}, value
    for day in (TODAY, LAST_EFFECTIVE_DAY):
        assert proposing(effective_from=day) is None
    for day in (TODAY - timedelta(days=1), LAST_EFFECTIVE_DAY + timedelta(days=1)):
        assert proposing(effective_from=day) == {"effective_from": "regulation.policy.from_today"}


@pytest.mark.parametrize("role", ["teacher", "directorate", "rector", "it_admin", "auditor"])
def test_nobody_else_proposes(role):
    assert proposing(roles=(RoleAssignment(role),)) == (Denied, "regulation.policy.proposed_by_office")


def test_a_document_and_a_reason_are_needed():
    assert proposing(document=" ") == {"document": "forms.field.required"}
    assert proposing(document="x" * 201) == {"document": "forms.field.too_long"}
    assert proposing(reason=" ") == {"reason": "forms.field.required"}
    assert proposing(reason="x" * MAX_REASON_LENGTH) is None
    assert proposing(reason="x" * (MAX_REASON_LENGTH + 1)) == {"reason": "forms.field.too_long"}


def test_the_same_value_is_proposed_only_to_confirm_a_default():
    assert proposing(value=ACCEPT.value) is None
    assert proposing(value=ACCEPT.value, source="decision") == {"value": "regulation.policy.same_value"}
    assert proposing(value="4", source="decision") is None
    visas = policy_description("closed_change.visas")
    assert proposing(visas, value="VISAS", source="text") == {"value": "regulation.policy.same_value"}
    assert proposing(visas, value="NOTE", source="text") is None


def test_a_length_that_the_regulation_says_is_refused_and_a_choice_takes_what_is_offered():
    makeup = policy_description("workoff.term")
    error = refusal_to_propose_policy_value(makeup, GOOD, in_force(makeup, "text"), OFFICE, TODAY, "Why")
    assert isinstance(error, Refused) and (error.code, error.clause) == (
        "regulation.policy.said_by_regulation",
        "5.3.1",
    )
    scheme = policy_description("grading.scheme")
    assert proposing(scheme) == (Refused, "regulation.policy.set_elsewhere")
    by = policy_description("correction.self_by")
    assert proposing(by, value="AUTHOR") is None
    assert proposing(by, value="author") == proposing(by, value="") == {"value": "forms.field.not_offered"}
    types = policy_description("workoff.required_excused")
    for value in ("", "LAB", "LECTURE PRACTICE LAB"):
        assert proposing(types, value=value) is None
    assert proposing(types, value="LAB CONSULTATION") == {"value": "forms.field.not_offered"}
    assert normalized_policy_value(types, " LAB  LECTURE ") == "LECTURE LAB"
    assert normalized_policy_value(ACCEPT, " 007 ") == "7"
    hour = policy_description("notices.digest_hour")
    assert proposing(hour, value="23") is None and proposing(hour, value="0") is None
    assert proposing(hour, value="24") == {"value": "regulation.policy.out_of_limits"}


def test_a_second_person_decides_never_a_party_of_the_proposal():
    proposer, principal, other = uuid4(), uuid4(), uuid4()

    def deciding(person, behalf=None, roles=OFFICE):
        return code_of(refusal_to_decide_policy_change((proposer, principal), (person, behalf), roles))

    assert deciding(other) is None and deciding(other, roles=RECTOR) is None
    own = (Refused, "regulation.policy.own")
    assert deciding(proposer) == deciding(principal) == deciding(other, proposer) == own
    assert deciding(other, principal, RECTOR) == own
    assert deciding(other, roles=(RoleAssignment("directorate"),)) == (
        Denied,
        "regulation.policy.decided_by_office",
    )
    # Nobody acted for: None on both sides is no common party.
    assert refusal_to_decide_policy_change((proposer, None), (other, None), OFFICE) is None


def test_an_approval_needs_a_day_that_has_not_passed_and_a_rejection_a_reason():
    assert refusal_of_policy_decision(True, TODAY, TODAY, "") is None
    passed = refusal_of_policy_decision(True, TODAY - timedelta(days=1), TODAY, "")
    assert code_of(passed) == (Refused, "regulation.policy.day_passed")
    assert code_of(refusal_of_policy_decision(False, TODAY, TODAY, " ")) == {"words": "forms.field.required"}
    assert refusal_of_policy_decision(False, TODAY - timedelta(days=9), TODAY, "No order") is None


def test_every_policy_has_a_name_and_limits_that_its_first_value_keeps():
    for policy in policy_descriptions().values():
        assert policy_name(policy.key) != policy.key
        if policy.is_settable:
            assert proposing(policy, value=policy.value) in (
                None,
                {"value": "regulation.policy.same_value"},
            ), policy.key
            assert bool(policy.choices) != (policy.least is not None and policy.most is not None)
        if policy.choices and not policy.several:
            assert set(CHOICE_LABELS[policy.key]) == set(policy.choices)


def test_every_open_question_is_asked_in_three_languages_about_a_clause_and_a_policy_that_exist():
    assert len(open_questions()) >= 30
    for question in open_questions().values():
        if question.clause:
            clause_by_number(question.clause)
        assert not question.policy or question.policy in policy_descriptions()
        for text in (question.texts, question.here):
            assert set(text) == set(LOCALES) and all(text.values()), question.key
