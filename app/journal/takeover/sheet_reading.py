"""Read a workbook of marks (XLSX): one sheet a journal, lessons by day and time, students by number or name; findings
by cell. Matches nothing with what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.journal.gradebook.cell_state import GRADE, parse_cell_value
from app.journal.takeover.words import (
    ATTENDANCE_COLUMN,
    COLUMN_KINDS,
    COURSE_WORDS,
    FIRST_MARK_COLUMN,
    GRADE_COLUMN,
    GROUP_WORDS,
    HEAD_ROWS,
    MODULE_COLUMNS,
    RESULT_COLUMN,
    STATUS_WORDS,
)
from app.kernel.clock import UNIVERSITY_ZONE
from app.kernel.errors import Invalid
from app.kernel.typed_values import TypedValueError, read_typed_moment
from app.kernel.workbook_reading import (
    MAX_FINDINGS,
    CellError,
    Cells,
    Workbook,
    WorkbookFinding,
    WorkbookSheet,
    column_letters,
    is_empty_cell,
    load_workbook_cells,
    new_word_reader,
    read_number_cell,
    read_text_cell,
    short_cell_text,
    values_by_word,
    word_key,
)

MAX_ROWS = 30_000
"""Rows of all sheets together."""
_KIND_BY_WORD = values_by_word(COLUMN_KINDS)
_MODULE_BY_WORD = values_by_word(MODULE_COLUMNS)
_read_status = new_word_reader(STATUS_WORDS, "journal.takeover_file.no_status")


@dataclass(frozen=True, slots=True)
class MarkColumn:
    """A column of a sheet: attendance or points of the lesson that begins at `starts_at`, or results of a module."""

    place: int
    kind: str
    starts_at: datetime | None = None
    module: str = ""


@dataclass(frozen=True, slots=True)
class StudentRow:
    """A row of a student: number and name as they stand there, values by the place of their column."""

    number: int
    student_number: str
    student_name: str
    values: dict[int, Any]


@dataclass(slots=True)
class JournalSheet:
    """The marks of one journal, as a sheet has them."""

    name: str
    group: str
    course: str
    columns: list[MarkColumn] = field(default_factory=list)
    rows: list[StudentRow] = field(default_factory=list)


@dataclass(slots=True)
class MarksWorkbook:
    """The sheets of a workbook, and everything that is wrong."""

    sheets: list[JournalSheet] = field(default_factory=list)
    findings: list[WorkbookFinding] = field(default_factory=list)

    def add(self, sheet: str, row: int, place: int | None, code: str, /, **params: Any) -> None:
        """Note what is wrong in a cell, or (None for the place) in a row."""
        cell = f"{column_letters(place)}{row}" if place is not None else str(row)
        self.findings.append(WorkbookFinding(sheet, cell, f"journal.takeover_file.{code}", params))


def read_marks_workbook(content: bytes) -> MarksWorkbook:
    """Return the sheets that begin with the group of a journal, and everything that cannot be read in them."""
    book = Workbook()
    tables = load_workbook_cells(book, content, MAX_ROWS, lambda name: name)
    found = MarksWorkbook(findings=list(book.findings))
    for table, cells in tables:
        sheet = _read_head(found, table, cells)
        if sheet is not None and not any(one.sheet == table.name for one in found.findings):
            _read_students(found, sheet, cells)
        if len(found.findings) >= MAX_FINDINGS:
            break
    if not found.sheets and not found.findings:
        found.findings.append(WorkbookFinding("", "", "journal.takeover_file.no_journals", {}))
    return found


def _cell(cells: Cells, row: int, place: int) -> Any:
    return cells[row][place] if row < len(cells) and place < len(cells[row]) else ""


def _read_head(found: MarksWorkbook, table: WorkbookSheet, cells: Cells) -> JournalSheet | None:
    """Return the journal of a sheet with its columns; None for a sheet that is none of ours."""
    first = word_key(_cell(cells, 0, 0))
    if first not in {word_key(word) for word in GROUP_WORDS.values()}:
        return None
    if word_key(_cell(cells, 0, 2)) not in {word_key(word) for word in COURSE_WORDS.values()}:
        found.add(table.name, 1, 2, "no_course")
        return None
    sheet = JournalSheet(table.name, read_text_cell(_cell(cells, 0, 1)), read_text_cell(_cell(cells, 0, 3)))
    found.sheets.append(sheet)
    width = max((len(row) for row in cells[1:HEAD_ROWS]), default=0)
    seen: set[tuple[Any, ...]] = set()
    for place in range(FIRST_MARK_COLUMN, width):
        about, kind = _cell(cells, 1, place), _cell(cells, 2, place)
        if is_empty_cell(about) and is_empty_cell(kind):
            continue
        column = _read_column(found, sheet.name, place, about, kind)
        if column is None:
            continue
        key = (column.kind, column.starts_at, column.module)
        if key in seen:
            found.add(sheet.name, 2, place, "column_twice", text=short_cell_text(about))
        seen.add(key)
        sheet.columns.append(column)
    return sheet


def _read_column(found: MarksWorkbook, name: str, place: int, about: Any, kind: Any) -> MarkColumn | None:
    """Return what a column holds; None when its heading cannot be read, which is noted."""
    known = _KIND_BY_WORD.get(word_key(kind))
    if known is None:
        found.add(name, 3, place, "no_column_kind", text=short_cell_text(kind))
        return None
    if known == RESULT_COLUMN:
        module = _MODULE_BY_WORD.get(word_key(about))
        if module is None:
            found.add(name, 2, place, "no_module", text=short_cell_text(about))
            return None
        return MarkColumn(place, known, module=module)
    moment = _read_moment(about)
    if moment is None:
        found.add(name, 2, place, "no_moment", text=short_cell_text(about))
        return None
    return MarkColumn(place, known, moment)


def _read_moment(value: Any) -> datetime | None:
    """Return the beginning of a lesson in UTC: a moment of Excel is local time of the university, as a text is."""
    if isinstance(value, datetime):
        rounded = datetime.fromtimestamp(round(value.replace(tzinfo=UTC).timestamp() / 60) * 60, UTC)
        return rounded.replace(tzinfo=UNIVERSITY_ZONE).astimezone(UTC)
    try:
        return read_typed_moment(str(value))
    except TypedValueError:
        return None


def _read_students(found: MarksWorkbook, sheet: JournalSheet, cells: Cells) -> None:
    """Read the rows of the students."""
    for number, row in enumerate(cells[HEAD_ROWS:], HEAD_ROWS + 1):
        student_number, student_name = (
            "" if place >= len(row) or is_empty_cell(row[place]) else read_text_cell(row[place])
            for place in (0, 1)
        )
        values = _read_marks(found, sheet, number, row)
        if not student_number and not student_name:
            if values:
                found.add(sheet.name, number, 1, "no_student_named")
            continue
        sheet.rows.append(StudentRow(number, student_number, student_name, values))
        if len(found.findings) >= MAX_FINDINGS:
            return


def _read_marks(found: MarksWorkbook, sheet: JournalSheet, number: int, row: Sequence[Any]) -> dict[int, Any]:
    """Return the values of a row by the place of their column; what cannot be read is noted."""
    values: dict[int, Any] = {}
    for column in sheet.columns:
        value = row[column.place] if column.place < len(row) else ""
        if is_empty_cell(value):
            continue
        try:
            values[column.place] = _read_mark(column.kind, value)
        except CellError as problem:
            code = f"{column_letters(column.place)}{number}"
            found.findings.append(WorkbookFinding(sheet.name, code, problem.code, problem.params))
    return values


def _read_mark(kind: str, value: Any) -> str | Decimal:
    """Return a status of annex 2, points, or the result of a module. Raises CellError."""
    if kind == ATTENDANCE_COLUMN:
        return str(_read_status(value))
    if kind == RESULT_COLUMN:
        return read_number_cell(value)
    text = read_text_cell(value)
    try:
        points = parse_cell_value(GRADE, text)
    except Invalid:
        points = None
    if points is None or kind != GRADE_COLUMN:
        raise CellError("journal.takeover_file.no_points", text=short_cell_text(value))
    return points
