"""Grade sheets and their lines as rules, pages and cases need them. Computes by the rules, decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Date, cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.journal.models import (
    Cell,
    GradeSheet,
    Lesson,
    Offering,
    Result,
    Semester,
    SheetEntry,
    SheetPlea,
    SheetSigning,
)
from app.journal.queries import facts
from app.journal.queries.facts import OfferingFacts, Student
from app.journal.queries.schemes import SchemeRow, scheme_of_offering, scheme_row
from app.journal.rules import GRADE
from app.journal.rules.facts import NOT_HELD
from app.journal.rules.rating import (
    FINAL,
    MODULE1,
    MODULE2,
    MODULES,
    NOT_ADMITTED,
    Inputs,
    Rating,
    compute,
    is_admitted,
)
from app.journal.rules.sheets import DRAFT, Draft, Weeks
from app.kernel.clock import ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import Missing

Grades = Mapping[UUID, tuple[Decimal, ...]]


@dataclass(frozen=True, slots=True)
class Line:
    """One student on a sheet. `status` is None while nothing is entered; `version` counts what was entered;
    `result` is the fixed result, None on a draft."""

    student: UUID
    name: str
    status: str | None
    entered: Decimal | None
    version: int
    rating: Rating
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with its lines, by name. `unsigned` names modules a final still waits for."""

    row: GradeSheet
    offering: OfferingFacts
    scheme: SchemeRow
    lines: tuple[Line, ...]
    signed_kinds: tuple[str, ...]

    @property
    def draft(self) -> Draft:
        return draft_of(self.row)

    @property
    def missing(self) -> int:
        """How many students have no value yet."""
        return sum(line.status is None for line in self.lines)


def draft_of(row: GradeSheet) -> Draft:
    """The sheet as rules see it."""
    named = frozenset(row.open_for) if row.open_for else None
    return Draft(row.kind, row.state, row.enter_from, row.enter_until, row.open_until, named)


def sheet_row(id: UUID) -> GradeSheet:
    """The sheet; raises Missing."""
    row = db.session.get(GradeSheet, id)
    if row is None:
        raise Missing
    return row


def read_sheet(row: GradeSheet, now: datetime) -> Sheet:
    """The sheet with everything computed from the journal as it is; seven statements, however many students."""
    offering = facts.offering_facts([row.offering_id])[row.offering_id]
    others = _others(row)
    if row.state == DRAFT:
        scheme = scheme_of_offering(row.offering_id)
        lines = _draft_lines(row, offering, scheme, others, now)
    else:
        signing = db.session.get(SheetSigning, row.signing_id) if row.signing_id else None
        scheme = scheme_row(signing.scheme_id) if signing else scheme_of_offering(row.offering_id)
        lines = _fixed_lines(row, offering)
    return Sheet(
        row, offering, scheme, lines, tuple(kind for kind, other in others.items() if other.state != DRAFT)
    )


def _others(row: GradeSheet) -> dict[str, GradeSheet]:
    """The module sheets of the same offering, by kind."""
    found = db.session.scalars(
        select(GradeSheet).where(GradeSheet.offering_id == row.offering_id, GradeSheet.kind.in_(MODULES))
    )
    return {other.kind: other for other in found if other.id != row.id}


def students_on(row: GradeSheet, offering: OfferingFacts, now: datetime) -> list[Student]:
    """Who belongs on the sheet: the group as its orders say, on the last day it covers, or today before that (2.1b)."""
    day = min(row.covers_until, local_day(now))
    return [student for student in facts.students_of(offering.group) if student.belongs(day)]


def _draft_lines(
    row: GradeSheet,
    offering: OfferingFacts,
    scheme: SchemeRow,
    others: Mapping[str, GradeSheet],
    now: datetime,
) -> tuple[Line, ...]:
    students = students_on(row, offering, now)
    entries = {
        entry.student_id: entry
        for entry in db.session.scalars(select(SheetEntry).where(SheetEntry.sheet_id == row.id))
    }
    grades = {} if row.kind == FINAL else current_grades(row, others)
    modules = module_results(row.offering_id) if row.kind == FINAL else {}
    amended = {
        result.student_id: result
        for result in current_results(row.id).values()
        if result.protocol_id is not None
    }
    return tuple(
        _amended_line(student, amended[student.id])
        if student.id in amended
        else _line(row, scheme, student, entries.get(student.id), grades, modules.get(student.id, {}))
        for student in students
    )


def _line(
    row: GradeSheet,
    scheme: SchemeRow,
    student: Student,
    entry: SheetEntry | None,
    grades: Grades,
    modules: Mapping[str, Decimal],
) -> Line:
    fixed = tuple((kind, modules[kind]) for kind in MODULES if kind in modules)
    admitted = row.kind != FINAL or len(fixed) < len(MODULES) or is_admitted(scheme.scheme, fixed)
    status = entry.status if entry and admitted else None if admitted else NOT_ADMITTED
    points = entry.points if entry and admitted else None
    inputs = Inputs(status or "", points, grades.get(student.id, ()), fixed)
    return Line(
        student=student.id,
        name=student.name,
        status=status,
        entered=points,
        version=entry.version if entry else 0,
        rating=compute(scheme.scheme, row.kind, inputs),
    )


