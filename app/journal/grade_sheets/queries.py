"""Queries of grade sheets and their computed lines, for rules, pages and cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.journal.courses.semester_dates import SemesterDates
from app.journal.grade_sheets.entry_dates import EntryDays, SemesterWeeks
from app.journal.grade_sheets.roster import sheet_students
from app.journal.grade_sheets.rules import SheetRuleState
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.load import GroupStudent, OfferingState
from app.journal.grading.counted_grades import NO_GRADES, load_counted_grades
from app.journal.grading.rating import (
    FINAL,
    MODULES,
    NOT_ADMITTED,
    Rating,
    RatingInputs,
    TransferOrigin,
    compute_rating,
    is_admitted_to_final,
)
from app.journal.grading.scheme_queries import SchemeVersion, load_offering_scheme, load_scheme_version
from app.journal.grading.sheet_states import DRAFT
from app.journal.grading.transferred_grades import (
    TransferredGrades,
    TransferredResult,
    load_transferred_to_offering,
)
from app.journal.tables import (
    GradeSheet,
    Offering,
    Result,
    Semester,
    SheetEntry,
    SheetReopenRequest,
    SheetSigning,
)
from app.kernel.db import db
from app.kernel.errors import Missing


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One student on a sheet. `status` is None while nothing is entered; `version` counts what was entered;
    `result` is the fixed result, None on a draft; `brought` is the group where the result was fixed instead.
    `gone_to` is the present group of a student who moved to one that had signed already."""

    student: UUID
    name: str
    status: str | None
    entered: Decimal | None
    version: int
    rating: Rating
    result: Result | None = None
    brought: TransferOrigin | None = None
    gone_to: str = ""


@dataclass(frozen=True, slots=True)
class ComputedSheet:
    """A sheet with its lines, by name. `signed_kinds` names the modules of the same journal that are
    signed."""

    row: GradeSheet
    offering: OfferingState
    scheme: SchemeVersion
    lines: tuple[SheetLine, ...]
    signed_kinds: tuple[str, ...]

    @property
    def draft(self) -> SheetRuleState:
        """Return the sheet for the rules."""
        return build_sheet_rule_state(self.row)

    @property
    def missing(self) -> int:
        """Return how many students have no value yet."""
        return sum(line.status is None for line in self.lines)


def build_sheet_rule_state(row: GradeSheet) -> SheetRuleState:
    """Return the sheet for the rules."""
    open_for = frozenset(row.open_for) if row.open_for else None
    return SheetRuleState(row.kind, row.state, row.enter_from, row.enter_until, row.open_until, open_for)


def entry_days(row: GradeSheet) -> EntryDays:
    """Return the entry days of a sheet."""
    return EntryDays(row.enter_from, row.enter_until, row.covers_until)


def load_grade_sheet(id: UUID) -> GradeSheet:
    """Return the sheet; raises Missing."""
    row = db.session.get(GradeSheet, id)
    if row is None:
        raise Missing
    return row


def compute_sheet(row: GradeSheet, now: datetime) -> ComputedSheet:
    """Return the sheet with everything computed from the present journal.

    Seven statements, however many students, and two more where somebody came from another group.
    """
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    others, members = (
        _load_other_module_sheets(row),
        load_gradebook.load_present_and_past_students(offering.group),
    )
    transferred = load_transferred_to_offering(offering, members)
    if row.state == DRAFT:
        scheme = load_offering_scheme(row.offering_id)
        builder = SheetBuilder(row, scheme, others, transferred)
        lines = builder.lines(sheet_students(row, offering, members, now))
    else:
        signing = db.session.get(SheetSigning, row.signing_id) if row.signing_id else None
        scheme = load_scheme_version(signing.scheme_id) if signing else load_offering_scheme(row.offering_id)
        lines = _load_signed_sheet_lines(row, members, transferred)
    reopened = {
        kind
        for line in lines
        for kind, one in transferred.results.get(line.student, {}).items()
        if one.reopened and kind != row.kind
    }
    signed = (kind for kind, other in others.items() if other.state != DRAFT and kind not in reopened)
    return ComputedSheet(row, offering, scheme, lines, tuple(signed))


