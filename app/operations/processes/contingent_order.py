"""Orders about students (2.1): the directorate drafts, the academic office checks, the rector signs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.kernel.act import Act
from app.operations.types import WITHDRAWN_OUTCOME, CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.people.commands.order_effects import apply_order, apply_registered_order
from app.people.commands.orders import (
    OrderDraft,
    end_order,
    read_order_entries,
    read_order_kind,
    refuse_order,
    store_order_draft,
    withdraw_order,
)
from app.people.order_rules import STOPPED, WITHDRAWN, OrderHead
from app.people.queries.orders import describe_order, load_order, recompute_order_fingerprint
from app.texts.translate import N_


def store_contingent_order_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Return an order as it is to be checked and signed; one that came back keeps its scan unless another is sent."""
    asked = answers["contingent_order"]
    head = OrderHead(
        kind=read_order_kind(asked["kind"]),
        number=answers["order_no"],
        ordered_on=date.fromisoformat(answers["order_date"]),
        effective_on=date.fromisoformat(answers["effective_on"]),
        signing=answers["signature"],
    )
    files = tuple(answers.get("files") or ()) or (tuple(load_order(before).files) if before else ())
    draft = OrderDraft(head, read_order_entries(asked["entries"]), files)
    row = store_order_draft(act, subject_id, draft, before)
    return CaseSubject(
        id=row.id,
        sha256=row.sha256,
        description=describe_order(row.id),
        units={"student_institute": row.unit_id},
        # The students see their own lines on the page of the order, not the case with all of them.
        about=(),
        variables={"order_signing": row.signing},
        updated_variables={"order_signing": row.signing, "student_institute": str(row.unit_id)},
    )


def end_undecided_order(act: Act, subject: Mapping[str, Any], how: str) -> None:
    """End the way of an order whose case ended without a decision."""
    end_order(act, UUID(subject["order"]), WITHDRAWN if how == WITHDRAWN_OUTCOME else STOPPED)


_APPLY_OUTCOMES = {
    "applied": N_("the order is in force"),
    "students_changed": N_("another order about a student came meanwhile, nothing was written"),
}
PROCESS = Process(
    start=ProcessStart(
        name="contingent_order",
        subject_factory=store_contingent_order_subject,
        id_variable="contingent_order",
        clause="2.1",
        unit_variables=("student_institute",),
        code_variables=("order_signing",),
        roles=("directorate",),
        on_undecided=end_undecided_order,
        play=PlaySubject(address={"kind": "LEAVE", "students": "{student}", "go": "1"}),
    ),
    operations=(
        Operation(
            name="people.apply_order",
            command=apply_order,
            params={"contingent_order": UUID},
            outcomes=_APPLY_OUTCOMES,
            success_outcomes=("applied",),
            clause="2.1",
            required_approvals=RequiredApprovals(("academic_office", "rector"), "2.1"),
            approved_parameter="contingent_order",
            load_approved_fingerprint=recompute_order_fingerprint,
        ),
        Operation(
            name="people.apply_registered_order",
            command=apply_registered_order,
            params={"contingent_order": UUID},
            outcomes=_APPLY_OUTCOMES,
            success_outcomes=("applied",),
            clause="2.1",
            required_approvals=RequiredApprovals(("academic_office",), "2.1"),
            approved_parameter="contingent_order",
            load_approved_fingerprint=recompute_order_fingerprint,
        ),
        Operation(
            name="people.refuse_order",
            command=refuse_order,
            params={"contingent_order": UUID},
            outcomes={"ended": N_("the draft of the order is refused")},
            success_outcomes=("ended",),
            clause="2.1",
        ),
        Operation(
            name="people.withdraw_order",
            command=withdraw_order,
            params={"contingent_order": UUID},
            outcomes={"ended": N_("the draft of the order is withdrawn")},
            success_outcomes=("ended",),
            clause="2.1",
        ),
    ),
    subject_factories={"contingent_order": store_contingent_order_subject},
    blocker_kind="",
)
