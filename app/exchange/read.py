"""A OneRoster ZIP becomes rows and findings. Pure: no database. Every finding names file, line and column."""

from __future__ import annotations

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.exchange.columns import TABLES, Table
from app.kernel.errors import Invalid

MOST_BYTES = 64 * 2**20
"""Of all files together, unpacked: a roster of fifty thousand students has a third of it."""
MOST_FILES = 60
MOST_RATIO = 200
MOST_FINDINGS = 1000
MOST_SIGNS = 255
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The ways of packing OneRoster names; others can grow in memory beyond what a file says of itself."""
BROKEN = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, struct.error, zlib.error)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
csv.field_size_limit(2**20)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong where: line 1 is the header; `column` is "" for a whole row or file."""

    file: str
    line: int
    column: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One record with its line."""

    line: int
    values: Mapping[str, str]

    def get(self, column: str) -> str:
        """The text of a column; "" when it is empty or absent."""
        return self.values.get(column, "")

    def many(self, column: str) -> list[str]:
        """The ids of a column that holds a list."""
        return [part.strip() for part in self.get(column).split(",") if part.strip()]

    @property
    def gone(self) -> bool:
        """Whether a delta file takes this record away."""
        return self.get("status").lower() == "tobedeleted"


@dataclass(frozen=True, slots=True)
class Roster:
    """What a file says. With findings nothing of it may be executed."""

    version: str
    tables: Mapping[str, tuple[Row, ...]]
    findings: tuple[Finding, ...]
    delta: bool

    def rows(self, table: str) -> tuple[Row, ...]:
        """The records of a table; () when the file is not there."""
        return self.tables.get(table, ())


def read(data: bytes) -> Roster:
    """Read a ZIP; raises Invalid naming `file` when it is none, or is built to do harm."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(archive)
    except BROKEN:
        raise Invalid.field("file", "exchange.file.not_a_zip") from None


def _read(archive: zipfile.ZipFile) -> Roster:
    members = _members(archive)
    findings: list[Finding] = []
    manifest = dict(_manifest(archive, members, findings))
    tables: dict[str, tuple[Row, ...]] = {}
    for name, table in TABLES.items():
        if name in members:
            tables[name] = tuple(_rows(archive, members[name], table, findings))
    if not tables:
        findings.append(Finding("", 0, "", "exchange.file.no_tables"))
    delta = any(value == "delta" for key, value in manifest.items() if key.startswith("file."))
    _references(tables, findings, delta)
    version = manifest.get("oneroster.version", "1.2" if "roles" in tables else "1.1")
    return Roster(version, tables, tuple(findings[:MOST_FINDINGS]), delta)


def _members(archive: zipfile.ZipFile) -> dict[str, str]:
    entries = archive.infolist()
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise Invalid.field("file", "exchange.file.too_large")
    found = {}
    for entry in entries:
        if entry.file_size > MOST_RATIO * max(entry.compress_size, 1) and entry.file_size > 2**20:
            raise Invalid.field("file", "exchange.file.too_large")
        if entry.flag_bits & 1:
            raise Invalid.field("file", "exchange.file.encrypted")
        if entry.compress_type not in PACKED:
            raise Invalid.field("file", "exchange.file.not_a_zip")
        name = entry.filename.rsplit("/", 1)[-1]
        if name.lower().endswith(".csv"):
            found[name[:-4]] = entry.filename
    return found


def _manifest(
    archive: zipfile.ZipFile, members: Mapping[str, str], findings: list[Finding]
) -> Iterator[tuple[str, str]]:
    if "manifest" not in members:
        return
    for _line, row in _records(archive, members["manifest"], "manifest", findings):
        yield row.get("propertyName", ""), row.get("value", "")