def _load_other_module_sheets(row: GradeSheet) -> dict[str, GradeSheet]:
    """Load the module sheets of the same offering, by kind."""
    found = db.session.scalars(
        select(GradeSheet).where(GradeSheet.offering_id == row.offering_id, GradeSheet.kind.in_(MODULES))
    )
    return {other.kind: other for other in found if other.id != row.id}


class SheetBuilder:
    """Builder of the lines of a draft from everything that counts in it: grades, entries, fixed modules,
    transferred results."""

    def __init__(
        self,
        row: GradeSheet,
        scheme: SchemeVersion,
        others: Mapping[str, GradeSheet],
        transferred: TransferredGrades,
    ) -> None:
        self._row, self._scheme, self._transferred = row, scheme, transferred
        final = row.kind == FINAL
        self._grades = (
            {}
            if final
            else load_counted_grades(row.offering_id, row.kind, others, row.covers_until, transferred)
        )
        self._modules = load_fixed_module_results(row.offering_id) if final else {}

    def lines(self, students: Iterable[tuple[GroupStudent, str]]) -> tuple[SheetLine, ...]:
        """Return the lines of these students with the group they moved to, in their order; two statements."""
        entries = {
            entry.student_id: entry
            for entry in db.session.scalars(select(SheetEntry).where(SheetEntry.sheet_id == self._row.id))
        }
        amended = {
            result.student_id: result
            for result in current_results(self._row.id).values()
            if result.protocol_id is not None
        }
        return tuple(
            _fixed_result_line(student, amended[student.id])
            if student.id in amended
            else self._draft_line(student, gone_to, entries.get(student.id))
            for student, gone_to in students
        )

    def _draft_line(self, student: GroupStudent, gone_to: str, entry: SheetEntry | None) -> SheetLine:
        row, transferred = self._row, self._transferred.result(student.id, self._row.kind)
        if transferred is not None:
            return _transferred_result_line(student, transferred)
        fixed, origins = self._fixed_modules_of_student(student.id)
        scheme = self._scheme.scheme
        admitted = row.kind != FINAL or len(fixed) < len(MODULES) or is_admitted_to_final(scheme, fixed)
        status = entry.status if entry and admitted else None if admitted else NOT_ADMITTED
        points = entry.points if entry and admitted else None
        counted = self._grades.get(student.id, NO_GRADES)
        inputs = RatingInputs(status or "", points, counted.grades, fixed, counted.brought, origins)
        return SheetLine(
            student=student.id,
            name=student.name,
            status=status,
            entered=points,
            version=entry.version if entry else 0,
            rating=compute_rating(scheme, row.kind, inputs),
            gone_to=gone_to,
        )

    def _fixed_modules_of_student(
        self, student: UUID
    ) -> tuple[tuple[tuple[str, Decimal], ...], tuple[tuple[str, TransferOrigin], ...]]:
        """Return the fixed modules of a student on a final, each once: those of this journal, else
        transferred ones."""
        if self._row.kind != FINAL:
            return (), ()
        own, fixed, origins = self._modules.get(student, {}), [], []
        for kind in MODULES:
            transferred = self._transferred.result(student, kind)
            if kind in own:
                fixed.append((kind, own[kind]))
            elif transferred is not None:
                fixed.append((kind, transferred.result.total))
                origins.append((kind, transferred.origin))
        return tuple(fixed), tuple(origins)


def _load_signed_sheet_lines(
    row: GradeSheet, members: Iterable[GroupStudent], transferred: TransferredGrades
) -> tuple[SheetLine, ...]:
    """Return the lines of a signed sheet; a result fixed in another group is included where its student
    belongs."""
    results, lines = current_results(row.id), []
    for student in members:
        elsewhere = transferred.result(student.id, row.kind)
        if student.id in results:
            lines.append(_fixed_result_line(student, results[student.id]))
        elif elsewhere is not None and student.is_member_on(row.covers_until):
            lines.append(_transferred_result_line(student, elsewhere))
    return tuple(lines)


def _fixed_result_line(student: GroupStudent, result: Result) -> SheetLine:
    """Return the line of a fixed result: by the signature, or by a protocol that a later signature does not
    change."""
    rating = Rating(result.status, result.entered, result.total, result.letter, result.arithmetic)
    return SheetLine(student.id, student.name, result.status, result.entered, result.version, rating, result)


