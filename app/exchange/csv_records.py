"""Read the records of one CSV file of a roster as other systems write them. Pure."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.exchange.columns import CSV_TABLES, NO_VALUE_WORDS, OPTIONAL_USER_COLUMNS, ROSTER_COLUMNS
from app.kernel.composed_text import compose_text

MAX_ROSTER_FINDINGS = 1000
OTHER_DELIMITERS = (";", "\t")
"""Delimiters of a heading without commas: Excel writes semicolons in Kyrgyz and Russian."""
_COLUMN_BY_LOWER_CASE = {column.lower(): column for column in ROSTER_COLUMNS}
csv.field_size_limit(2**20)


@dataclass(frozen=True, slots=True)
class RosterFinding:
    """One error with its place: line 1 is the header; `column` is "" for a whole row or file."""

    file: str
    line: int
    column: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def iterate_csv_records(
    archive: zipfile.ZipFile,
    member: str,
    name: str,
    findings: list[RosterFinding],
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and values of each record; add findings on encoding, quoting and header."""
    try:
        text = archive.read(member).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = archive.read(member)[: error.start].count(b"\n") + 1
        findings.append(RosterFinding(f"{name}.csv", line, "", "exchange.row.not_utf8"))
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_find_delimiter(text))
    header: list[str] | None = None
    needs = CSV_TABLES[name].required_columns if name in CSV_TABLES else ()
    cleaner = _CellCleaner(name)
    expected: dict[str, str] = {}
    try:
        for cells in reader:
            if header is None:
                header = [_standard_column_name(cell.strip()) for cell in cells]
                expected = dict.fromkeys((column for column in needs if column in header), "")
            elif any(cell.strip() for cell in cells):
                if any(cell.strip() for cell in cells[len(header) :]):
                    findings.append(
                        RosterFinding(f"{name}.csv", reader.line_num, "", "exchange.row.too_many")
                    )
                pairs = zip(header, cells, strict=False)
                yield (
                    reader.line_num,
                    expected | {column: cleaner.clean_cell(column, cell) for column, cell in pairs},
                )
                if len(findings) >= MAX_ROSTER_FINDINGS:
                    return
    except csv.Error:
        findings.append(RosterFinding(f"{name}.csv", reader.line_num, "", "exchange.row.quotes"))
    if header is None:
        findings.append(RosterFinding(f"{name}.csv", 1, "", "exchange.file.empty"))
        return
    for column in needs:
        if column not in header:
            findings.append(RosterFinding(f"{name}.csv", 1, column, "exchange.header.missing"))


class _CellCleaner:
    """Cleans the cells of one table. Equal texts of a column are one object: a large table repeats most of them."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._values_by_column = {
            column: _allowed_value_by_lower_case(table, column) for column in ROSTER_COLUMNS
        }
        self._cleaned_by_column: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def clean_cell(self, column: str, cell: str) -> str:
        """Return the clean text of a cell."""
        if not cell:
            return ""
        known = self._cleaned_by_column[column]
        text = known.get(cell)
        if text is None:
            text = _clean_cell(self._table, column, cell, self._values_by_column.get(column, {}))
            if column != "sourcedId":
                known[cell] = text
        return text


def _find_delimiter(text: str) -> str:
    """Return the delimiter of the heading: a comma, or another one when the heading has no comma."""
    heading = text.partition("\n")[0]
    found = [one for one in OTHER_DELIMITERS if one in heading]
    return found[0] if found and "," not in heading else ","


def _standard_column_name(name: str) -> str:
    """Return the name of a column as the standard writes it, whatever its case."""
    return _COLUMN_BY_LOWER_CASE.get(name.lower(), name)


def _allowed_value_by_lower_case(table: str, column: str) -> Mapping[str, str]:
    """Return the allowed values of a column by their lower case; empty for free text."""
    enums = CSV_TABLES[table].enums if table in CSV_TABLES else None
    allowed: Sequence[str] = (enums or {}).get(column, ())
    return {value.lower(): value for value in allowed}


def _clean_cell(table: str, column: str, cell: str, value_by_lower_case: Mapping[str, str]) -> str:
    """Return the text of a cell: letters composed (NFC), allowed values as the standard writes them, words for
    "none" as ""."""
    text = cell.strip()
    # Ids stay byte for byte: they are given back as they came.
    if not column.lower().endswith(("sourcedid", "sourcedids")):
        text = compose_text(text)
    if value_by_lower_case:
        return value_by_lower_case.get(text.lower(), text)
    if table == "users" and column in OPTIONAL_USER_COLUMNS and text.lower() in NO_VALUE_WORDS:
        return ""
    return text
