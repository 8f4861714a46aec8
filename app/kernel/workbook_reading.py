"""Read workbooks (XLSX) that people send: sheets and columns by their words in any language, values as people write.

A file is hostile until it is read: its bytes, its size unpacked, its rows and its columns are limited, and whatever is
wrong is a finding with sheet and cell, never an exception. A room says which sheets and columns it reads (`SheetForm`).
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from python_calamine import CalamineWorkbook

from app.kernel.typed_values import TypedValueError, read_typed_day, read_typed_number

Words = Mapping[str, str]
"""A word in each language."""
Value = TypeVar("Value")
CellReader = Callable[[Any], Any]
"""Return the value of a cell that is not empty. Raises CellError."""
MAX_FILE_BYTES, MAX_UNPACKED_BYTES, MAX_PARTS = 10 * 2**20, 60 * 2**20, 500
MAX_COLUMNS, MAX_TEXT_LENGTH, MAX_FINDINGS = 250, 300, 200
MAX_WHOLE_NUMBER = 10**9


class CellError(ValueError):
    """A cell that cannot be read: the code of the text that says why, with parameters."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class SheetForm:
    """A sheet that is read: its names and those of its columns, which columns it needs, and how their cells are read
    (as texts unless `readers` says otherwise)."""

    names: Words
    columns: Mapping[str, Words]
    required: tuple[str, ...]
    readers: Mapping[str, CellReader]


@dataclass(frozen=True, slots=True)
class WorkbookFinding:
    """What is wrong in a cell ("" for a whole sheet or file): the code of its text, with parameters."""

    sheet: str
    cell: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class WorkbookRow:
    """One row by column key; an empty cell has no key, one that cannot be read has None. `number` is its row."""

    number: int
    values: dict[str, Any]


@dataclass(slots=True)
class WorkbookSheet:
    """One sheet: its kind, its name in the file, the place of each column, its rows."""

    kind: str
    name: str
    places: dict[str, int] = field(default_factory=dict)
    rows: list[WorkbookRow] = field(default_factory=list)


@dataclass(slots=True)
class Workbook:
    """The sheets of a workbook in the order of the forms, and everything that is wrong."""

    sheets: list[WorkbookSheet] = field(default_factory=list)
    findings: list[WorkbookFinding] = field(default_factory=list)

    def add(self, sheet: WorkbookSheet, number: int, key: str, code: str, /, **params: Any) -> None:
        """Note what is wrong in the cell of a column, or ("" for the key) in a row."""
        place = sheet.places.get(key)
        cell = f"{column_letters(place)}{number}" if place is not None else str(number)
        self.findings.append(WorkbookFinding(sheet.name, cell, code, params))

    def add_to_file(self, code: str, sheet: str = "", cell: str = "", /, **params: Any) -> None:
        """Note what is wrong with the file, a sheet or a range of cells."""
        self.findings.append(WorkbookFinding(sheet, cell, f"kernel.workbook.{code}", params))


def word_key(text: object) -> str:
    """Return a word as it is compared: without case, spaces at its ends and doubled, and ё as е."""
    return " ".join(str(text).split()).casefold().replace("ё", "е")


def values_by_word(table: Mapping[Value, Words]) -> dict[str, Value]:
    """Return the values of a table by each of their words in every language, and by themselves."""
    return {word_key(word): value for value, words in table.items() for word in (*words.values(), value)}


def column_letters(place: int) -> str:
    """Return the letters of a column, 0 is A."""
    letters, rest = "", place + 1
    while rest:
        rest, last = divmod(rest - 1, 26)
        letters = chr(65 + last) + letters
    return letters


def read_workbook(content: bytes, forms: Mapping[str, SheetForm], max_rows: int) -> Workbook:
    """Return the rows of the sheets that `forms` name by kind, at most `max_rows` of all together, and everything that
    cannot be read in them. Sheets and columns of other names are left out."""
    found = Workbook()
    tables = load_workbook_cells(found, content, max_rows, _choose_kinds(forms))
    if not tables and not found.findings:
        wanted = ", ".join(form.names["ky"] for form in forms.values())
        found.add_to_file("no_sheet", wanted=wanted, names=", ".join(_sheet_names(content))[:MAX_TEXT_LENGTH])
    order = list(forms)
    for sheet, cells in sorted(tables, key=lambda one: order.index(one[0].kind)):
        if sheet.kind in {one.kind for one in found.sheets}:
            found.add_to_file("sheet_twice", sheet.name)
            continue
        found.sheets.append(sheet)
        _read_rows(found, sheet, forms[sheet.kind], cells)
    return found


