"""Reopening lines of a grade sheet after its days of entry (4.3.2, 4.3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.grade_sheets.list_queries import load_late_lines_case_subject, load_sheet_case_scope
from app.journal.grade_sheets.queries import load_late_sheet_entry_fingerprint
from app.journal.grade_sheets.reopening_commands import (
    open_sheet_lines_for_late_entry,
    store_late_sheet_entry_request,
)
from app.kernel.act import Act
from app.operations.types import CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def store_late_sheet_entry_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Lines of a sheet a teacher wants to enter after its week or day (4.3.2, 4.3.3)."""
    asked = answers["lines"]
    sheet, students = UUID(asked["sheet"]), [UUID(student) for student in asked["students"]]
    made = store_late_sheet_entry_request(act, subject_id, sheet, students, answers["reason"])
    scope = load_sheet_case_scope(sheet)
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
        description=load_late_lines_case_subject(made.id),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(),
    )


PROCESS = Process(
    start=ProcessStart(
        name="late_sheet",
        subject_factory=store_late_sheet_entry_subject,
        id_variable="lines",
        clause="4.3.2",
        unit_variables=("discipline_department", "student_institute"),
        play=PlaySubject("late_sheet", address={"sheet": "{sheet}"}),
    ),
    operations=(
        Operation(
            name="journal.open_sheet",
            command=open_sheet_lines_for_late_entry,
            params={"request_id": UUID},
            outcomes={
                "opened": N_("the journal was opened for these cells"),
                "signed": N_("the sheet had been signed meanwhile, nothing was opened"),
            },
            success_outcomes=("opened",),
            clause="4.3.2",
            required_approvals=RequiredApprovals(("department_head", "academic_office"), "4.3.2"),
            approved_parameter="request_id",
            load_approved_fingerprint=load_late_sheet_entry_fingerprint,
        ),
    ),
    subject_factories={
        "lines": store_late_sheet_entry_subject,
    },
    blocker_kind="entries",
)
