"""Make-up work (5): requested, assigned, done and assessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.journal.case_checks.still_valid import check_makeup_validity
from app.journal.makeups.commands import (
    MakeupAssessment,
    MakeupTask,
    propose_makeup_due_day,
    store_makeup_assessment,
    store_makeup_request,
    store_makeup_task,
    store_makeup_waiver,
    write_makeup_to_journal,
)
from app.journal.makeups.queries import describe_makeup, load_makeup_fingerprint, load_makeup_scope
from app.journal.semesters.queries import load_makeup_deadline_anchors
from app.kernel.act import Act
from app.kernel.clock import local_noon_in_utc
from app.kernel.errors import Refused
from app.operations.cell_ranges import listed_cells_of_both_kinds
from app.operations.requests import is_teacher_of_missed_lessons, requested_student_or_actor
from app.operations.types import CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def store_makeup_request_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Missed lessons of one discipline that a student wants to make up (5.2.1)."""
    asked = answers["makeup"]
    student = requested_student_or_actor(act, asked)
    lessons = [UUID(lesson) for lesson in asked["lessons"]]
    return _load_makeup_case_subject(act, store_makeup_request(act, subject_id, student, lessons).id)


def store_makeup_task_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """The task a teacher sets for them: form, topic, criteria, date (5.1.2, 5.4.1); or that none is required."""
    if before is None:
        raise Refused("operations.input.missing", name="makeup")
    if answers["decision"] == "not_required":
        waiver = store_makeup_waiver(act, subject_id, before, answers["reason"])
        return _load_makeup_case_subject(act, waiver.id)
    task = MakeupTask(
        form=answers["form"],
        form_name=answers.get("form_name") or "",
        topic=answers["topic"],
        criteria=answers["criteria"],
        due_on=date.fromisoformat(answers["due_on"]),
    )
    made = _load_makeup_case_subject(act, store_makeup_task(act, subject_id, before, task).id)
    return replace(made, updated_variables=_task_due_variable(task.due_on))


def store_makeup_assessment_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """What the teacher found: accepted, once more, or failed; points and comment (5.4.1)."""
    if before is None:
        raise Refused("operations.input.missing", name="makeup")
    points, again = answers.get("points"), answers["decision"] == "again"
    due_on = _read_retry_day(act, before, answers) if again else None
    result = MakeupAssessment(
        decision=answers["decision"],
        points=int(Decimal(points)) if points is not None else None,
        comment=answers.get("comment") or "",
        due_on=due_on,
    )
    made = _load_makeup_case_subject(act, store_makeup_assessment(act, subject_id, before, result).id)
    return replace(made, updated_variables=_task_due_variable(due_on)) if due_on else made


def _read_retry_day(act: Act, makeup: UUID, answers: Mapping[str, Any]) -> date:
    """Return the new day of a second try; a form of an earlier version asks for none and gets the proposed one."""
    return (
        date.fromisoformat(answers["due_on"])
        if answers.get("due_on")
        else propose_makeup_due_day(act, makeup)
    )


def _task_due_variable(due_on: date) -> dict[str, str]:
    """Return the start variable of the day that the teacher set: the student has until the later of the fourteen
    days and this day (5.3.1, 5.4.1)."""
    return {"task_due": local_noon_in_utc(due_on).isoformat()}


def propose_makeup_form_values(act: Act, makeup: UUID) -> dict[str, str]:
    """Return the values with which the form of a task or of an assessment opens: the proposed day."""
    return {"due_on": propose_makeup_due_day(act, makeup).isoformat()}


def _load_makeup_case_subject(act: Act, id: UUID) -> CaseSubject:
    scope = load_makeup_scope(id, act.at)
    return CaseSubject(
        id=id,
        sha256=load_makeup_fingerprint(id) or "",
        description=describe_makeup(id),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(scope.student,),
        variables={
            "student": str(scope.student),
            "teacher": str(scope.teacher),
            "absent_at": scope.absent_at.isoformat(),
            "semester_last": scope.semester_last.isoformat(),
        },
    )


PROCESS = Process(
    start=ProcessStart(
        name="makeup",
        subject_factory=store_makeup_request_subject,
        id_variable="makeup",
        clause="5.2.1",
        unit_variables=("discipline_department", "student_institute"),
        person_variables=("student", "teacher"),
        anchor_variables=("absent_at", "semester_last", "task_due"),
        not_before={"workoff.term": "task_due"},
        roles=("student",),
        on_behalf_roles=("curator", "directorate"),
        offered_by=("teacher",),
        may_offer=is_teacher_of_missed_lessons,
        unique_by="cells",
        check_validity=check_makeup_validity,
        needs_action_of_student=True,
        play=PlaySubject(address={"lesson": "{lesson}"}),
    ),
    operations=(
        Operation(
            name="journal.record_makeup",
            command=write_makeup_to_journal,
            params={"makeup": UUID},
            outcomes={
                "done": N_("the absence is made up"),
                "awaiting_commission": N_("sheet closed, points on hold"),
                "not_absent": N_("there was no absence, nothing was written"),
            },
            success_outcomes=("done", "awaiting_commission"),
            clause="5.4.2",
            required_approvals=RequiredApprovals(("teacher",), "5.4.1", {"teacher": ("department_head",)}),
            approved_parameter="makeup",
            load_approved_fingerprint=load_makeup_fingerprint,
        ),
    ),
    subject_factories={
        "makeup": store_makeup_request_subject,
        "makeup_task": store_makeup_task_subject,
        "makeup_result": store_makeup_assessment_subject,
    },
    proposed_form_values={
        "makeup_task": propose_makeup_form_values,
        "makeup_result": propose_makeup_form_values,
    },
    load_anchors=load_makeup_deadline_anchors,
    cell_readers={
        "makeup": listed_cells_of_both_kinds,
    },
    blocker_kind="makeups",
)
