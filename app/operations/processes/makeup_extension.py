"""Extension of make-up work (5.3.2): a personal last day after the end of the semester."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.case_checks.still_valid import check_extension_validity
from app.journal.makeups.extension_commands import grant_makeup_extension, store_extension_request
from app.journal.makeups.queries import (
    describe_extension_request,
    load_extension_request_fingerprint,
    load_extension_request_scope,
)
from app.kernel.act import Act
from app.operations.requests import is_teacher_of_missed_lessons, requested_student_or_actor
from app.operations.types import CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def store_makeup_extension_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Missed lessons that somebody wants to make up after the semester's last date (5.3.2)."""
    student = requested_student_or_actor(act, answers["makeup"])
    lessons = [UUID(lesson) for lesson in answers["makeup"]["lessons"]]
    made = store_extension_request(act, subject_id, student, lessons, answers["reason"])
    scope = load_extension_request_scope(made.id, act.at)
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
        description=describe_extension_request(made.id),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(scope.student,),
        variables={"student": str(scope.student), "teacher": str(scope.teacher)},
    )


PROCESS = Process(
    start=ProcessStart(
        name="makeup_extension",
        subject_factory=store_makeup_extension_subject,
        id_variable="request_id",
        clause="5.3.2",
        unit_variables=("discipline_department", "student_institute"),
        person_variables=("student", "teacher"),
        roles=("student",),
        on_behalf_roles=("curator", "directorate"),
        offered_by=("teacher",),
        may_offer=is_teacher_of_missed_lessons,
        unique_by="cells",
        check_validity=check_extension_validity,
        needs_action_of_student=True,
        play=PlaySubject("semester_over", address={"lesson": "{old_lesson}"}),
    ),
    operations=(
        Operation(
            name="journal.allow_makeup",
            command=grant_makeup_extension,
            params={"request_id": UUID},
            outcomes={
                "allowed": N_("a personal last day was set"),
                "sheet_closed": N_("the sheet had been closed meanwhile, nothing was written"),
            },
            success_outcomes=("allowed",),
            clause="5.3.2",
            required_approvals=RequiredApprovals(("department_head", "directorate"), "5.3.2"),
            approved_parameter="request_id",
            load_approved_fingerprint=load_extension_request_fingerprint,
        ),
    ),
    blocker_kind="makeups",
)
