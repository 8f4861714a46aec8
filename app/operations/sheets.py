"""Makers of what a case about a grade sheet is about: the drawn sheet, then each signature on it (P09)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.grade_sheets.list_queries import describe_lines, describe_sheet, scope_of_sheet
from app.journal.grade_sheets.reopening_commands import plead_lines
from app.journal.grade_sheets.signing_commands import sign_sheet
from app.journal.tables import SheetSigning
from app.kernel.act import Act
from app.kernel.canonical import digest
from app.kernel.db import db
from app.kernel.errors import Refused
from app.operations.subjects import Subject


def sheet_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """A sheet the calendar drew: nothing of it can be approved before it is signed (1.4.2)."""
    sheet = UUID(answers["sheet"])
    return _sheet(sheet, sheet, digest({"drawn": str(sheet)}))


def signing_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """The sheet exactly as its teacher signed it (1.5.2); results are fixed and published by it."""
    if before is None:
        raise Refused("operations.input.missing", clause="1.5.2", name="sheet")
    earlier = db.session.get(SheetSigning, before)
    sheet = earlier.sheet_id if earlier else before
    made = sign_sheet(act, subject_id, sheet, answers["signing"]["seen"])
    return _sheet(made.id, sheet, made.sha256)


def lines_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """Lines of a sheet a teacher wants to enter after its week or day (4.3.2, 4.3.3)."""
    asked = answers["lines"]
    sheet, students = UUID(asked["sheet"]), [UUID(student) for student in asked["students"]]
    made = plead_lines(act, subject_id, sheet, students, answers["reason"])
    scope = scope_of_sheet(sheet)
    return Subject(
        id=made.id,
        sha256=made.sha256,
        described=describe_lines(made.id),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(),
    )


def _sheet(id: UUID, sheet: UUID, sha256: str) -> Subject:
    scope = scope_of_sheet(sheet)
    return Subject(
        id=id,
        sha256=sha256,
        described=describe_sheet(sheet),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(),
        facts={
            "teacher": str(scope.teacher),
            "enter_until": scope.enter_until.isoformat(),
            "semester_end": scope.semester_end.isoformat(),
        },
    )
