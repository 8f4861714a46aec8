"""Dispute of a mark (6.2): its teacher answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.case_checks.still_valid import check_dispute_validity
from app.journal.disputes.commands import (
    DisputeRequest,
    file_mark_dispute,
    inform_directorate_of_dispute,
    load_how_mark_changed_since_dispute,
)
from app.journal.disputes.queries import describe_dispute, load_dispute_scope
from app.kernel.act import Act
from app.operations.cell_ranges import disputed_cell_of_subject
from app.operations.requests import requested_student_or_actor
from app.operations.types import CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.texts.translate import N_


def store_mark_dispute_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """A mark a student holds to be wrong (6.2)."""
    asked = answers["dispute"]
    said = DisputeRequest(
        lesson=UUID(asked["lesson"]),
        student=requested_student_or_actor(act, asked),
        kind=asked["kind"],
        version=asked["version"],
        late=answers.get("late") or "",
    )
    made = file_mark_dispute(act, subject_id, said)
    scope = load_dispute_scope(made.id, act.at)
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
        description=describe_dispute(made.id, act.at),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(scope.student,),
        variables={
            "student": str(scope.student),
            "teacher": str(scope.teacher),
            "matter": "attendance" if said.kind == "ATTENDANCE" else "grade",
            "reviewer": scope.reviewer,
        },
    )


PROCESS = Process(
    start=ProcessStart(
        name="dispute",
        subject_factory=store_mark_dispute_subject,
        id_variable="dispute",
        clause="6.2",
        unit_variables=("discipline_department", "student_institute"),
        person_variables=("student", "teacher"),
        code_variables=("matter", "reviewer"),
        roles=("student",),
        on_behalf_roles=("curator", "directorate"),
        unique_by="cells",
        check_validity=check_dispute_validity,
        play=PlaySubject(address={"lesson": "{lesson}", "kind": "ATTENDANCE"}),
    ),
    operations=(
        Operation(
            name="journal.check_corrected",
            command=load_how_mark_changed_since_dispute,
            params={"dispute": UUID},
            outcomes={
                "corrected": N_("the mark was changed"),
                "unchanged": N_("the mark is still the same"),
                "sheet_closed": N_("the sheet had been closed meanwhile, nothing was written"),
            },
            success_outcomes=("corrected", "unchanged", "sheet_closed"),
            clause="6.2",
            repeatable=True,
        ),
        Operation(
            name="journal.inform_of_dispute",
            command=inform_directorate_of_dispute,
            params={"dispute": UUID},
            outcomes={"informed": N_("the directorate was told")},
            success_outcomes=("informed",),
            clause="6.2",
            repeatable=True,
        ),
    ),
    cell_readers={
        "dispute": disputed_cell_of_subject,
    },
    blocker_kind="disputes",
)
