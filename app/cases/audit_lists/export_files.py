"""Files made from rows of a list: CSV, XLSX, JSON. No text of anybody becomes a formula of a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

import xlsxwriter

from app.kernel.spreadsheets import neutralise_formula

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_BYTE_ORDER_MARK = "\ufeff"
"""By it a spreadsheet sees that a CSV file is UTF-8."""


def write_export_file(
    format: str, columns: Sequence[str], labels: Sequence[str], rows: Sequence[Sequence[str]]
) -> bytes:
    """Return the file of rows; JSON names values by column, the others by its label."""
    if format == "json":
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        return json.dumps(named, ensure_ascii=False, indent=1).encode()
    if format == "xlsx":
        return _write_workbook(labels, rows)
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(labels)
    writer.writerows([neutralise_formula(text) for text in row] for row in rows)
    return (_BYTE_ORDER_MARK + lines.getvalue()).encode()


def _write_workbook(labels: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    content = io.BytesIO()
    options = {
        "in_memory": True,
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        for column, label in enumerate(labels):
            sheet.write_string(0, column, label, bold)
        for number, row in enumerate(rows, start=1):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)
        sheet.freeze_panes(1, 0)
    return content.getvalue()
