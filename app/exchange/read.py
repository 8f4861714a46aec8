"""Read a OneRoster ZIP into rows and findings. Pure. Every finding names file, line and column."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from app.exchange.columns import CSV_TABLES, EXTENSION_ROLE_PREFIX, TABLES_ENDED_WHEN_INACTIVE, CsvTable
from app.exchange.csv_records import MAX_ROSTER_FINDINGS, RosterFinding, iterate_csv_records
from app.kernel.errors import Invalid

MAX_UNPACKED_BYTES = 64 * 2**20
"""Maximum size of all files unpacked, in bytes; a roster of fifty thousand students takes a third of it."""
MAX_ZIP_MEMBERS = 60
MAX_COMPRESSION_RATIO = 200
MAX_CSV_TEXT_LENGTH = 255
MIN_YEAR, MAX_YEAR = 1900, 2100
"""Years that a date may have. An `endDate` after them means that there is no end, as 9999-12-31 of other systems."""
ROWS_PER_REPORT = 2000
"""Rows read between two reports of progress."""
BYTES_OF_A_ROW = 70
"""Estimated size of a row of a large table, in bytes."""
COMPRESSION_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Compression methods allowed by OneRoster; others may use more memory than the declared size."""
ZIP_ERRORS = (
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    struct.error,
    zlib.error,
)
_ISO_DATE_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}")
_EMAIL_PATTERN = re.compile(r"[^@\s]+@[^@\s]+")
_CONTROL_CHARACTER_PATTERN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One record with its line number."""

    line: int
    values: Mapping[str, str]

    def get(self, column: str) -> str:
        """Return the text of a column; "" when it is empty or absent."""
        return self.values.get(column, "")

    def split_id_list(self, column: str) -> list[str]:
        """Return the ids of a column that holds a comma-separated list."""
        return [part.strip() for part in self.get(column).split(",") if part.strip()]

    @property
    def is_deleted(self) -> bool:
        """Return whether a delta file deletes this record."""
        return self.get("status").lower() == "tobedeleted"

    @property
    def is_inactive(self) -> bool:
        """Return whether the other system keeps this record but does not use it."""
        return self.get("status").lower() == "inactive"

    def is_withdrawn(self, table: str) -> bool:
        """Return whether this record of a table is not in force: deleted, or an inactive enrolment or role."""
        return self.is_deleted or (self.is_inactive and table in TABLES_ENDED_WHEN_INACTIVE)


@dataclass(frozen=True, slots=True)
class Roster:
    """The content of a file. A roster with findings must not be executed. `inclusive_ends`: an `endDate` is the
    last day, not the day after it."""

    version: str
    tables: Mapping[str, tuple[RosterRow, ...]]
    findings: tuple[RosterFinding, ...]
    delta: bool
    inclusive_ends: bool = False

    def rows(self, table: str) -> tuple[RosterRow, ...]:
        """Return the records of a table; () when the file is absent."""
        return self.tables.get(table, ())


ReadProgress = Callable[[int, int], None]
"""Called with the number of bytes read and their total, unpacked."""


def read_roster(data: bytes, *, inclusive_ends: bool = False, progress: ReadProgress | None = None) -> Roster:
    """Read a ZIP; raises Invalid on `file` when it is no ZIP or is harmful."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_roster_archive(archive, inclusive_ends, progress)
    except ZIP_ERRORS:
        raise Invalid.field("file", "exchange.file.not_a_zip") from None


