"""Forming a commission by order of the rector (6.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.journal.commissions.commands import publish_commission_order, store_commission_draft
from app.journal.commissions.queries import (
    describe_commission,
    load_commission_institute_id,
    recompute_commission_fingerprint,
)
from app.journal.commissions.rules import CommissionDraft, Seat
from app.kernel.act import Act
from app.operations.types import CaseSubject, Operation, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def store_commission_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """A commission as it is to be ordered (6.3, 7.4, 7.6)."""
    asked = answers["commission"]
    draft = CommissionDraft(
        kind=answers["kind"],
        order_no=answers["order_no"],
        order_date=date.fromisoformat(answers["order_date"]),
        valid_from=date.fromisoformat(answers["valid_from"]),
        valid_until=date.fromisoformat(answers["valid_until"]),
        quorum=int(Decimal(answers["quorum"])),
        seats=tuple(Seat(UUID(seat["person"]), seat["part"]) for seat in asked["seats"]),
        unit=UUID(asked["unit"]) if asked.get("unit") else None,
        course=UUID(asked["course"]) if asked.get("course") else None,
    )
    made = store_commission_draft(act, subject_id, draft)
    unit = load_commission_institute_id(made.id)
    scoped = "unit" if unit else "university"
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
        description=describe_commission(made.id),
        units={"unit": unit} if unit else {},
        about=(),
        variables={"scoped": scoped},
        updated_variables={"scoped": scoped, "unit": str(unit) if unit else None},
    )


PROCESS = Process(
    start=ProcessStart(
        name="commission",
        subject_factory=store_commission_subject,
        id_variable="commission",
        clause="6.3",
        unit_variables=("unit",),
        code_variables=("scoped",),
        roles=("academic_office",),
    ),
    operations=(
        Operation(
            name="journal.publish_commission",
            command=publish_commission_order,
            params={"commission": UUID},
            outcomes={
                "published": N_("the order is published"),
                "number_taken": N_("another order has this number already"),
            },
            success_outcomes=("published",),
            clause="6.3",
            required_approvals=RequiredApprovals(("rector",), "6.3"),
            approved_parameter="commission",
            load_approved_fingerprint=recompute_commission_fingerprint,
        ),
    ),
    subject_factories={
        "commission": store_commission_subject,
    },
    blocker_kind="",
)
