"""Load or compute the lines of a grade sheet, and the results fixed on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.journal.gradebook.load import GroupStudent
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
from app.journal.grading.scheme_queries import SchemeVersion
from app.journal.grading.sheet_states import DRAFT
from app.journal.grading.transferred_grades import (
    TransferredGrades,
    TransferredResult,
)
from app.journal.tables import (
    GradeSheet,
    Result,
    SheetEntry,
)
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One student on a sheet. `status` is None while nothing is entered; `version` counts what was entered;
    `result` is the fixed result, None on a draft; `transfer_origin` is the group where the result was fixed instead.
    `moved_to_group` is the present group of a student who moved to one that had signed already."""

    student: UUID
    name: str
    status: str | None
    entered: Decimal | None
    version: int
    rating: Rating
    result: Result | None = None
    transfer_origin: TransferOrigin | None = None
    moved_to_group: str = ""


class DraftLinesBuilder:
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
        self._modules = load_fixed_module_totals(row.offering_id) if final else {}

    def load_lines(self, students: Iterable[tuple[GroupStudent, str]]) -> tuple[SheetLine, ...]:
        """Return the lines of these students with the group they moved to, in their order; two statements."""
        entries = {
            entry.student_id: entry
            for entry in db.session.scalars(select(SheetEntry).where(SheetEntry.sheet_id == self._row.id))
        }
        amended = {
            result.student_id: result
            for result in load_current_results_by_student(self._row.id).values()
            if result.protocol_id is not None
        }
        return tuple(
            _fixed_result_line(student, amended[student.id])
            if student.id in amended
            else self._draft_or_transferred_line(student, gone_to, entries.get(student.id))
            for student, gone_to in students
        )

    def _draft_or_transferred_line(
        self, student: GroupStudent, gone_to: str, entry: SheetEntry | None
    ) -> SheetLine:
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
            moved_to_group=gone_to,
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


def load_signed_sheet_lines(
    row: GradeSheet, members: Iterable[GroupStudent], transferred: TransferredGrades
) -> tuple[SheetLine, ...]:
    """Return the lines of a signed sheet; a result fixed in another group is included where its student
    belongs."""
    results, lines = load_current_results_by_student(row.id), []
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
        student.id, student.name, result.status, result.entered, 0, rating, transfer_origin=transferred.origin
    )


def load_fixed_module_totals(offering: UUID) -> dict[UUID, dict[str, Decimal]]:
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


def load_current_results_by_student(
    sheet: UUID, students: Iterable[UUID] | None = None
) -> dict[UUID, Result]:
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
    return load_current_results_by_student(sheet, [student]).get(student)