def check_archive_size(data: bytes) -> int:
    """Return the size of all files of a ZIP unpacked, in bytes, from its list of files alone; raises Invalid on
    `file` when it is no ZIP or is harmful."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _csv_member_by_table(archive)
            return sum(entry.file_size for entry in archive.infolist())
    except ZIP_ERRORS:
        raise Invalid.field("file", "exchange.file.not_a_zip") from None


def _read_roster_archive(
    archive: zipfile.ZipFile, inclusive_ends: bool, progress: ReadProgress | None
) -> Roster:
    """Read manifest and tables and check references."""
    members = _csv_member_by_table(archive)
    findings: list[RosterFinding] = []
    manifest = dict(_manifest_properties(archive, members, findings))
    tables: dict[str, tuple[RosterRow, ...]] = {}
    sizes = {name: archive.getinfo(members[name]).file_size for name in CSV_TABLES if name in members}
    done, whole = 0, max(sum(sizes.values()), 1)
    for name, table in CSV_TABLES.items():
        if name not in members:
            continue
        rows = []
        for row in _read_table_rows(archive, members[name], table, findings):
            rows.append(row)
            if progress and len(rows) % ROWS_PER_REPORT == 0:
                # The number of rows is not known before the end; most take about the same bytes.
                progress(done + min(len(rows) * BYTES_OF_A_ROW, sizes[name]), whole)
        tables[name] = tuple(rows)
        done += sizes[name]
    if not tables:
        findings.append(RosterFinding("", 0, "", "exchange.file.no_tables"))
    findings = _merge_findings_of_missing_courses(tables, findings)
    delta = any(value == "delta" for key, value in manifest.items() if key.startswith("file."))
    _add_reference_findings(tables, findings, delta)
    version = manifest.get("oneroster.version", "1.2" if "roles" in tables else "1.1")
    return Roster(version, tables, tuple(findings[:MAX_ROSTER_FINDINGS]), delta, inclusive_ends)


def _merge_findings_of_missing_courses(
    tables: Mapping[str, tuple[RosterRow, ...]], findings: list[RosterFinding]
) -> list[RosterFinding]:
    """Return the findings; when courses.csv was not sent, one replaces those on classes without a course."""
    place = ("classes.csv", "courseSourcedId")
    kept = [one for one in findings if (one.file, one.column) != place]
    if "courses" in tables or len(kept) == len(findings):
        return findings
    return [
        *kept,
        RosterFinding(
            "courses.csv", 0, "", "exchange.file.needed", {"file": "courses.csv", "table": "classes.csv"}
        ),
    ]


def _csv_member_by_table(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return archive members by table name; raises Invalid on size, ratio, encryption or compression method."""
    entries = archive.infolist()
    if len(entries) > MAX_ZIP_MEMBERS or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise Invalid.field("file", "exchange.file.too_large")
    found = {}
    table_names = {name.lower(): name for name in (*CSV_TABLES, "manifest")}
    for entry in entries:
        # A small archive must not unpack into more memory than the server can spare.
        if entry.file_size > MAX_COMPRESSION_RATIO * max(entry.compress_size, 1) and entry.file_size > 2**20:
            raise Invalid.field("file", "exchange.file.too_large")
        if entry.flag_bits & 1:
            raise Invalid.field("file", "exchange.file.encrypted")
        if entry.compress_type not in COMPRESSION_METHODS:
            raise Invalid.field("file", "exchange.file.not_a_zip")
        name = entry.filename.rsplit("/", 1)[-1]
        if name.lower().endswith(".csv"):
            found[table_names.get(name[:-4].lower(), name[:-4])] = entry.filename
    return found


def _manifest_properties(
    archive: zipfile.ZipFile, members: Mapping[str, str], findings: list[RosterFinding]
) -> Iterator[tuple[str, str]]:
    """Yield the properties of the manifest; nothing without one."""
    if "manifest" not in members:
        return
    for _line, row in iterate_csv_records(archive, members["manifest"], "manifest", findings):
        yield row.get("propertyName", ""), row.get("value", "")


def _read_table_rows(
    archive: zipfile.ZipFile, member: str, table: CsvTable, findings: list[RosterFinding]
) -> Iterator[RosterRow]:
    """Yield the rows of a table and add their findings."""
    seen: set[str] = set()
    for line, values in iterate_csv_records(archive, member, table.name, findings):
        row = RosterRow(line, values)
        findings.extend(_row_findings(table, row, seen))
        seen.add(row.get("sourcedId"))
        yield row