def _transferred_result_line(student: GroupStudent, transferred: TransferredResult) -> SheetLine:
    """Return the line of a student whose result of this module was fixed in the earlier group: read there,
    and kept there."""
    result = transferred.result
    arithmetic = {**result.arithmetic, **transferred.origin.as_json()}
    rating = Rating(result.status, result.entered, result.total, result.letter, arithmetic)
    return SheetLine(
        student.id, student.name, result.status, result.entered, 0, rating, brought=transferred.origin
    )


def load_fixed_module_results(offering: UUID) -> dict[UUID, dict[str, Decimal]]:
    """Return the fixed results of the modules by student and kind; one statement."""
    found = db.session.execute(
        select(GradeSheet.kind, Result.student_id, Result.total)
        .ext(distinct_on(Result.sheet_id, Result.student_id))
        .join(GradeSheet, GradeSheet.id == Result.sheet_id)
        .where(GradeSheet.offering_id == offering, GradeSheet.kind.in_(MODULES), GradeSheet.state != DRAFT)
        .order_by(Result.sheet_id, Result.student_id, Result.version.desc())
    )
    by_student: dict[UUID, dict[str, Decimal]] = {}
    for kind, student, total in found:
        by_student.setdefault(student, {})[kind] = total
    return by_student


def current_results(sheet: UUID, students: Iterable[UUID] | None = None) -> dict[UUID, Result]:
    """Return the current version of each student's result, also of a returned sheet; one statement."""
    wanted = (
        select(Result)
        .ext(distinct_on(Result.student_id))
        .where(Result.sheet_id == sheet)
        .order_by(Result.student_id, Result.version.desc())
    )
    if students is not None:
        wanted = wanted.where(Result.student_id.in_(list(students)))
    return {row.student_id: row for row in db.session.scalars(wanted)}


def find_current_result(sheet: UUID, student: UUID) -> Result | None:
    """Return the current version of one result, or None."""
    return current_results(sheet, [student]).get(student)


def load_weeks_by_offering(offerings: Sequence[UUID]) -> dict[UUID, SemesterWeeks]:
    """Return the academic calendar of these offerings; one statement."""
    found = db.session.execute(
        select(Offering.id, Offering.exam_on, Semester)
        .join(Semester, Semester.id == Offering.semester_id)
        .where(Offering.id.in_(list(offerings)))
    )
    return {row.id: semester_weeks(row.Semester, row.exam_on) for row in found}


def semester_weeks(semester: Semester | SemesterDates, exam_on: date | None) -> SemesterWeeks:
    """Return the weeks of a semester for the rules; a period needs both days, else it is None."""

    def span(first: date | None, last: date | None) -> tuple[date, date] | None:
        return (first, last) if first and last else None

    return SemesterWeeks(
        module1=span(semester.module1_from, semester.module1_until),
        module2=span(semester.module2_from, semester.module2_until),
        session=span(semester.session_from, semester.session_until),
        exam_on=exam_on,
    )


def load_reopen_request(id: UUID) -> SheetReopenRequest:
    """Return a request to enter lines late; raises Missing."""
    row = db.session.get(SheetReopenRequest, id)
    if row is None:
        raise Missing
    return row


def find_reopen_request_digest(id: UUID) -> str | None:
    """Return the SHA-256 that approvals of a request for late lines are bound to; None when there is none."""
    row = db.session.get(SheetReopenRequest, id)
    return row.sha256 if row else None


def load_signature(id: UUID) -> SheetSigning:
    """Return a signature; raises Missing."""
    row = db.session.get(SheetSigning, id)
    if row is None:
        raise Missing
    return row


def find_signature_digest(id: UUID) -> str | None:
    """Return the SHA-256 that approvals of a signed sheet are bound to; None when there is none."""
    row = db.session.get(SheetSigning, id)
    return row.sha256 if row else None


def lines_json(sheet: ComputedSheet) -> list[dict[str, Any]]:
    """Return the lines as a signature stores them, by student."""
    return [
        {
            "student": str(line.student),
            "status": line.status,
            "entered": str(line.entered) if line.entered is not None else None,
            "total": str(line.rating.total),
            "letter": line.rating.letter,
        }
        for line in sorted(sheet.lines, key=lambda line: str(line.student))
    ]
