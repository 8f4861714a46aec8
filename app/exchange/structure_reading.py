"""Read a workbook of the structure (XLSX): its rows by sheet, and findings by cell."""

from __future__ import annotations

from app.exchange.structure_words import CHOICES, COLUMNS, REQUIRED, SHEETS
from app.kernel.workbook_reading import (
    CellReader,
    SheetForm,
    Workbook,
    new_word_reader,
    read_day_cell,
    read_number_cell,
    read_whole_number_cell,
    read_workbook,
)

MAX_ROWS = 20_000
"""Rows of all sheets together."""


def _readers_of_sheet(kind: str) -> dict[str, CellReader]:
    """Return how the cells of a sheet are read that are no texts."""
    readers: dict[str, CellReader] = {key: new_word_reader(table) for key, table in CHOICES.items()}
    readers |= {"credits": read_number_cell, "from": read_day_cell, "until": read_day_cell}
    numbers = {key for key in COLUMNS[kind] if "hours-" in key} | {"year"}
    # The journal names its semester by words, the curriculum by its number.
    numbers |= {"semester"} if kind == "curriculum" else set()
    return readers | dict.fromkeys(numbers, read_whole_number_cell)


_FORMS = {
    kind: SheetForm(names, COLUMNS[kind], REQUIRED[kind], _readers_of_sheet(kind))
    for kind, names in SHEETS.items()
}


def read_structure_workbook(content: bytes) -> Workbook:
    """Return the rows of the sheets of the structure in the order of their import, and everything that cannot be read
    in them."""
    return read_workbook(content, _FORMS, MAX_ROWS)
