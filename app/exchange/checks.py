"""What no single row shows: e-mails and identifiers given twice, stays that overlap, references that lead nowhere,
units in a circle, roles that are not given by file. Pure: planned rows and stored rows in, findings out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.exchange.calendar import wrong_dates
from app.exchange.changes import Change
from app.exchange.read import MOST_FINDINGS, Finding, Row
from app.journal.models import Course, Offering, Semester
from app.kernel.db import Base
from app.people.models import Membership, Person, StudyGroup, Unit

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
BY_HAND = frozenset({"it_admin"})
"""Roles that no file gives or takes: who has them could give himself everything else."""
Stored = Mapping[type[Base], Mapping[UUID, Any]]


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
    importer: UUID | None,
    today: date,
) -> Sequence[Finding]:
    """Everything that is wrong between rows, in the order of the plan; at most as many as a person would read."""
    found = [
        *_nowhere(planned, stored),
        *_circles(planned, above),
        *_taken(planned, stored, "email", "exchange.row.email_taken"),
        *_taken(planned, stored, "identifier", "exchange.row.identifier_taken"),
        *_overlaps(planned, stored),
        *_semesters(planned, stored, today),
        *(_not_by_file(planned, importer) if importer else ()),
    ]
    return found[:MOST_FINDINGS]


def _nowhere(planned: Sequence[Planned], stored: Stored) -> Iterator[Finding]:
    fresh = {one.change.id for one in planned if one.change.action == "insert"}
    for one in planned:
        for column, (model, named) in REFERS.get(one.change.table, {}).items():
            target = one.change.values.get(column)
            if target is not None and target not in stored[model] and target not in fresh:
                said = one.row.get(named) or one.row.get("sourcedId")
                yield one.finding(named, "exchange.row.unknown_reference", id=said)


def _circles(planned: Sequence[Planned], above: Mapping[UUID, UUID | None]) -> Iterator[Finding]:
    for one in planned:
        if one.change.table == "unit" and "parent_id" in one.change.values:
            passed, unit = {one.change.id}, above.get(one.change.id)
            while unit is not None and unit not in passed:
                passed.add(unit)
                unit = above.get(unit)
            if unit is not None:
                yield one.finding("parentSourcedId", "exchange.row.circle")


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


def _overlaps(planned: Sequence[Planned], stored: Stored) -> Iterator[Finding]:
    """A student belongs to a class once a day; by our own orders, to one group a day."""
    changed = {one.change.id: one for one in planned if one.change.table == "membership"}
    stays: defaultdict[tuple[Any, ...], list[tuple[date, date | None]]] = defaultdict(list)
    for row in stored[Membership].values():
        if row.id not in changed:
            for key in _places(row.external_id, row.person_id, row.group_id):
                stays[key].append((row.starts_on, row.ends_on))
    for row_id, one in changed.items():
        present = stored[Membership].get(row_id)
        outside = one.whole["external_id"] if present is None else present.external_id
        first, last = one.whole["starts_on"], _last(one, present)
        for key in _places(outside, one.whole["person_id"], one.whole["group_id"]):
            other = next((stay for stay in stays[key] if _meet((first, last), stay)), None)
            if other is not None:
                yield one.finding("beginDate", "exchange.row.overlap", day=other[0].isoformat())
                break
            stays[key].append((first, last))


def _last(one: Planned, present: Any) -> date | None:
    """The last day the row would have: the file's, or the one that is stored and that the file leaves out."""
    last: date | None = one.whole["ends_on"]
    return present.ends_on if last is None and present is not None else last


def _places(outside: str | None, person: UUID, group: UUID) -> list[tuple[Any, ...]]:
    return [(person, group)] if outside else [(person, group), (person,)]


def _meet(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    return (other[1] is None or one[0] <= other[1]) and (one[1] is None or other[0] <= one[1])


def _semesters(planned: Sequence[Planned], stored: Stored, today: date) -> Iterator[Finding]:
    """Days of a semester that its weeks, its terms or the calendar do not allow any more."""
    for one in planned:
        if one.change.table == "semester" and one.change.action == "update":
            code = wrong_dates(stored[Semester][one.change.id], one.change.values, today)
            if code is not None:
                column = "endDate" if "ends_on" in one.change.values else "startDate"
                yield one.finding(column, code)


def _not_by_file(planned: Sequence[Planned], importer: UUID) -> Iterator[Finding]:
    for one in planned:
        if one.change.table == "role_grant":
            roles = {one.whole["role"], one.change.before.get("role")}
            if roles & BY_HAND:
                yield one.finding("role", "exchange.row.role_by_hand")
            elif importer in (one.whole["person_id"], one.change.before.get("person_id")):
                yield one.finding("userSourcedId", "exchange.row.role_oneself")
