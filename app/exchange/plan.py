"""Compares a roster with the database: the list of changes that the preview shows and `apply` executes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from app.exchange.changes import ORDER, Absent, Change, Plan
from app.exchange.checks import Planned, findings_of
from app.exchange.read import Finding, Roster, Row
from app.exchange.values import LeftOut, Missing, Reader, Values
from app.journal.models import Course, Offering, Semester, Teaching
from app.kernel.db import Base, db, table
from app.people.models import Membership, Person, RoleGrant, StudyGroup, Unit
from app.people.rules import full_name

NAMESPACE = UUID("6a1d1b1e-2f0b-4d53-9c55-0d1f8b2e5a10")
LAST_DAY: Mapping[type[Base], str] = {Membership: "ends_on", Teaching: "ends_on", RoleGrant: "valid_until"}
ALIKE: Mapping[type[Base], tuple[str, ...]] = {
    Membership: ("person_id", "group_id", "starts_on"),
    Teaching: ("offering_id", "person_id", "starts_on"),
    RoleGrant: ("person_id", "role", "unit_id"),
}
"""Rows that say the same are the same, under whatever id they stand in a file."""
Walk = tuple[str, type[Base], Callable[[Row], Values | None]]


def make(roster: Roster, today: date, importer: UUID | None = None) -> Plan:
    """The plan for a roster against the database as it is; one statement a table. With findings nothing is planned.

    `importer` is the person who would execute it: a file gives nobody what he may not give by hand (3.1).
    """
    if roster.findings:
        return Plan((), roster.findings)
    maker = _Maker(roster, today)
    planned = list(maker.planned())
    findings = [*maker.findings, *findings_of(planned, maker.stored, maker.units(planned), importer, today)]
    if findings:
        return Plan((), tuple(findings))
    changes = tuple(one.change for one in planned)
    return Plan(changes, (), dict(maker.same), tuple(maker.absent()), dict(maker.left_out), maker.names)


class _Maker:
    """Walks the tables in the order of their references and compares each row with what is stored."""

    def __init__(self, roster: Roster, today: date) -> None:
        self.roster, self.today = roster, today
        self.ids: dict[tuple[str, str], UUID] = {}
        self.reader = Reader(roster, today, self.id)
        self.same: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self.stored: dict[type[Base], dict[UUID, Any]] = {
            model: {row.id: row for row in db.session.execute(select(table(model)))} for model in ORDER
        }
        self.seen: defaultdict[type[Base], set[UUID]] = defaultdict(set)
        self.fresh: set[UUID] = set()
        self.alike = {
            (model, *(getattr(row, name) for name in names)): row.id
            for model, names in ALIKE.items()
            for row in self.stored[model].values()
            if model is not RoleGrant or (not row.deputy and not _over(row.valid_until, today))
        }
        self.names: dict[UUID, str] = {}
        for model in ORDER:
            for row in self.stored[model].values():
                self.names[row.id] = self._name(model, row._mapping)

    def walks(self) -> tuple[Walk, ...]:
        reader = self.reader
        return (
            ("orgs", Unit, reader.unit),
            ("academicSessions", Semester, reader.semester),
            ("courses", Course, reader.course),
            ("classes", StudyGroup, reader.group),
            ("users", Person, reader.person),
            ("classes", Offering, reader.offering),
            ("users", RoleGrant, reader.user_role),
            ("roles", RoleGrant, reader.role),
            ("enrollments", Teaching, reader.teaching),
            ("enrollments", Membership, reader.membership),
        )

    def planned(self) -> Iterator[Planned]:
        for name, model, values_of in self.walks():
            for row in self.roster.rows(name):
                try:
                    found = self._compare(model, name, row, values_of)
                except Missing as missing:
                    self.findings.append(
                        Finding(f"{name}.csv", row.line, missing.column, "exchange.row.empty")
                    )
                except LeftOut:
                    self.left_out[row.get("role")] += 1
                else:
                    if found is not None:
                        yield found

    def _compare(
        self, model: type[Base], name: str, row: Row, values_of: Callable[[Row], Values | None]
    ) -> Planned | None:
        row_id = self.id(f"{name}.{model.__tablename__}", row.get("sourcedId"))
        present = self.stored[model].get(row_id)
        if row.gone:
            return self._end(model, name, row, present)
        values = values_of(row)
        if values is None:
            return None
        if present is None and model in ALIKE:
            row_id = self.alike.setdefault((model, *(values[part] for part in ALIKE[model])), row_id)
            present = self.stored[model].get(row_id)
        self.seen[model].add(row_id)
        if present is None and row_id not in self.fresh:
            self.fresh.add(row_id)
            self.names[row_id] = self._name(model, values)
            return self._planned(model, "insert", row_id, values, {}, name, row, values)
        differing = self._differing(model, row, present, values) if present is not None else {}
        if not differing:
            self.same[model.__tablename__] += 1
            return None
        before = {key: getattr(present, key) for key in differing}
        return self._planned(model, "update", row_id, differing, before, name, row, values)

    def _planned(
        self,
        model: type[Base],
        action: str,
        row_id: UUID,
        values: Values,
        before: Values,
        name: str,
        row: Row,
        whole: Values,
    ) -> Planned:
        change = Change(
            model.__tablename__,
            action,
            row_id,
            {**values},
            before,
            self.names[row_id],
            f"{name}.csv",
            row.line,
        )
        return Planned(change, row, whole)

    def _end(self, model: type[Base], name: str, row: Row, present: Any) -> Planned | None:
        """A record taken away: what has a last day gets one, what has none stays."""
        if present is None:
            return None
        self.seen[model].add(present.id)
        column = LAST_DAY.get(model)
        if column is None or getattr(present, column) is not None:
            self.same[model.__tablename__] += 1
            return None
        first = present.valid_from if model is RoleGrant else present.starts_on
        last = {column: max(self.today, first)}
        return self._planned(
            model, "end", present.id, last, {column: None}, name, row, {**present._mapping, **last}
        )

    def _differing(self, model: type[Base], row: Row, present: Any, values: Values) -> dict[str, Any]:
        found = {key: value for key, value in values.items() if _differs(row, present, key, value)}
        if {"family_name", "given_name", "patronymic"} & set(found):
            found["sort_key"] = values["sort_key"]
        return found

    def id(self, kind: str, sourced: str) -> UUID:
        """The same record always gets the same id; one of our own keeps the id it was exported with."""
        known = self.ids.get((kind, sourced))
        if known is None:
            known = self.ids[kind, sourced] = self._id(kind, sourced)
        return known

    def _id(self, kind: str, sourced: str) -> UUID:
        own = _uuid(sourced)
        if own is not None:
            offering = self.stored[Offering].get(own)
            if kind == "classes.study_group" and offering is not None:
                return UUID(str(offering.group_id))
            if any(own in rows for model, rows in self.stored.items() if kind.endswith(model.__tablename__)):
                return own
        return uuid5(NAMESPACE, f"{kind}:{sourced}")

    def _name(self, model: type[Base], values: Mapping[Any, Any]) -> str:
        """What a row is called where people read of it."""
        name = self.names.get
        if model is Person:
            return full_name(values["family_name"], values["given_name"], values["patronymic"])
        if model is StudyGroup:
            return str(values["name"])
        if model in (Unit, Semester, Course):
            return str(values["names"].get("ky", ""))
        if model is Offering:
            return f"{name(values['course_id'], '')}, {name(values['group_id'], '')}"
        place = values.get("offering_id") or values.get("group_id") or values.get("unit_id")
        return ", ".join(
            part for part in (name(values["person_id"], ""), name(place, "") if place else "") if part
        )

    def units(self, planned: list[Planned]) -> dict[UUID, UUID | None]:
        """The unit above each unit, as it would be."""
        above = {row.id: row.parent_id for row in self.stored[Unit].values()}
        for one in planned:
            if one.change.table == "unit":
                above[one.change.id] = one.whole["parent_id"]
        return above

    def absent(self) -> Iterator[Absent]:
        """What came from a roster, and this one, though it is whole, does not name."""
        if self.roster.delta:
            return
        told = {model for name, model, _ in self.walks() if name in self.roster.tables}
        for model in ORDER:
            for row in self.stored[model].values() if model in told else ():
                if row.id not in self.seen[model] and _brought(model, row):
                    yield Absent(model.__tablename__, row.id, self.names[row.id])


def _brought(model: type[Base], row: Any) -> bool:
    """Whether a living row came from a roster; where no column says it, its id does."""
    if model in LAST_DAY and getattr(row, LAST_DAY[model]) is not None:
        return False
    if model is Person and row.ended_at is not None:
        return False
    return row.id.version == 5 if model in (Teaching, RoleGrant) else row.external_id is not None


def _differs(row: Row, present: Any, key: str, value: Any) -> bool:
    """Whether the file says something else. What it cannot say (other languages, a day it leaves out) stays."""
    stored = getattr(present, key)
    if key in ("sort_key", "valid_from", "part"):
        return False
    if key == "starts_on" and not (row.get("beginDate") or row.get("startDate")):
        return False
    if key == "ends_on" and not row.get("endDate"):
        return False
    if key in ("external_id", "kind", "academic_year") and present.external_id is None:
        return False
    return stored.get("ky") != value["ky"] if key == "names" else bool(stored != value)


def _over(last: date | None, today: date) -> bool:
    return last is not None and last < today


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) >= 32 else None
    except ValueError:
        return None
