"""Read a table of accounts (XLSX or CSV). The file is hostile until it is read: bytes, rows and columns are limited,
and whatever is wrong is a finding with its cell, never an exception."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.exchange.account_words import COLUMNS
from app.kernel.composed_text import compose_text
from app.kernel.workbook_reading import (
    MAX_FILE_BYTES,
    Workbook,
    WorkbookFinding,
    column_letters,
    load_workbook_cells,
    values_by_word,
    word_key,
)

MAX_ROWS, MAX_COLUMNS = 10_000, 40
MAX_TEXT_LENGTH, MAX_FINDINGS = 300, 200
IDENTIFYING_COLUMNS = ("id", "number", "name")
FILLED_COLUMNS = ("login", "email")


@dataclass(slots=True)
class AccountTable:
    """The rows of a file by column key, each with its number in the file, and everything that is wrong."""

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    findings: list[WorkbookFinding] = field(default_factory=list)

    def add(self, number: int, key: str, code: str, **params: Any) -> None:
        """Note what is wrong in the cell of a column, or in a whole row when the file has no such column."""
        place = self.places.get(key)
        cell = f"{column_letters(place)}{number}" if place is not None else str(number)
        self.findings.append(WorkbookFinding("", cell, code, params))

    def add_to_file(self, code: str, cell: str = "", **params: Any) -> None:
        """Note what is wrong with the whole file."""
        self.findings.append(WorkbookFinding("", cell, code, params))


def read_account_table(content: bytes) -> AccountTable:
    """Return the rows of a file and everything that cannot be read in it."""
    found = AccountTable()
    if len(content) > MAX_FILE_BYTES:
        found.add_to_file("kernel.workbook.too_many_bytes", megabytes=MAX_FILE_BYTES // 2**20)
        return found
    if not content.strip():
        found.add_to_file("exchange.accounts_file.empty")
        return found
    cells = _xlsx_cells(found, content) if content[:2] == b"PK" else _csv_cells(found, content)
    if cells is not None:
        _read_rows(found, cells)
    return found


def _xlsx_cells(found: AccountTable, content: bytes) -> Sequence[Sequence[Any]] | None:
    """Return the cells of the first sheet with a known column; None when there is none."""
    book = Workbook()
    tables = load_workbook_cells(book, content, MAX_ROWS + 1, lambda _name: "accounts")
    for sheet, cells in tables:
        if cells and _column_places(cells[0]):
            found.findings += [one for one in book.findings if one.sheet == sheet.name]
            return cells
    if not tables:
        found.findings += book.findings
        return None
    found.add_to_file("exchange.accounts_file.no_header", cell="1")
    return None


def _csv_cells(found: AccountTable, content: bytes) -> Sequence[Sequence[str]] | None:
    """Return the cells of a CSV file in UTF-8 or, as older systems write it, in Windows-1251."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1251", errors="replace")
    heading = text.partition("\n")[0]
    delimiter = next((one for one in (";", "\t") if one in heading), ",")
    try:
        rows = []
        for row in csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter):
            rows.append(row)
            if len(rows) > MAX_ROWS + 1 or len(row) > MAX_COLUMNS:
                found.add_to_file("kernel.workbook.too_large", rows=MAX_ROWS, columns=MAX_COLUMNS)
                return None
    except csv.Error:
        found.add_to_file("exchange.row.quotes", cell=str(len(rows) + 1))
        return None
    if not rows or not _column_places(rows[0]):
        found.add_to_file("exchange.accounts_file.no_header", cell="1")
        return None
    return rows


def _column_places(heading: Sequence[Any]) -> dict[str, list[int]]:
    """Return the places of the known columns."""
    known = values_by_word(COLUMNS)
    places: dict[str, list[int]] = {}
    for place, text in enumerate(heading):
        key = known.get(word_key(text))
        if key is not None:
            places.setdefault(key, []).append(place)
    return places


def _read_rows(found: AccountTable, cells: Sequence[Sequence[Any]]) -> None:
    """Read the rows below the heading."""
    for key, places in _column_places(cells[0]).items():
        found.places[key] = places[0]
        if len(places) > 1:
            found.add(1, key, "kernel.workbook.column_twice", column=str(cells[0][places[1]])[:60])
    for wanted in (IDENTIFYING_COLUMNS, FILLED_COLUMNS):
        if not any(key in found.places for key in wanted):
            columns = {
                language: ", ".join(COLUMNS[key][language] for key in wanted) for language in COLUMNS["id"]
            }
            found.add_to_file("exchange.accounts_file.no_column_of", cell="1", columns=columns)
    if found.findings:
        return
    for number, row in enumerate(cells[1:], 2):
        values = {
            key: text
            for key, place in found.places.items()
            if (text := _cell_text(row[place] if place < len(row) else ""))
        }
        if values:
            found.rows.append((number, values))


def _cell_text(value: Any) -> str:
    """Return the text of a cell without doubled spaces; a whole number without its decimals."""
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return compose_text(" ".join(str(value).split()))[:MAX_TEXT_LENGTH]