def _fixed_lines(row: GradeSheet, offering: OfferingFacts) -> tuple[Line, ...]:
    names = {student.id: student for student in facts.students_of(offering.group)}
    results = current_results(row.id)
    return tuple(_amended_line(names[id], results[id]) for id in names if id in results)


def _amended_line(student: Student, result: Result) -> Line:
    """A student whose result is fixed: by the signature, or by a protocol that a later signature does not touch."""
    rating = Rating(result.status, result.entered, result.total, result.letter, result.arithmetic)
    return Line(student.id, student.name, result.status, result.entered, result.version, rating, result)


def current_grades(row: GradeSheet, others: Mapping[str, GradeSheet]) -> Grades:
    """The current grades of a module by student, in the order of the lessons (4.3.1); one statement.

    The second module begins after the last day the first one covers.
    """
    since = others[MODULE1].covers_until if row.kind == MODULE2 and MODULE1 in others else None
    return _grades(row.offering_id, since, row.covers_until)


def grades_until(offering: UUID, kind: str, known: Mapping[str, GradeSheet], now: datetime) -> Grades:
    """The current grades that count in a module today, whether its sheet is drawn or not; one statement."""
    since = known[MODULE1].covers_until if kind == MODULE2 and MODULE1 in known else None
    last = known[kind].covers_until if kind in known else local_day(now)
    return _grades(offering, since, last)


def _grades(offering: UUID, since: date | None, last: date) -> Grades:
    day = cast(func.timezone(ZONE.key, Lesson.starts_at), Date)
    found = db.session.execute(
        select(Cell.student_id, Cell.value)
        .join(Lesson, Lesson.id == Cell.lesson_id)
        .where(
            Lesson.offering_id == offering,
            Lesson.state.not_in(NOT_HELD),
            Cell.kind == GRADE,
            Cell.value.is_not(None),
            day <= last,
            *([day > since] if since else []),
        )
        .order_by(Lesson.starts_at, Lesson.id)
    )
    grades: dict[UUID, tuple[Decimal, ...]] = {}
    for student, value in found:
        grades[student] = (*grades.get(student, ()), Decimal(value or 0))
    return grades


def module_results(offering: UUID) -> dict[UUID, dict[str, Decimal]]:
    """The fixed results of the modules by student and kind; one statement."""
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
    """The version of each student's result that holds, also of a sheet given back; one statement."""
    wanted = (
        select(Result)
        .ext(distinct_on(Result.student_id))
        .where(Result.sheet_id == sheet)
        .order_by(Result.student_id, Result.version.desc())
    )
    if students is not None:
        wanted = wanted.where(Result.student_id.in_(list(students)))
    return {row.student_id: row for row in db.session.scalars(wanted)}


def current_result(sheet: UUID, student: UUID) -> Result | None:
    """The version of one result that holds, or None."""
    return current_results(sheet, [student]).get(student)


def weeks_of(offerings: Sequence[UUID]) -> dict[UUID, Weeks]:
    """What the academic calendar says of these offerings; one statement."""
    found = db.session.execute(
        select(Offering.id, Offering.exam_on, Semester)
        .join(Semester, Semester.id == Offering.semester_id)
        .where(Offering.id.in_(list(offerings)))
    )
    return {row.id: read_weeks(row.Semester, row.exam_on) for row in found}


def read_weeks(semester: Semester, exam_on: date | None) -> Weeks:
    """The weeks of a semester as rules see them; both days are said, or the stretch is unknown."""

    def span(first: date | None, last: date | None) -> tuple[date, date] | None:
        return (first, last) if first and last else None

    return Weeks(
        module1=span(semester.module1_from, semester.module1_until),
        module2=span(semester.module2_from, semester.module2_until),
        session=span(semester.session_from, semester.session_until),
        exam_on=exam_on,
    )


def plea_row(id: UUID) -> SheetPlea:
    """A request to enter lines late; raises Missing."""
    row = db.session.get(SheetPlea, id)
    if row is None:
        raise Missing
    return row


def fingerprint_of_lines(id: UUID) -> str | None:
    """The SHA-256 approvals of a request for late lines are bound to; None when there is none."""
    row = db.session.get(SheetPlea, id)
    return row.sha256 if row else None


def signing_row(id: UUID) -> SheetSigning:
    """A signature; raises Missing."""
    row = db.session.get(SheetSigning, id)
    if row is None:
        raise Missing
    return row


def fingerprint_of_signing(id: UUID) -> str | None:
    """The SHA-256 approvals of a signed sheet are bound to; None when there is none."""
    row = db.session.get(SheetSigning, id)
    return row.sha256 if row else None


def lines_json(sheet: Sheet) -> list[dict[str, Any]]:
    """The lines as a signature keeps them, by student."""
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