def _choose_kinds(forms: Mapping[str, SheetForm]) -> Callable[[str], str | None]:
    """Return the function that names the kind of a sheet by its name."""
    kinds = {word_key(name): kind for kind, form in forms.items() for name in (*form.names.values(), kind)}
    return lambda name: kinds.get(word_key(name))


def _sheet_names(content: bytes) -> list[str]:
    """Return the names of the sheets of a file that was read."""
    return list(CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names)


Cells = Sequence[Sequence[Any]]


def load_workbook_cells(
    found: Workbook, content: bytes, max_rows: int, kind_of_sheet: Callable[[str], str | None]
) -> list[tuple[WorkbookSheet, Cells]]:
    """Return the cells of the sheets that `kind_of_sheet` names, in the order of the file; what keeps them from being
    read is noted in `found`, and then there are none."""
    problem = _container_problem(content)
    if problem is not None:
        found.add_to_file(problem, megabytes=MAX_FILE_BYTES // 2**20)
        return []
    tables: list[tuple[WorkbookSheet, Cells]] = []
    try:
        book, rows = CalamineWorkbook.from_filelike(io.BytesIO(content)), 0
        for name in book.sheet_names:
            kind = kind_of_sheet(name)
            if kind is None:
                continue
            sheet = book.get_sheet_by_name(name)
            rows += sheet.total_height
            if rows > max_rows or sheet.total_width > MAX_COLUMNS:
                found.add_to_file("too_large", name, rows=max_rows, columns=MAX_COLUMNS)
                return []
            for first, last in sheet.merged_cell_ranges or []:
                cell = f"{column_letters(first[1])}{first[0] + 1}:{column_letters(last[1])}{last[0] + 1}"
                found.add_to_file("merged", name, cell)
            tables.append((WorkbookSheet(kind, name), sheet.to_python(skip_empty_area=False)))
    except (KeyboardInterrupt, SystemExit):
        raise
    # The reader is written in Rust: a file made to break it may raise an error that is no Exception.
    except BaseException:  # noqa: BLE001
        found.add_to_file("unreadable")
        return []
    return tables


def _container_problem(content: bytes) -> str | None:
    """Return why the file is no XLSX of a possible size; None when it is one."""
    if len(content) > MAX_FILE_BYTES:
        return "too_many_bytes"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if "xl/workbook.xml" not in packed.namelist():
                return "no_workbook"
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
                return "too_many_bytes"
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return "no_workbook"
    return None


def _read_rows(found: Workbook, sheet: WorkbookSheet, form: SheetForm, cells: Cells) -> None:
    """Read header and rows of a sheet."""
    columns = values_by_word(form.columns)
    for place, text in enumerate(cells[0] if cells else []):
        key = columns.get(word_key(text))
        if key is None:
            continue
        is_second = key in sheet.places
        sheet.places[key] = place
        if is_second:
            found.add(sheet, 1, key, "kernel.workbook.column_twice", column=str(text)[:60])
    for key in form.required:
        if key not in sheet.places:
            found.add_to_file("no_column", sheet.name, "1", column=dict(form.columns[key]))
    # Rows under merged cells or a wrong header say nothing more.
    if any(one.sheet == sheet.name for one in found.findings):
        return
    for number, row in enumerate(cells[1:], 2):
        given = {key: row[place] for key, place in sheet.places.items() if place < len(row)}
        values = {
            key: read_cell(found, sheet, number, key, value, form.readers.get(key, read_text_cell))
            for key, value in given.items()
            if not is_empty_cell(value)
        }
        if not values:
            continue
        for key in form.required:
            if key not in values:
                found.add(sheet, number, key, "kernel.workbook.empty")
        sheet.rows.append(WorkbookRow(number, values))
        if len(found.findings) >= MAX_FINDINGS:
            return


def is_empty_cell(value: Any) -> bool:
    """Return whether nothing stands in a cell."""
    return value is None or (isinstance(value, str) and not value.strip())


def read_cell(
    found: Workbook, sheet: WorkbookSheet, number: int, key: str, value: Any, reader: CellReader
) -> Any:
    """Return the value of a cell; None when it cannot be read, which is noted."""
    try:
        return reader(value)
    except CellError as problem:
        found.add(sheet, number, key, problem.code, **problem.params)
        return None


def short_cell_text(value: Any) -> str:
    """Return the text of a cell as a finding repeats it."""
    return read_text_cell(value)[:60]


def _whole_number(value: Any) -> int | None:
    """Return a whole number: 5, 5.0 or "5"; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return int(value) if value == int(value) and abs(value) < MAX_WHOLE_NUMBER else None
    text = str(value).strip()
    return int(text) if text.isdecimal() and len(text) <= 9 else None


def read_text_cell(value: Any) -> str:
    """Return the text of a cell, without doubled spaces; the number 710100.0 is the text "710100"."""
    whole = _whole_number(value) if isinstance(value, float) else None
    return " ".join((str(whole) if whole is not None else str(value)).split())[:MAX_TEXT_LENGTH]


def read_whole_number_cell(value: Any) -> int:
    """Return a whole number: 5, 5.0 or "5". Raises CellError."""
    whole = _whole_number(value)
    if whole is None:
        raise CellError("kernel.workbook.no_whole_number", text=short_cell_text(value))
    return whole


def read_number_cell(value: Any) -> Decimal:
    """Return a number with at most one digit after the point: 4,5 or 4.5. Raises CellError."""
    if not isinstance(value, bool):
        try:
            number = round(read_typed_number(str(value)), 1)
        except TypedValueError:
            pass
        else:
            return number if abs(number) < 1000 else Decimal(999)
    raise CellError("kernel.workbook.no_number", text=short_cell_text(value))


def read_day_cell(value: Any) -> date:
    """Return a day: a date, or a text like 19.10.2026 or 2026-10-19. Raises CellError."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return read_typed_day(str(value))
    except TypedValueError:
        raise CellError("kernel.workbook.no_day", text=short_cell_text(value)) from None


def new_time_reader(read_typed_time: Callable[[str], time | None]) -> CellReader:
    """Return the reader of times of day: a time, a share of a day, or a text that `read_typed_time` reads."""

    def read_time_cell(value: Any) -> time:
        if isinstance(value, datetime):
            value = value.time()
        if isinstance(value, time):
            return value.replace(second=0, microsecond=0)
        if isinstance(value, timedelta):
            value = value.total_seconds() / 86400
        if isinstance(value, float) and 0 <= value < 1:
            minutes = round(value * 1440) % 1440
            return time(minutes // 60, minutes % 60)
        found = read_typed_time(str(value))
        if found is None:
            raise CellError("kernel.workbook.no_time", text=short_cell_text(value))
        return found

    return read_time_cell


def new_word_reader(table: Mapping[Value, Words], code: str = "kernel.workbook.no_word") -> CellReader:
    """Return the reader of the words of a table, which gives their values; `code` is the text for any other word."""
    known = values_by_word(table)

    def read_word_cell(value: Any) -> Value:
        key = word_key(_whole_number(value) if isinstance(value, float) else value)
        if key not in known:
            raise CellError(code, text=short_cell_text(value))
        return known[key]

    return read_word_cell


def findings_as_json(findings: Iterable[WorkbookFinding]) -> str:
    """Return findings as JSON; days keep their kind."""

    def plain(value: Any) -> Any:
        if isinstance(value, (date, datetime)):
            return {"day": value.isoformat()}
        return str(value) if isinstance(value, (Decimal, UUID)) else value

    rows = [
        [one.sheet, one.cell, one.code, {key: plain(value) for key, value in one.params.items()}]
        for one in findings
    ]
    return json.dumps(rows, ensure_ascii=False)


def findings_from_json(text: str) -> tuple[WorkbookFinding, ...]:
    """Return the findings of a JSON text."""

    def typed(value: Any) -> Any:
        if not isinstance(value, dict) or set(value) != {"day"}:
            return value
        return (datetime if "T" in value["day"] else date).fromisoformat(value["day"])

    return tuple(
        WorkbookFinding(sheet, cell, code, {key: typed(value) for key, value in params.items()})
        for sheet, cell, code, params in json.loads(text)
    )
