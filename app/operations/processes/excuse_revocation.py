"""Revocation of a confirmed excuse (P26)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.excuses.case_subjects import fingerprint_of_confirmed_excuse, load_excuse_to_revoke
from app.journal.excuses.commands import revoke_excuse
from app.kernel.act import Act
from app.operations.cell_ranges import attendance_in_subject_period
from app.operations.types import CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def load_excuse_revocation_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """What was confirmed for one student and is in doubt (P26)."""
    asked = load_excuse_to_revoke(act, UUID(answers["excused"]["id"]))
    return CaseSubject(
        id=asked.id,
        sha256=asked.sha256,
        description=asked.description,
        units={"student_institute": asked.institute},
        about=(asked.student,),
        variables={"student": str(asked.student)},
    )


PROCESS = Process(
    start=ProcessStart(
        name="excuse_revocation",
        subject_factory=load_excuse_revocation_subject,
        id_variable="excused",
        clause="4.2.4",
        unit_variables=("student_institute",),
        person_variables=("student",),
        roles=("directorate",),
        file_reader_roles=("directorate",),
        restricted_parts=("ground",),
        unique_by="subject",
        play=PlaySubject("excuse", address={"excused": "{excused}"}),
    ),
    operations=(
        Operation(
            name="journal.revoke_excuse",
            command=revoke_excuse,
            params={"excused": UUID},
            outcomes={"revoked": N_("the reason was taken back")},
            success_outcomes=("revoked",),
            clause="4.2.4",
            required_approvals=RequiredApprovals(("directorate",), "4.2.4"),
            approved_parameter="excused",
            load_approved_fingerprint=fingerprint_of_confirmed_excuse,
        ),
    ),
    cell_readers={
        "excused": attendance_in_subject_period,
    },
    blocker_kind="excuses",
)