def _row_findings(table: CsvTable, row: RosterRow, seen: set[str]) -> Iterator[RosterFinding]:
    """Yield the findings of one row: duplicate id, length, control characters, empty, date, value, period."""
    file = f"{table.name}.csv"
    if (
        _CONTROL_CHARACTER_PATTERN.search(row.get("sourcedId"))
        or len(row.get("sourcedId")) > MAX_CSV_TEXT_LENGTH
    ):
        yield RosterFinding(file, row.line, "sourcedId", "exchange.row.hidden_signs")
        return
    if row.get("sourcedId") and row.get("sourcedId") in seen:
        yield RosterFinding(file, row.line, "sourcedId", "exchange.row.twice", {"id": row.get("sourcedId")})
    if row.is_deleted:
        return
    for column, value in row.values.items():
        if len(value) > MAX_CSV_TEXT_LENGTH and column in table.stored_columns:
            yield RosterFinding(
                file, row.line, column, "exchange.row.too_long", {"most": MAX_CSV_TEXT_LENGTH}
            )
        if _CONTROL_CHARACTER_PATTERN.search(value):
            yield RosterFinding(file, row.line, column, "exchange.row.hidden_signs")
    for column in table.required_columns:
        if column in row.values and not row.get(column) and column not in table.either_of:
            yield RosterFinding(file, row.line, column, "exchange.row.empty")
    if table.either_of and not any(row.get(column) for column in table.either_of):
        yield RosterFinding(file, row.line, table.either_of[0], "exchange.row.no_name")
    if row.get("email") and table.name == "users" and not _EMAIL_PATTERN.fullmatch(row.get("email")):
        yield RosterFinding(file, row.line, "email", "exchange.row.not_an_email", {"value": row.get("email")})
    for column in table.dates:
        if row.get(column) and not _is_iso_date(row.get(column)):
            yield RosterFinding(file, row.line, column, "exchange.row.not_a_date", {"value": row.get(column)})
    for column, allowed in (table.enums or {}).items():
        value = row.get(column)
        extension = column == "role" and value.startswith(EXTENSION_ROLE_PREFIX)
        if value and value not in allowed and not extension:
            code = "exchange.row.unknown_org_type" if table.name == "orgs" else "exchange.row.unknown_value"
            yield RosterFinding(file, row.line, column, code, {"value": value})
    begin = row.get(table.dates[0]) if table.dates else ""
    if begin and _is_iso_date(begin) and date.fromisoformat(begin).year > MAX_YEAR:
        yield RosterFinding(file, row.line, table.dates[0], "exchange.row.not_a_date", {"value": begin})
    if len(table.dates) == 2 and all(_is_iso_date(row.get(column)) for column in table.dates):
        first, last = (row.get(column) for column in table.dates)
        if last < first:
            yield RosterFinding(
                file, row.line, table.dates[1], "exchange.row.backwards", {"first": first, "last": last}
            )


def _is_iso_date(text: str) -> bool:
    """Return whether the text is a date as YYYY-MM-DD, of `MIN_YEAR` or later."""
    try:
        return bool(_ISO_DATE_PATTERN.fullmatch(text)) and date.fromisoformat(text).year >= MIN_YEAR
    except ValueError:
        return False


def _add_reference_findings(
    tables: Mapping[str, tuple[RosterRow, ...]], findings: list[RosterFinding], delta: bool
) -> None:
    """Add a finding for each id without a record. A delta file may refer to earlier files; the plan checks
    those."""
    if delta:
        return
    known = {name: {row.get("sourcedId") for row in rows} for name, rows in tables.items()}
    for name, rows in tables.items():
        for column, other in CSV_TABLES[name].table_by_reference.items():
            if other not in known:
                continue
            for row in rows:
                for target in row.split_id_list(column):
                    if target not in known[other] and not row.is_withdrawn(name):
                        params = {"id": target, "table": other}
                        findings.append(
                            RosterFinding(
                                f"{name}.csv", row.line, column, "exchange.row.unknown_reference", params
                            )
                        )
