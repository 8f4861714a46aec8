"""Queries of results for their students, appeals and pages: current versions, published when they were
written (6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.journal.grading.counted_grades import NO_GRADES, load_counted_grades
from app.journal.grading.rating import MODULES, Rating, RatingInputs, compute_rating
from app.journal.grading.scheme_queries import SchemeVersion, load_scheme_version_of_offering
from app.journal.grading.sheet_states import DRAFT
from app.journal.grading.transferred_grades import NO_TRANSFER, load_transferred_grades_by_offering
from app.journal.tables import Course, GradeSheet, Offering, ProtocolSigned, Result
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing


@dataclass(frozen=True, slots=True)
class StudentResult:
    """A current result of a student. `sheet_returned`: its sheet was returned for rework. `protocol_number`: the
    number of the protocol this version rests on, "" when it rests on a signature of the sheet."""

    result: Result
    sheet: UUID
    kind: str
    number: str
    offering: UUID
    names: Mapping[str, str]
    sheet_returned: bool
    protocol_number: str


@dataclass(frozen=True, slots=True)
class InterimModuleRating:
    """The result of a module not yet signed by the grades of today; nothing of it is fixed."""

    offering: UUID
    kind: str
    rating: Rating
    scheme: SchemeVersion


def load_result_version(id: UUID) -> Result:
    """Return one version of a result; raises Missing."""
    row = db.session.get(Result, id)
    if row is None:
        raise Missing
    return row


def load_current_results_of_student(student: UUID) -> list[StudentResult]:
    """Return the current results of a student, by course and kind; one statement."""
    return _load_current_results(Result.student_id == student)


def _load_current_results(*conditions: ColumnElement[bool]) -> list[StudentResult]:
    newest = (
        select(Result.id)
        .ext(distinct_on(Result.sheet_id, Result.student_id))
        .where(*conditions)
        .order_by(Result.sheet_id, Result.student_id, Result.version.desc())
    )
    found = db.session.execute(
        select(Result, GradeSheet, Course.names, ProtocolSigned.number, ProtocolSigned.year)
        .join(GradeSheet, GradeSheet.id == Result.sheet_id)
        .join(Offering, Offering.id == GradeSheet.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .outerjoin(ProtocolSigned, ProtocolSigned.protocol_id == Result.protocol_id)
        .where(Result.id.in_(newest))
        .order_by(Course.code, Offering.id, func.array_position(_SHEET_KIND_ORDER, GradeSheet.kind))
    )
    return [
        StudentResult(
            result=row,
            sheet=sheet.id,
            kind=sheet.kind,
            number=sheet.number or "",
            offering=sheet.offering_id,
            names=names,
            sheet_returned=sheet.state == DRAFT,
            protocol_number=f"{number}/{year}" if number else "",
        )
        for row, sheet, names, number, year in found
    ]


_SHEET_KIND_ORDER = ["MODULE1", "MODULE2", "FINAL", "RETAKE", "SUMMARY_REPORT"]


def compute_interim_module_ratings(
    student: UUID, offerings: Iterable[UUID], now: datetime
) -> list[InterimModuleRating]:
    """Compute for each of these offerings the result of its next open module today (6.1); it is never
    stored."""
    wanted, ratings = list(offerings), []
    by_offering = load_transferred_grades_by_offering(wanted, [student])
    for offering in wanted:
        transferred = by_offering.get(offering, NO_TRANSFER)
        known = {
            row.kind: row
            for row in db.session.scalars(select(GradeSheet).where(GradeSheet.offering_id == offering))
        }
        kind = next(
            (
                one
                for one in MODULES
                if _is_sheet_missing_or_draft(known.get(one)) and not transferred.result(student, one)
            ),
            None,
        )
        if kind is None:
            continue
        last = known[kind].covers_until if kind in known else local_day(now)
        scheme = load_scheme_version_of_offering(offering)
        counted = load_counted_grades(offering, kind, known, last, transferred).get(student, NO_GRADES)
        inputs = RatingInputs("", None, counted.grades, brought=counted.brought)
        ratings.append(
            InterimModuleRating(offering, kind, compute_rating(scheme.scheme, kind, inputs), scheme)
        )
    return ratings


def _is_sheet_missing_or_draft(sheet: GradeSheet | None) -> bool:
    return sheet is None or sheet.state == DRAFT