def _records(
    archive: zipfile.ZipFile, member: str, name: str, findings: list[Finding]
) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = archive.read(member).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = archive.read(member)[: error.start].count(b"\n") + 1
        findings.append(Finding(f"{name}.csv", line, "", "exchange.row.not_utf8"))
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    needs = TABLES[name].needs if name in TABLES else ()
    expected: dict[str, str] = {}
    try:
        for cells in reader:
            if header is None:
                header = [cell.strip() for cell in cells]
                expected = dict.fromkeys((column for column in needs if column in header), "")
            elif any(cell.strip() for cell in cells):
                if len(cells) > len(header):
                    findings.append(Finding(f"{name}.csv", reader.line_num, "", "exchange.row.too_many"))
                pairs = zip(header, cells, strict=False)
                yield reader.line_num, expected | {column: cell.strip() for column, cell in pairs}
                if len(findings) >= MOST_FINDINGS:
                    return
    except csv.Error:
        findings.append(Finding(f"{name}.csv", reader.line_num, "", "exchange.row.quotes"))
    if header is None:
        findings.append(Finding(f"{name}.csv", 1, "", "exchange.file.empty"))
        return
    for column in needs:
        if column not in header:
            findings.append(Finding(f"{name}.csv", 1, column, "exchange.header.missing"))


def _rows(archive: zipfile.ZipFile, member: str, table: Table, findings: list[Finding]) -> Iterator[Row]:
    seen: set[str] = set()
    for line, values in _records(archive, member, table.name, findings):
        row = Row(line, values)
        findings.extend(_wrong(table, row, seen))
        seen.add(row.get("sourcedId"))
        yield row


def _wrong(table: Table, row: Row, seen: set[str]) -> Iterator[Finding]:
    file = f"{table.name}.csv"
    if _HIDDEN.search(row.get("sourcedId")) or len(row.get("sourcedId")) > MOST_SIGNS:
        yield Finding(file, row.line, "sourcedId", "exchange.row.hidden_signs")
        return
    if row.get("sourcedId") and row.get("sourcedId") in seen:
        yield Finding(file, row.line, "sourcedId", "exchange.row.twice", {"id": row.get("sourcedId")})
    if row.gone:
        return
    for column, value in row.values.items():
        if len(value) > MOST_SIGNS and column in table.kept:
            yield Finding(file, row.line, column, "exchange.row.too_long", {"most": MOST_SIGNS})
        if _HIDDEN.search(value):
            yield Finding(file, row.line, column, "exchange.row.hidden_signs")
    for column in table.needs:
        if column in row.values and not row.get(column):
            yield Finding(file, row.line, column, "exchange.row.empty")
    for column in table.dates:
        if row.get(column) and not _is_date(row.get(column)):
            yield Finding(file, row.line, column, "exchange.row.not_a_date", {"value": row.get(column)})
    for column, allowed in (table.enums or {}).items():
        if row.get(column) and row.get(column) not in allowed:
            yield Finding(file, row.line, column, "exchange.row.unknown_value", {"value": row.get(column)})
    if len(table.dates) == 2 and all(_is_date(row.get(column)) for column in table.dates):
        first, last = (row.get(column) for column in table.dates)
        if last < first:
            yield Finding(
                file, row.line, table.dates[1], "exchange.row.backwards", {"first": first, "last": last}
            )


def _is_date(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _references(tables: Mapping[str, tuple[Row, ...]], findings: list[Finding], delta: bool) -> None:
    """Ids must lead somewhere; a delta file may lean on what was sent before, which the plan looks up."""
    if delta:
        return
    known = {name: {row.get("sourcedId") for row in rows} for name, rows in tables.items()}
    for name, rows in tables.items():
        for column, other in TABLES[name].refers.items():
            if other not in known:
                continue
            for row in rows:
                for target in row.many(column):
                    if target not in known[other] and not row.gone:
                        params = {"id": target, "table": other}
                        findings.append(
                            Finding(f"{name}.csv", row.line, column, "exchange.row.unknown_reference", params)
                        )
