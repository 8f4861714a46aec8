"""Extension of make-up work (5.3.2): a personal last day after the end of the semester."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.case_checks.still_valid import (
    standing_of_plea,
)
from app.journal.makeups.extension_commands import allow_workoff, plead_workoff
from app.journal.makeups.queries import (
    describe_plea,
    fingerprint_of_plea,
    scope_of_plea,
)
from app.kernel.act import Act
from app.operations.requests import requested_student, teaches_missed_lessons
from app.operations.types import CaseSubject, Operation, Process, Start
from app.people.approvals import Demand
from app.texts.translate import mark


def plea_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Missed lessons that somebody wants to make up after the semester's last date (5.3.2)."""
    student = requested_student(act, answers["workoff"])
    lessons = [UUID(lesson) for lesson in answers["workoff"]["lessons"]]
    made = plead_workoff(act, subject_id, student, lessons, answers["reason"])
    scope = scope_of_plea(made.id, act.at)
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
        described=describe_plea(made.id),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(scope.student,),
        facts={"student": str(scope.student), "teacher": str(scope.teacher)},
    )


PROCESS = Process(
    start=Start(
        name="late_workoff",
        subject=plea_subject,
        fact="plea",
        clause="5.3.2",
        scopes=("discipline_department", "student_institute"),
        persons=("student", "teacher"),
        roles=("student",),
        for_others=("curator", "directorate"),
        offers=("teacher",),
        offered=teaches_missed_lessons,
        alone="cells",
        standing=standing_of_plea,
        for_student=True,
    ),
    operations=(
        Operation(
            name="journal.allow_workoff",
            command=allow_workoff,
            params={"plea": UUID},
            outcomes={
                "allowed": mark("a personal last day was set"),
                "sheet_closed": mark("the sheet had been closed meanwhile, nothing was written"),
            },
            success=("allowed",),
            clause="5.3.2",
            demands=Demand(("department_head", "directorate"), "5.3.2"),
            approved="plea",
            fingerprint=fingerprint_of_plea,
        ),
    ),
    blocks_closing="makeups",
)
