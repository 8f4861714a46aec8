"""Late entry of marks (4.2.1, 4.3.1): a teacher asks to enter cells after their deadline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.late_entry.commands import grant_late_entry, store_late_entry_request
from app.journal.late_entry.queries import (
    describe_late_entry,
    load_late_entry_fingerprint,
    load_late_entry_scope,
)
from app.kernel.act import Act
from app.operations.types import CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def store_late_entry_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """The cells a teacher wants to enter after the term; refuses by 4.2.1, 4.3.1 and 7.6 (`journal.rules`)."""
    made = store_late_entry_request(act, subject_id, answers["entries"], reason=answers["reason"])
    scope = load_late_entry_scope(made.id)
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
        description=describe_late_entry(made.id),
        units={
            "discipline_department": scope.discipline_department,
            "student_institute": scope.student_institute,
        },
        about=(),
    )


PROCESS = Process(
    start=ProcessStart(
        name="late_entry",
        subject_factory=store_late_entry_subject,
        id_variable="entries",
        clause="4.2.1",
        unit_variables=("discipline_department", "student_institute"),
        unique_by="cells",
        play=PlaySubject(address={"cells": "{untaken_lesson}:roll:ATTENDANCE"}),
    ),
    operations=(
        Operation(
            name="journal.grant_late_entry",
            command=grant_late_entry,
            params={"entries": UUID},
            outcomes={
                "opened": N_("the journal was opened for these cells"),
                "sheet_closed": N_("the sheet had been closed meanwhile, nothing was written"),
            },
            success_outcomes=("opened",),
            clause="4.2.1",
            required_approvals=RequiredApprovals(("department_head", "directorate"), "4.2.1"),
            approved_parameter="entries",
            load_approved_fingerprint=load_late_entry_fingerprint,
        ),
    ),
    subject_factories={
        "entries": store_late_entry_subject,
    },
    blocker_kind="entries",
)
