"""Rules for the approvals an operation requires: roles in order, distinct persons, same iteration, same
subject. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Approval:
    """One completed user task marked `approves` and answered `approve`; built by `cases` from the history."""

    role: str
    person: UUID
    on_behalf_of: UUID | None
    at: datetime
    element: str
    iteration: int
    subject_hash: str


@dataclass(frozen=True, slots=True)
class RequiredApprovals:
    """The approvals an operation requires: these roles in this order, distinct persons, never the
    requester, unless `by_requester` lets the requester give them: then the step alone is demanded.

    `clause` is "" where no clause names these roles: the demand is the university's own. `stand_ins` are roles that
    may approve in place of one, when its deadline has passed.
    """

    roles: tuple[str, ...]
    clause: str
    stand_ins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_requester: bool = False

    def roles_counting_as_approval_of(self, role: str) -> tuple[str, ...]:
        """Return the roles whose approval counts as that of this role, the role itself first."""
        return (role, *self.stand_ins.get(role, ()))


@dataclass(frozen=True, slots=True)
class ApprovalContext:
    """State of a case when it calls an operation: requester, iterations, hash of the subject, approvals.

    `rounds` holds the current iteration of every step that is not in its first.
    """

    requester: UUID
    rounds: Mapping[str, int]
    subject_hash: str
    approvals: Sequence[Approval]


def missing_approval_refusal(demand: RequiredApprovals, ground: ApprovalContext) -> Refused | None:
    """Return None when every role approved this subject, in this iteration, in order, by distinct persons;
    else the refusal."""
    valid = [
        approval
        for approval in ground.approvals
        if approval.iteration == ground.rounds.get(approval.element, 1)
        and approval.subject_hash == ground.subject_hash
    ]
    persons: set[UUID] = set() if demand.by_requester else {ground.requester}
    last: datetime | None = None
    for role in demand.roles:
        role_approvals = [
            approval for approval in valid if approval.role in demand.roles_counting_as_approval_of(role)
        ]
        if not role_approvals:
            return _role_approval_refusal(demand, "operations.approval.missing", role)
        approval = role_approvals[-1]
        if last is not None and approval.at < last:
            return _role_approval_refusal(demand, "operations.approval.out_of_order", role)
        people = {approval.person} | ({approval.on_behalf_of} if approval.on_behalf_of else set())
        if people & persons:
            return _role_approval_refusal(demand, "operations.approval.same_person", role)
        persons |= people
        last = approval.at
    return None


def _role_approval_refusal(demand: RequiredApprovals, code: str, role: str) -> Refused:
    """Return the refusal for a role."""
    return Refused(code, clause=demand.clause or None, role=role)
