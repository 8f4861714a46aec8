"""Correction of cells after their deadline (4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.appeals.proposal_commands import post_change_proposal
from app.journal.corrections.commands import apply_correction, store_change_set
from app.journal.corrections.queries import (
    describe_change_set,
    load_change_set_fingerprint,
    load_change_set_scope,
)
from app.kernel.act import Act
from app.operations.types import CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def store_change_set_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """A change set from the cells a person named; refuses by 4.4.1 and 4.4.2 (`journal.rules`)."""
    made = store_change_set(
        act,
        subject_id,
        answers["change_set"],
        error_kind=answers["error_kind"],
        reason=answers["reason"],
    )
    scope = load_change_set_scope(made.id)
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
        description=describe_change_set(made.id),
        units={
            "discipline_department": scope.discipline_department,
            "student_institute": scope.student_institute,
        },
        about=tuple(scope.students),
    )


PROCESS = Process(
    start=ProcessStart(
        name="late_correction",
        subject_factory=store_change_set_subject,
        id_variable="change_set",
        clause="4.4.2",
        unit_variables=("discipline_department", "student_institute"),
        unique_by="cells",
        play=PlaySubject(address={"cells": "{old_lesson}:{student}:ATTENDANCE"}),
    ),
    operations=(
        Operation(
            name="journal.apply_correction",
            command=apply_correction,
            params={"change_set": UUID},
            outcomes={
                "applied": N_("the change was written"),
                "cell_changed": N_("the cell had changed meanwhile, nothing was written"),
                "sheet_closed": N_("the sheet had been closed meanwhile, nothing was written"),
            },
            success_outcomes=("applied",),
            clause="4.4.2",
            required_approvals=RequiredApprovals(
                ("department_head", "directorate", "academic_office", "it_admin"), "4.4.2"
            ),
            approved_parameter="change_set",
            load_approved_fingerprint=load_change_set_fingerprint,
        ),
        Operation(
            name="journal.propose_change",
            command=post_change_proposal,
            params={"change_set": UUID},
            outcomes={"proposed": N_("the change goes to a commission")},
            success_outcomes=("proposed",),
            clause="4.4.3",
        ),
    ),
    subject_factories={
        "change_set": store_change_set_subject,
    },
    blocker_kind="corrections",
)
