"""Checks between the rows of a plan: duplicate e-mails and identifiers, overlapping stays, dangling
references, cycles and depth of units. Pure: planned rows and stored rows in, findings out; each check is a
single pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.exchange.changes import ImportChange
from app.exchange.columns import CSV_TABLES
from app.exchange.csv_records import RosterFinding
from app.exchange.read import Roster, RosterRow
from app.exchange.semester_dates import semester_dates_error_code
from app.exchange.stored_rows import StoredRows
from app.journal.tables import Course, Offering, Semester
from app.kernel.db import Base
from app.people.models import Membership, Person, StudyGroup, Unit
from app.people.rules import MAX_UNIT_DEPTH, compute_unit_depths

REFERENCE_COLUMNS: Mapping[str, Mapping[str, tuple[type[Base], str]]] = {
    "unit": {"parent_id": (Unit, "parentSourcedId")},
    "course": {"department_id": (Unit, "orgSourcedId")},
    "study_group": {"unit_id": (Unit, "schoolSourcedId")},
    "offering": {
        "course_id": (Course, "courseSourcedId"),
        "group_id": (StudyGroup, "sourcedId"),
        "semester_id": (Semester, "termSourcedIds"),
    },
    "role_grant": {"person_id": (Person, "userSourcedId"), "unit_id": (Unit, "orgSourcedId")},
    "teaching": {"offering_id": (Offering, "classSourcedId"), "person_id": (Person, "userSourcedId")},
    "membership": {"group_id": (StudyGroup, "classSourcedId"), "person_id": (Person, "userSourcedId")},
}
"""By table: column that refers to another row, the table referred to, and the column of the file."""

PERIOD_COLUMNS: Mapping[str, tuple[str, str]] = {
    "membership": ("starts_on", "ends_on"),
    "teaching": ("starts_on", "ends_on"),
    "role_grant": ("valid_from", "valid_until"),
}
"""By table: columns of the first and the last day of rows with a period."""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A change, the row of the file it comes from, and every value the stored row would have after it."""

    change: ImportChange
    row: RosterRow
    values_after: Mapping[str, Any]

    def new_finding(self, column: str, code: str, **params: Any) -> RosterFinding:
        """Return a finding on a column of this row."""
        return RosterFinding(self.change.file, self.row.line, column, code, params)


def check_planned_rows(
    planned: Sequence[PlannedRow],
    stored: StoredRows,
    above: Mapping[UUID, UUID | None],
    today: date,
    unread: Collection[UUID] = (),
) -> Sequence[RosterFinding]:
    """Return every finding between rows, in the order of the plan. `unread` are ids of rows that have a
    finding already: references to them are not reported again."""
    return [
        *_dangling_reference_findings(planned, stored, unread),
        *_unit_depth_findings(planned, above),
        *_duplicate_value_findings(planned, stored, "email", "exchange.row.email_taken"),
        *_duplicate_value_findings(planned, stored, "identifier", "exchange.row.identifier_taken"),
        *_reversed_period_findings(planned),
        *_overlapping_stay_findings(planned, stored),
        *_semester_date_findings(planned, stored, today),
    ]


def _dangling_reference_findings(
    planned: Sequence[PlannedRow], stored: StoredRows, unread: Collection[UUID]
) -> Iterator[RosterFinding]:
    """Yield a finding for each reference to a row that is neither stored nor new."""
    fresh = {one.change.id for one in planned if one.change.action == "insert"}.union(unread)
    for one in planned:
        for column, (model, named) in REFERENCE_COLUMNS.get(one.change.table, {}).items():
            target = one.change.values.get(column)
            if target is not None and target not in stored[model] and target not in fresh:
                identifier = one.row.get(named) or one.row.get("sourcedId")
                yield one.new_finding(named, "exchange.row.unknown_reference", id=identifier)


def merge_findings_of_missing_tables(
    findings: Sequence[RosterFinding], roster: Roster
) -> list[RosterFinding]:
    """Return the findings; in a complete file, unknown references to a table that was not sent become one
    finding on that table."""
    found: dict[tuple[str, ...], RosterFinding] = {}
    for one in findings:
        table = one.file.removesuffix(".csv")
        other = CSV_TABLES[table].table_by_reference.get(one.column, "") if table in CSV_TABLES else ""
        unknown = one.code == "exchange.row.unknown_reference"
        if unknown and other and other not in roster.tables and not roster.delta:
            needed = RosterFinding(
                f"{other}.csv", 0, "", "exchange.file.needed", {"file": f"{other}.csv", "table": one.file}
            )
            found.setdefault((other,), needed)
        else:
            found[one.file, str(one.line), one.column, one.code] = one
    return list(found.values())


def _unit_depth_findings(
    planned: Sequence[PlannedRow], above: Mapping[UUID, UUID | None]
) -> Iterator[RosterFinding]:
    """Yield a finding for units in a cycle, and for units deeper than `MAX_UNIT_DEPTH`: each branch once,
    where it becomes too deep."""
    moved = {one.change.id: one for one in planned if "parent_id" in one.change.values}
    depths = compute_unit_depths(above) if moved else {}
    for unit, one in moved.items():
        if depths[unit] is None:
            yield one.new_finding("parentSourcedId", "exchange.row.circle")
    too_deep = MAX_UNIT_DEPTH + 1
    named = {_nearest_moved_unit(unit, moved, above) for unit, depth in depths.items() if depth == too_deep}
    for unit, one in moved.items():
        if unit in named:
            yield one.new_finding("parentSourcedId", "exchange.row.too_deep", most=MAX_UNIT_DEPTH)


