"""Queries of sheets for lists, and of a sheet as the subject of a case, with its scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.journal.excuses.case_subjects import load_journal_scope
from app.journal.grade_sheets import queries as grade_sheet_queries
from app.journal.gradebook import load as load_gradebook
from app.journal.tables import Course, GradeSheet, Offering, Semester, SheetEntry
from app.kernel.clock import local_noon_in_utc
from app.kernel.db import db
from app.people import queries as people
from app.people.models import StudyGroup

MAX_LISTED_SHEETS = 300
SHEET_STATES = ("DRAFT", "SIGNED", "ENDORSED", "APPROVED", "CLOSED", "ARCHIVED")


@dataclass(frozen=True, slots=True)
class SheetListRow:
    """One sheet in a list; `entered` counts students with a value on a draft."""

    id: UUID
    offering: UUID
    number: str
    kind: str
    state: str
    names: Mapping[str, str]
    group: str
    enter_from: date | None
    enter_until: date | None
    signed_at: datetime | None
    closed_at: datetime | None
    entered: int


def load_sheet_list(offerings: Iterable[UUID] | None = None, state: str | None = None) -> list[SheetListRow]:
    """Load the sheets of these journals (None: of all), the most urgent first, at most `MAX_LISTED_SHEETS`; one
    statement."""
    entered = (
        select(func.count())
        .where(SheetEntry.sheet_id == GradeSheet.id)
        .correlate(GradeSheet)
        .scalar_subquery()
    )
    conditions: list[ColumnElement[bool]] = []
    if offerings is not None:
        conditions.append(GradeSheet.offering_id.in_(list(offerings)))
    if state is not None:
        conditions.append(GradeSheet.state == state)
    found = db.session.execute(
        select(GradeSheet, Course.names, StudyGroup.name, entered)
        .join(Offering, Offering.id == GradeSheet.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(*conditions)
        .order_by(
            func.array_position(list(SHEET_STATES), GradeSheet.state),
            GradeSheet.enter_until.desc(),
            GradeSheet.number.desc(),
        )
        .limit(MAX_LISTED_SHEETS)
    )
    return [
        SheetListRow(
            id=row.id,
            offering=row.offering_id,
            number=row.number or "",
            kind=row.kind,
            state=row.state,
            names=names,
            group=group,
            enter_from=row.enter_from,
            enter_until=row.enter_until,
            signed_at=row.signed_at,
            closed_at=row.closed_at,
            entered=count,
        )
        for row, names, group, count in found
    ]


@dataclass(frozen=True, slots=True)
class SheetCaseScope:
    """The units and the main teacher responsible for a sheet, and the anchors of its deadlines."""

    sheet: UUID
    department: UUID
    institute: UUID
    teacher: UUID
    enter_until: datetime
    semester_end: datetime


def load_sheet_case_scope(id: UUID) -> SheetCaseScope:
    """Return the scope of a sheet; raises Missing."""
    row = grade_sheet_queries.load_grade_sheet(id)
    scope = load_journal_scope(row.offering_id)
    ends = db.session.scalar(
        select(Semester.ends_on)
        .join(Offering, Offering.semester_id == Semester.id)
        .where(Offering.id == row.offering_id)
    )
    last = row.enter_until or row.covers_until
    return SheetCaseScope(
        row.id,
        scope.department,
        scope.institute,
        scope.main_teacher,
        local_noon_in_utc(last),
        local_noon_in_utc(ends or last),
    )


def load_sheet_case_subject(id: UUID) -> dict[str, Any]:
    """Return the subject of a case about the sheet: {kind: "sheet", course, group, offering, sheet,
    sheet_kind, number}."""
    row = grade_sheet_queries.load_grade_sheet(id)
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    return {
        "kind": "sheet",
        "course": dict(offering.names),
        "group": offering.group_name,
        "offering": str(row.offering_id),
        "sheet": str(row.id),
        "sheet_kind": row.kind,
        "number": row.number or "",
    }


def load_late_lines_case_subject(request_id: UUID) -> dict[str, Any]:
    """Return the subject of a request for late lines: that of the sheet, with `students` by name and
    `student_ids`."""
    row = grade_sheet_queries.load_late_sheet_entry_request(request_id)
    names = people.load_names(row.students)
    student_names = sorted(names[student].short for student in row.students)
    ids = [str(student) for student in row.students]
    return {
        **load_sheet_case_subject(row.sheet_id),
        "kind": "lines",
        "students": student_names,
        "student_ids": ids,
    }
