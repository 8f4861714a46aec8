"""Write the workbook of results of earlier semesters: its columns, and a row for each student of today to fill in."""

from __future__ import annotations

import io
from collections.abc import Iterable

import xlsxwriter

from app.journal.takeover.earlier_words import COLUMNS, SHEET_NAMES


def write_earlier_results_workbook(students: Iterable[tuple[str, str]], locale: str) -> bytes:
    """Return the workbook in a language; `students` are pairs of number and full name."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        heads = book.add_format({"bold": True, "bottom": 1})
        sheet = book.add_worksheet(SHEET_NAMES[locale])
        for place, words in enumerate(COLUMNS.values()):
            sheet.write_string(0, place, words[locale], heads)
        sheet.set_column(0, len(COLUMNS) - 1, 18)
        sheet.freeze_panes(1, 2)
        for row, (number, name) in enumerate(students, 1):
            sheet.write_string(row, 0, number)
            sheet.write_string(row, 1, name)
    return content.getvalue()