def _nearest_moved_unit(
    unit: UUID, moved: Mapping[UUID, Any], above: Mapping[UUID, UUID | None]
) -> UUID | None:
    """Return the unit itself or its nearest ancestor whose parent the file sets; None when all were there
    before."""
    at: UUID | None = unit
    while at is not None and at not in moved:
        at = above.get(at)
    return at


def _duplicate_value_findings(
    planned: Sequence[PlannedRow], stored: StoredRows, column: str, code: str
) -> Iterator[RosterFinding]:
    """Yield a finding for each e-mail or identifier that another person has too. Stored duplicates are not
    reported."""
    changed = {one.change.id: one for one in planned if one.change.table == "person"}
    holders: defaultdict[str, list[UUID]] = defaultdict(list)
    for row in stored[Person].values():
        value = getattr(row, column)
        if (
            value
            and row.ended_at is None
            and column not in _changed_values_of_planned_row(changed.get(row.id))
        ):
            holders[value.casefold()].append(row.id)
    for one in changed.values():
        value = one.change.values.get(column)
        if value:
            if holders[value.casefold()]:
                other = changed.get(holders[value.casefold()][0])
                yield one.new_finding(column, code, value=value, line=other.row.line if other else "–")
            holders[value.casefold()].append(one.change.id)


def _changed_values_of_planned_row(one: PlannedRow | None) -> Mapping[str, Any]:
    """Return the changed columns of a planned row; empty for None."""
    return one.change.values if one else {}


def _reversed_period_findings(planned: Sequence[PlannedRow]) -> Iterator[RosterFinding]:
    """Yield a finding where the first day in the file lies after the stored last day."""
    for one in planned:
        if one.change.action == "update" and one.change.table in PERIOD_COLUMNS:
            first, last = (one.values_after[name] for name in PERIOD_COLUMNS[one.change.table])
            if last is not None and last < first:
                days = {"first": first.isoformat(), "last": last.isoformat()}
                yield one.new_finding("beginDate", "exchange.row.backwards", **days)


def _overlapping_stay_findings(planned: Sequence[PlannedRow], stored: StoredRows) -> Iterator[RosterFinding]:
    """Yield a finding for stays of a student that overlap: in one class; for the university's own orders, in
    any group."""
    changed = {one.change.id: one for one in planned if one.change.table == "membership"}
    stays: defaultdict[tuple[Any, ...], list[_Period]] = defaultdict(list)
    for row in stored[Membership].values() if changed else ():
        if row.id not in changed:
            for key in _stay_overlap_keys(row.external_id, row.person_id, row.group_id):
                stays[key].append(_Period(row.starts_on, row.ends_on, None))
    for one in changed.values():
        whole = one.values_after
        if one.change.action != "remove":
            for key in _stay_overlap_keys(whole["external_id"], whole["person_id"], whole["group_id"]):
                stays[key].append(_Period(whole["starts_on"], whole["ends_on"], one))
    found: dict[UUID, RosterFinding] = {}
    for each in stays.values():
        for one, day in _stays_overlapping_another(each):
            day_text = day.isoformat()
            found.setdefault(
                one.change.id, one.new_finding("beginDate", "exchange.row.overlap", day=day_text)
            )
    yield from (found[row_id] for row_id in changed if row_id in found)


@dataclass(frozen=True, slots=True)
class _Period:
    """One stay, with its planned row (None: stored)."""

    first: date
    last: date | None
    planned: PlannedRow | None


def _stays_overlapping_another(stays: list[_Period]) -> Iterator[tuple[PlannedRow, date]]:
    """Yield each planned stay that overlaps another, with the first day of the other. Sorts once, then passes
    once."""
    if len(stays) < 2 or all(stay.planned is None for stay in stays):
        return
    ordered = sorted(stays, key=lambda stay: (stay.first, stay.planned is not None))
    longest = ordered[0]
    for stay in ordered[1:]:
        if longest.last is None or stay.first <= longest.last:
            if stay.planned is not None:
                yield stay.planned, longest.first
            elif longest.planned is not None:
                yield longest.planned, stay.first
        if longest.last is not None and (stay.last is None or stay.last > longest.last):
            longest = stay


def _stay_overlap_keys(outside: str | None, person: UUID, group: UUID) -> list[tuple[Any, ...]]:
    """Return the keys under which a stay must not overlap: person and group; without an external id also the
    person."""
    return [(person, group)] if outside else [(person, group), (person,)]


def _semester_date_findings(
    planned: Sequence[PlannedRow], stored: StoredRows, today: date
) -> Iterator[RosterFinding]:
    """Yield a finding for semester dates that its weeks, its deadlines or the calendar no longer allow."""
    for one in planned:
        if one.change.table == "semester" and one.change.action == "update":
            code = semester_dates_error_code(stored[Semester][one.change.id], one.change.values, today)
            if code is not None:
                column = "endDate" if "ends_on" in one.change.values else "startDate"
                yield one.new_finding(column, code)
