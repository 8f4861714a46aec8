"""Dispute of a result before its teacher (6.2), the step before an appeal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.appeals.queries import describe_result, load_appeal_scope_of_result
from app.journal.appeals.result_dispute_commands import (
    end_unanswered_dispute,
    file_result_dispute,
    load_outcome_after_result_dispute,
    mark_result_dispute_answered,
    withdraw_dispute,
)
from app.journal.grade_sheets.result_queries import load_result_version
from app.kernel.act import Act
from app.operations.types import WITHDRAWN_OUTCOME, CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.texts.translate import N_


def store_result_dispute_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """A result a student holds to be wrong, before his teacher (6.2)."""
    result = UUID(answers["appeal"]["result"])
    made = file_result_dispute(act, subject_id, result, answers.get("late") or "")
    scope = load_appeal_scope_of_result(result, act.at)
    described = describe_result(load_result_version(result))
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
        description={"kind": "appeal", "of": "DISPUTE", "dispute": str(made.id), "late": False, **described},
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(*scope.students, scope.teacher),
        variables={"student": str(scope.students[0]), "teacher": str(scope.teacher)},
    )


def close_unanswered_result_dispute(act: Act, subject: Mapping[str, Any], how: str) -> None:
    """The case of a disputed result ended without an answer."""
    end = withdraw_dispute if how == WITHDRAWN_OUTCOME else end_unanswered_dispute
    end(act, UUID(subject["dispute"]))


PROCESS = Process(
    start=ProcessStart(
        name="result_dispute",
        subject_factory=store_result_dispute_subject,
        id_variable="dispute",
        clause="6.2",
        unit_variables=("discipline_department", "student_institute"),
        person_variables=("student", "teacher"),
        roles=("student",),
        on_behalf_roles=("curator", "directorate"),
        on_undecided=close_unanswered_result_dispute,
        play=PlaySubject("result", address={"result": "{result}"}),
    ),
    operations=(
        Operation(
            name="journal.answer_dispute",
            command=mark_result_dispute_answered,
            params={"dispute": UUID},
            outcomes={"answered": N_("the time to appeal runs from now")},
            success_outcomes=("answered",),
            clause="6.3",
        ),
        Operation(
            name="journal.check_appealed",
            command=load_outcome_after_result_dispute,
            params={"dispute": UUID},
            outcomes={"appealed": N_("an appeal was filed"), "not_appealed": N_("no appeal was filed")},
            success_outcomes=("appealed", "not_appealed"),
            clause="6.3",
            repeatable=True,
        ),
    ),
    blocker_kind="disputes",
)
