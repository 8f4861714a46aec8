"""What no single row shows: e-mails and identifiers given twice, stays that overlap, references that lead nowhere,
units in a circle or too deep. Pure: planned rows and stored rows in, findings out; each walk passes a row once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.exchange.changes import Change
from app.exchange.read import Finding, Row
from app.exchange.semester_dates import wrong_dates
from app.exchange.values import Stored
from app.journal.tables import Course, Offering, Semester
from app.kernel.db import Base
from app.people.models import Membership, Person, StudyGroup, Unit
from app.people.rules import MAX_UNIT_DEPTH, unit_depths

REFERS: Mapping[str, Mapping[str, tuple[type[Base], str]]] = {
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
"""Which column of ours names a row of which table, and in which column of the file it stands."""

DAYS: Mapping[str, tuple[str, str]] = {
    "membership": ("starts_on", "ends_on"),
    "teaching": ("starts_on", "ends_on"),
    "role_grant": ("valid_from", "valid_until"),
}
"""The first and the last day of what lasts for a while."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A change, the row of the file it comes from, and every value the row would have then."""

    change: Change
    row: Row
    whole: Mapping[str, Any]

    def finding(self, column: str, code: str, **params: Any) -> Finding:
        """Something wrong with this row."""
        return Finding(self.change.file, self.row.line, column, code, params)


def findings_of(
    planned: Sequence[Planned],
    stored: Stored,
    above: Mapping[UUID, UUID | None],
    today: date,
    unread: Collection[UUID] = (),
) -> Sequence[Finding]:
    """Everything that is wrong between rows, in the order of the plan. `unread` are rows that have a finding already:
    what refers to them is not wrong for that."""
    return [
        *_nowhere(planned, stored, unread),
        *_depths(planned, above),
        *_taken(planned, stored, "email", "exchange.row.email_taken"),
        *_taken(planned, stored, "identifier", "exchange.row.identifier_taken"),
        *_backwards(planned),
        *_overlaps(planned, stored),
        *_semesters(planned, stored, today),
    ]


def _nowhere(planned: Sequence[Planned], stored: Stored, unread: Collection[UUID]) -> Iterator[Finding]:
    fresh = {one.change.id for one in planned if one.change.action == "insert"}.union(unread)
    for one in planned:
        for column, (model, named) in REFERS.get(one.change.table, {}).items():
            target = one.change.values.get(column)
            if target is not None and target not in stored[model] and target not in fresh:
                said = one.row.get(named) or one.row.get("sourcedId")
                yield one.finding(named, "exchange.row.unknown_reference", id=said)


def _depths(planned: Sequence[Planned], above: Mapping[UUID, UUID | None]) -> Iterator[Finding]:
    """Units that contain each other; units deeper than the tree goes, each branch named once where it becomes so."""
    moved = {one.change.id: one for one in planned if "parent_id" in one.change.values}
    depths = unit_depths(above) if moved else {}
    for unit, one in moved.items():
        if depths[unit] is None:
            yield one.finding("parentSourcedId", "exchange.row.circle")
    too_deep = MAX_UNIT_DEPTH + 1
    named = {_cause(unit, moved, above) for unit, depth in depths.items() if depth == too_deep}
    for unit, one in moved.items():
        if unit in named:
            yield one.finding("parentSourcedId", "exchange.row.too_deep", most=MAX_UNIT_DEPTH)


def _cause(unit: UUID, moved: Mapping[UUID, Any], above: Mapping[UUID, UUID | None]) -> UUID | None:
    """The unit itself or the nearest above it that the file puts where it is; None when it stood so before."""
    at: UUID | None = unit
    while at is not None and at not in moved:
        at = above.get(at)
    return at


def _taken(planned: Sequence[Planned], stored: Stored, column: str, code: str) -> Iterator[Finding]:
    """Two persons with one e-mail or identifier are one person entered twice. What stood so before stays."""
    changed = {one.change.id: one for one in planned if one.change.table == "person"}
    holders: defaultdict[str, list[UUID]] = defaultdict(list)
    for row in stored[Person].values():
        value = getattr(row, column)
        if value and row.ended_at is None and column not in _values(changed.get(row.id)):
            holders[value.casefold()].append(row.id)
    for one in changed.values():
        value = one.change.values.get(column)
        if value:
            if holders[value.casefold()]:
                other = changed.get(holders[value.casefold()][0])
                yield one.finding(column, code, value=value, line=other.row.line if other else "–")
            holders[value.casefold()].append(one.change.id)


def _values(one: Planned | None) -> Mapping[str, Any]:
    return one.change.values if one else {}


def _backwards(planned: Sequence[Planned]) -> Iterator[Finding]:
    """A first day of the file after the last day that is stored, which it does not name."""
    for one in planned:
        if one.change.action == "update" and one.change.table in DAYS:
            first, last = (one.whole[name] for name in DAYS[one.change.table])
            if last is not None and last < first:
                days = {"first": first.isoformat(), "last": last.isoformat()}
                yield one.finding("beginDate", "exchange.row.backwards", **days)


def _overlaps(planned: Sequence[Planned], stored: Stored) -> Iterator[Finding]:
    """A student belongs to a class once a day; by our own orders, to one group a day."""
    changed = {one.change.id: one for one in planned if one.change.table == "membership"}
    stays: defaultdict[tuple[Any, ...], list[_Stay]] = defaultdict(list)
    for row in stored[Membership].values() if changed else ():
        if row.id not in changed:
            for key in _places(row.external_id, row.person_id, row.group_id):
                stays[key].append(_Stay(row.starts_on, row.ends_on, None))
    for one in changed.values():
        whole = one.whole
        if one.change.action != "remove":
            for key in _places(whole["external_id"], whole["person_id"], whole["group_id"]):
                stays[key].append(_Stay(whole["starts_on"], whole["ends_on"], one))
    found: dict[UUID, Finding] = {}
    for each in stays.values():
        for one, day in _met(each):
            day_text = day.isoformat()
            found.setdefault(one.change.id, one.finding("beginDate", "exchange.row.overlap", day=day_text))
    yield from (found[row_id] for row_id in changed if row_id in found)


@dataclass(frozen=True, slots=True)
class _Stay:
    first: date
    last: date | None
    planned: Planned | None


def _met(stays: list[_Stay]) -> Iterator[tuple[Planned, date]]:
    """The planned stays that meet another, each with the first day of that one. Sorted once, then passed once."""
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


def _places(outside: str | None, person: UUID, group: UUID) -> list[tuple[Any, ...]]:
    return [(person, group)] if outside else [(person, group), (person,)]


def _semesters(planned: Sequence[Planned], stored: Stored, today: date) -> Iterator[Finding]:
    """Days of a semester that its weeks, its terms or the calendar do not allow any more."""
    for one in planned:
        if one.change.table == "semester" and one.change.action == "update":
            code = wrong_dates(stored[Semester][one.change.id], one.change.values, today)
            if code is not None:
                column = "endDate" if "ends_on" in one.change.values else "startDate"
                yield one.finding(column, code)
