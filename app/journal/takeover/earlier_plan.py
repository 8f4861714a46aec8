"""Plan the results of earlier semesters: the rows of a workbook become results of students, or findings by cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.journal.tables import EarlierResult, Takeover
from app.journal.takeover.earlier_rules import (
    MAX_CODE_LENGTH,
    MAX_COURSE_LENGTH,
    MAX_SEMESTER,
    EarlierResultValue,
    has_year_begun,
    problem_of_earlier_value,
    read_academic_year,
)
from app.journal.takeover.earlier_words import COLUMNS, REQUIRED_COLUMNS, SHEET_NAMES
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.workbook_reading import (
    MAX_FINDINGS,
    CellError,
    SheetForm,
    Workbook,
    WorkbookFinding,
    WorkbookRow,
    WorkbookSheet,
    read_number_cell,
    read_text_cell,
    read_whole_number_cell,
    read_workbook,
    short_cell_text,
    word_key,
)
from app.people.models import Membership, Person
from app.people.rules import full_name

MAX_ROWS = 60_000
_CHUNK = 5_000
"""Students that one statement asks about."""


def _read_year_cell(value: Any) -> str:
    """Return an academic year as 2024/25. Raises CellError."""
    year = read_academic_year(read_text_cell(value))
    if year is None:
        raise CellError("journal.takeover_file.no_year", text=short_cell_text(value))
    return year


_FORM = SheetForm(
    SHEET_NAMES,
    COLUMNS,
    (),
    {
        "year": _read_year_cell,
        "semester": read_whole_number_cell,
        "credits": read_number_cell,
        "points": read_number_cell,
    },
)


@dataclass(frozen=True, slots=True)
class EarlierResultKey:
    """Which result of a student it is: academic year, number of the semester, discipline as it is compared."""

    student: UUID
    year: str
    semester: int
    course: str


@dataclass(frozen=True, slots=True)
class PlannedEarlierResult:
    """A result that an act brings."""

    key: EarlierResultKey
    code: str
    course: str
    value: EarlierResultValue


@dataclass(frozen=True, slots=True)
class EarlierResultsPlan:
    """What a workbook brings, and everything that is wrong in it."""

    results: tuple[PlannedEarlierResult, ...]
    findings: tuple[WorkbookFinding, ...]


def plan_earlier_results(content: bytes, now: datetime) -> EarlierResultsPlan:
    """Plan a workbook of results of earlier semesters; with one finding it brings nothing.

    A result that was taken over before and is the same is left out; another value is a finding: it is never replaced.
    """
    book = read_workbook(content, {"results": _FORM}, MAX_ROWS)
    planned: dict[EarlierResultKey, PlannedEarlierResult] = {}
    for sheet in book.sheets:
        absent = [column for column in REQUIRED_COLUMNS if column not in sheet.places]
        for column in absent:
            book.add_to_file("no_column", sheet.name, "1", column=dict(COLUMNS[column]))
        if absent:
            break
        students = _StudentsByText()
        named = {one for row in sheet.rows for one in students.find(row)}
        known = _load_taken_values(named)
        for row in sheet.rows:
            if row.values.keys() <= {"number", "student"}:
                continue  # The template has a row for each student, to be filled in or not.
            result = _plan_row(book, sheet, row, students, local_day(now))
            if result is None:
                continue
            before = known.get(result.key)
            if result.key in planned:
                book.add(sheet, row.number, "course", "journal.takeover_file.earlier_twice")
            elif before is not None and before != result.value:
                book.add(sheet, row.number, "points", "journal.takeover_file.has_earlier_result")
            elif before is None:
                planned[result.key] = result
            if len(book.findings) >= MAX_FINDINGS:
                break
    findings = tuple(book.findings[:MAX_FINDINGS])
    return EarlierResultsPlan(() if findings else tuple(planned.values()), findings)


class _StudentsByText:
    """Every student, present and past, by number and by full name; one statement."""

    def __init__(self) -> None:
        self.by_number: defaultdict[str, list[UUID]] = defaultdict(list)
        self.by_name: defaultdict[str, list[UUID]] = defaultdict(list)
        rows = db.session.execute(
            select(Person.id, Person.identifier, Person.family_name, Person.given_name, Person.patronymic)
            .where(select(Membership.id).where(Membership.person_id == Person.id).exists())
            .order_by(Person.id)
        )
        for person, number, *name in rows:
            # The template writes the id of a student who has no number.
            self.by_number[word_key(number or person)].append(person)
            self.by_name[word_key(full_name(*name))].append(person)

    def find(self, row: WorkbookRow) -> list[UUID]:
        """Return the students that a row names: one, none or several."""
        if row.values.get("number"):
            return self.by_number.get(word_key(row.values["number"]), [])
        return self.by_name.get(word_key(row.values.get("student") or ""), [])


def _load_taken_values(students: Iterable[UUID]) -> Mapping[EarlierResultKey, EarlierResultValue]:
    """Return the results of finished acts of these students; one statement for each chunk."""
    found: dict[EarlierResultKey, EarlierResultValue] = {}
    ids = sorted(students)
    for start in range(0, len(ids), _CHUNK):
        rows = db.session.scalars(
            select(EarlierResult)
            .join(Takeover, Takeover.id == EarlierResult.takeover_id)
            .where(EarlierResult.student_id.in_(ids[start : start + _CHUNK]), Takeover.state == "FINISHED")
        )
        for one in rows:
            key = EarlierResultKey(one.student_id, one.academic_year, one.semester, one.course_key)
            found[key] = EarlierResultValue(one.credits, one.points, one.grade)
    return found


def _plan_row(
    book: Workbook, sheet: WorkbookSheet, row: WorkbookRow, students: _StudentsByText, today: date
) -> PlannedEarlierResult | None:
    """Return the result of a row, None when something in it is wrong, which is noted."""

    def note(key: str, code: str, **params: Any) -> None:
        book.add(sheet, row.number, key, f"journal.takeover_file.{code}", **params)

    values = row.values
    missing = [column for column in REQUIRED_COLUMNS if column not in values]
    for column in missing:
        book.add(sheet, row.number, column, "kernel.workbook.empty")
    if missing or any(one is None for one in values.values()):
        return None
    if not values.get("number") and not values.get("student"):
        note("student", "no_student_named")
        return None
    found = students.find(row)
    if len(found) != 1:
        named_by = "number" if values.get("number") else "student"
        note(named_by, "several_students" if found else "no_such_student", text=values[named_by])
        return None
    if not has_year_begun(values["year"], today):
        note("year", "year_ahead")
        return None
    if not 1 <= values["semester"] <= MAX_SEMESTER:
        note("semester", "no_semester", most=MAX_SEMESTER)
        return None
    code, course = values.get("code", ""), values["course"]
    for column, text, most in (("code", code, MAX_CODE_LENGTH), ("course", course, MAX_COURSE_LENGTH)):
        if len(text) > most:
            note(column, "text_too_long", most=most)
            return None
    value = EarlierResultValue(
        _number(values.get("credits")), _number(values.get("points")), values.get("grade", "")
    )
    problem = problem_of_earlier_value(value)
    if problem is not None:
        note(*problem)
        return None
    key = EarlierResultKey(found[0], values["year"], values["semester"], word_key(course))
    return PlannedEarlierResult(key, code, course, value)


def _number(value: Decimal | None) -> Decimal | None:
    """Return a number as the table keeps it, so that it compares equal."""
    return value.quantize(Decimal("0.01")) if value is not None else None
