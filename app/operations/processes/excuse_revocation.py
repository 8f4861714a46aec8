"""Revocation of a confirmed excuse (P26)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.excuses.case_subjects import load_excuse_doubt_fingerprint, load_excuse_to_revoke
from app.journal.excuses.commands import revoke_excuse, store_excuse_doubt
from app.kernel.act import Act
from app.operations.cell_ranges import attendance_cells_in_subject_period
from app.operations.types import CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def load_excuse_revocation_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """What was confirmed for one student and is in doubt: all of it, or some of its lessons (P26)."""
    chosen = [UUID(lesson) for lesson in answers["excused"].get("lessons", ())]
    asked = load_excuse_to_revoke(act, UUID(answers["excused"]["id"]), chosen)
    made = store_excuse_doubt(act, subject_id, asked.id, chosen)
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
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
        unique_by="cells",
        play=PlaySubject("excuse", address={"excused": "{excused}"}),
    ),
    operations=(
        Operation(
            name="journal.revoke_excuse",
            command=revoke_excuse,
            params={"excused": UUID},
            outcomes={"revoked": N_("the excuse was revoked")},
            success_outcomes=("revoked",),
            clause="4.2.4",
            required_approvals=RequiredApprovals(("directorate",), "4.2.4"),
            approved_parameter="excused",
            load_approved_fingerprint=load_excuse_doubt_fingerprint,
        ),
    ),
    cell_readers={
        "excused": attendance_cells_in_subject_period,
    },
    blocker_kind="excuses",
)
