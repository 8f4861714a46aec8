"""The demand of the late correction (4.4.2): four roles in order, distinct persons, this round, exactly this change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest

from app.operations import FOLLOW_UP_BY_EVENT_TYPE, OPERATIONS, STARTS
from app.people.approvals import Approval, ApprovalContext, RequiredApprovals, missing_approval_refusal

ROLES = ("department_head", "directorate", "academic_office", "it_admin")
DEMAND = RequiredApprovals(ROLES, "4.4.2")
NOON = datetime(2026, 10, 14, 6, tzinfo=UTC)
REQUESTER = uuid4()


def approval(role: str, minute: int, person: UUID | None = None, **other) -> Approval:
    given = {"on_behalf_of": None, "element": f"step_{role}", "iteration": 1, "subject_hash": "h1"} | other
    return Approval(role=role, person=person or uuid4(), at=NOON + timedelta(minutes=minute), **given)


def ground(approvals, rounds=None, subject_hash="h1") -> ApprovalContext:
    return ApprovalContext(REQUESTER, rounds or {}, subject_hash, approvals)


def all_four(**changes: Approval) -> list[Approval]:
    minutes = count()
    return [changes.get(role) or approval(role, next(minutes)) for role in ROLES]


@pytest.mark.clause("4.4.2")
def test_four_approvals_in_order_open_the_door():
    assert missing_approval_refusal(DEMAND, ground(all_four())) is None


@pytest.mark.clause("4.4.2")
@pytest.mark.parametrize("absent", ROLES)
def test_each_missing_approval_keeps_it_shut(absent: str):
    given = [item for item in all_four() if item.role != absent]
    refusal = missing_approval_refusal(DEMAND, ground(given))
    assert refusal is not None and refusal.code == "operations.approval.missing"
    assert refusal.clause == "4.4.2" and refusal.params["role"] == absent


@pytest.mark.parametrize("role", ROLES)
def test_nobody_approves_his_own_request(role: str):
    minute = ROLES.index(role)
    refusal = missing_approval_refusal(DEMAND, ground(all_four(**{role: approval(role, minute, REQUESTER)})))
    assert refusal is not None and refusal.code == "operations.approval.same_person"


def test_one_person_does_not_approve_in_two_roles():
    same = uuid4()
    given = all_four(directorate=approval("directorate", 1, same), it_admin=approval("it_admin", 3, same))
    refusal = missing_approval_refusal(DEMAND, ground(given))
    assert refusal is not None and refusal.params["role"] == "it_admin"


def test_acting_on_behalf_of_an_earlier_approver_is_the_same_person():
    head = uuid4()
    given = all_four(
        department_head=approval("department_head", 0, head),
        directorate=approval("directorate", 1, on_behalf_of=head),
    )
    refusal = missing_approval_refusal(DEMAND, ground(given))
    assert refusal is not None and refusal.code == "operations.approval.same_person"


def test_an_approval_of_an_earlier_round_is_void():
    refusal = missing_approval_refusal(DEMAND, ground(all_four(), {"step_department_head": 2}))
    assert refusal is not None and refusal.params["role"] == "department_head"


def test_an_approval_of_another_change_is_void():
    refusal = missing_approval_refusal(DEMAND, ground(all_four(), subject_hash="h2"))
    assert refusal is not None and refusal.code == "operations.approval.missing"


def test_approvals_out_of_order_do_not_count():
    given = all_four(department_head=approval("department_head", 9))
    refusal = missing_approval_refusal(DEMAND, ground(given))
    assert refusal is not None and refusal.code == "operations.approval.out_of_order"


def test_every_start_names_a_role_and_a_clause():
    is_started_by_event = {follow.start for follow in FOLLOW_UP_BY_EVENT_TYPE.values()}
    assert all(bool(start.clause) != start.general for start in STARTS.values())
    assert {start.name for start in STARTS.values() if not start.roles} == is_started_by_event


def test_every_operation_declares_its_success_among_its_outcomes():
    assert all(set(entry.success_outcomes) <= set(entry.outcomes) for entry in OPERATIONS.values())
