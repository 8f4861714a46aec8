"""Case subjects that the processes before a commission share: a hearing, and the appeal before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.appeals.commands import AppealFilingResult, end_undecided_appeal, withdraw_appeal
from app.journal.appeals.hearing_commands import convene_hearing
from app.journal.appeals.hearing_queries import describe_hearing, load_hearing_stage_row
from app.journal.appeals.queries import describe_appeal, load_appeal_scope
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.operations.types import WITHDRAWN_OUTCOME, CaseSubject


def convene_hearing_of_appeal(act: Act, made: AppealFilingResult) -> CaseSubject:
    convened = convene_hearing(act, new_id(), made.id)
    if convened is not None:
        return load_hearing_case_subject(act, convened.id)
    scope = load_appeal_scope(made.id, act.at)
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
        description=describe_appeal(made.id),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(*scope.students, scope.teacher),
        variables={"appeal": str(made.id), "teacher": str(scope.teacher), "convened": "no"},
    )


def load_hearing_case_subject(act: Act, id: UUID) -> CaseSubject:
    row = load_hearing_stage_row(id)
    scope = load_appeal_scope(row.appeal_id, act.at)
    persons = {"chair": str(row.chair_id), "secretary": str(row.secretary_id), "convened": "yes"}
    members = (row.chair_id, row.secretary_id, *(UUID(one) for one in row.members))
    return CaseSubject(
        id=row.id,
        sha256=row.sha256,
        description=describe_hearing(row.id),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=tuple(dict.fromkeys((*scope.students, scope.teacher, *members))),
        variables={"appeal": str(row.appeal_id), "teacher": str(scope.teacher), **persons},
        updated_variables=persons,
    )


def close_undecided_appeal(act: Act, subject: Mapping[str, Any], how: str) -> None:
    """The case of an appeal or a proposal ended without a decision, and so does the appeal."""
    end = withdraw_appeal if how == WITHDRAWN_OUTCOME else end_undecided_appeal
    end(act, UUID(subject["appeal"]))
