"""Compares a roster with the database: the list of changes that the preview shows and `apply` executes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from app.exchange.alike import SAME, Alike
from app.exchange.changes import ORDER, Absent, Change, Plan, Skipped
from app.exchange.checks import Planned, findings_of
from app.exchange.differing import FIRST_DAY, LAST_DAY, differing_of, is_over
from app.exchange.moves import Held, findings_of_moves, journals_touched
from app.exchange.read import MOST_FINDINGS, Finding, Roster, Row
from app.exchange.remarks import ROLE_OVER, remarks_of
from app.exchange.rights import Bearer, findings_of_rights
from app.exchange.sessions import Missing
from app.exchange.values import ROLE_OF, LeftOut, Reader, Values, modified_on
from app.journal.courses.recorded_journals import recorded
from app.journal.tables import Course, Offering, Semester, Teaching
from app.kernel.db import Base, db, table
from app.people.models import Membership, Person, RoleGrant, StudyGroup, Unit
from app.people.rules import full_name

NAMESPACE = UUID("6a1d1b1e-2f0b-4d53-9c55-0d1f8b2e5a10")
TOLD: Mapping[type[Base], frozenset[str]] = {
    Membership: frozenset({"person_id", "group_id", "starts_on", "ends_on"}),
    Teaching: frozenset({"offering_id", "person_id", "starts_on", "ends_on"}),
    RoleGrant: frozenset({"person_id", "role", "unit_id", "valid_from", "valid_until"}),
}
"""What the audit keeps of a row that is taken back."""
Walk = tuple[str, type[Base], Callable[[Row], Values | None]]


def make(roster: Roster, today: date, bearer: Bearer | None = None) -> Plan:
    """The plan for a roster against the database as it is; one statement a table, and one for the journals that it
    touches. With findings nothing is planned.

    `bearer` is who would execute it: a file gives nobody what he may not give by hand (3.1). None is the command line.
    """
    if roster.findings:
        return Plan((), roster.findings)
    maker = _Maker(roster, today)
    planned = list(maker.planned())
    held = Held(recorded(journals_touched(planned, maker.stored)))
    findings = [
        *maker.findings,
        *findings_of(planned, maker.stored, maker.units(planned), today, maker.unread),
        *findings_of_rights(planned, maker.stored, bearer, today),
        *findings_of_moves(planned, maker.stored, held),
    ]
    if findings:
        return Plan((), tuple(findings[:MOST_FINDINGS]))
    remarks = remarks_of(planned, held, today)
    changes = tuple(
        replace(one.change, remark=remarks[one.change.id]) if one.change.id in remarks else one.change
        for one in planned
    )
    return Plan(
        changes,
        (),
        dict(maker.same),
        tuple(maker.absent()),
        dict(maker.left_out),
        tuple(maker.skipped),
        maker.names,
    )


class _Maker:
    """Walks the tables in the order of their references and compares each row with what is stored."""

    def __init__(self, roster: Roster, today: date) -> None:
        self.roster, self.today = roster, today
        self.ids: dict[tuple[str, str], UUID] = {}
        self.stored: dict[type[Base], dict[UUID, Any]] = {
            model: {row.id: row for row in db.session.execute(select(table(model)))} for model in ORDER
        }
        self.reader = Reader(roster, today, self.id, self.stored)
        self.same: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self.unread: set[UUID] = set()
        self.skipped: list[Skipped] = []
        self.seen: defaultdict[type[Base], set[UUID]] = defaultdict(set)
        self.fresh: set[UUID] = set()
        self.enrolled = {row.get("sourcedId") for row in roster.rows("enrollments") if not row.gone}
        self.alike = Alike()
        for model in SAME:
            for row in self.stored[model].values():
                if model is not RoleGrant or (not row.deputy and not is_over(row.valid_until, today)):
                    self.alike.claim(model, row._mapping, row.id)
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
        """Every change, table by table; what the file takes away comes after what it names in the same table."""
        for name, model, values_of in self.walks():
            rows = self.roster.rows(name)
            for row in rows:
                if not row.gone:
                    yield from self._named(model, name, row, values_of)
            for row in rows:
                if row.gone:
                    yield from self._gone(model, name, row, values_of)

    def _named(
        self, model: type[Base], name: str, row: Row, values_of: Callable[[Row], Values | None]
    ) -> Iterator[Planned]:
        try:
            values = values_of(row)
        except Missing as missing:
            self.findings.append(Finding(f"{name}.csv", row.line, missing.column, missing.code))
            self.unread.add(self.id(f"{name}.{model.__tablename__}", row.get("sourcedId")))
        except LeftOut:
            self.left_out[row.get("role")] += 1
        else:
            found = self._compare(model, name, row, values) if values is not None else None
            if found is not None:
                yield found

    def _compare(self, model: type[Base], name: str, row: Row, values: Values) -> Planned | None:
        row_id = self.id(f"{name}.{model.__tablename__}", _key(model, name, row))
        present = self.stored[model].get(row_id)
        if present is None and model is RoleGrant and is_over(values["valid_until"], self.today):
            self._skip(name, row, row_id, values)
            return None
        if present is None and model in SAME:
            row_id = self.alike.claim(model, values, row_id)
            present = self.stored[model].get(row_id)
            if model is Membership and present is not None and present.external_id in self.enrolled:
                values = {**values, "external_id": present.external_id}
        self.seen[model].add(row_id)
        if present is None and row_id not in self.fresh:
            self.fresh.add(row_id)
            self.names[row_id] = self._name(model, values)
            return self._planned(model, "insert", row_id, values, {}, name, row, values)
        differing = differing_of(model, row, present, values, self.today) if present is not None else {}
        if not differing:
            self.same[model.__tablename__] += 1
            return None
        before = {key: getattr(present, key) for key in differing}
        whole = {key: differing.get(key, getattr(present, key)) for key in values}
        action = "end" if self._ends(model, differing) else "update"
        return self._planned(model, action, row_id, differing, before, name, row, whole)

    def _ends(self, model: type[Base], differing: Values) -> bool:
        """Whether a row says nothing else than that today, or a day before, was the last."""
        last = differing.get(LAST_DAY.get(model, ""))
        return last is not None and last <= self.today and len(differing) == 1

    def _skip(self, name: str, row: Row, row_id: UUID, values: Values) -> None:
        about = self._name(RoleGrant, values)
        file = f"{name}.csv"
        self.skipped.append(Skipped("role_grant", row_id, values, about, file, row.line, ROLE_OVER))

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

    def _gone(
        self, model: type[Base], name: str, row: Row, values_of: Callable[[Row], Values | None]
    ) -> Iterator[Planned]:
        """A record taken away: what has a last day gets one, what has not begun is taken back, the rest stays."""
        for present in self._taken_away(model, name, row, values_of):
            named = present.id in self.seen[model]
            self.seen[model].add(present.id)
            found = self._end(model, name, row, present) if model in LAST_DAY and not named else None
            if found is None:
                self.same[model.__tablename__] += 1
            else:
                yield found

    def _taken_away(
        self, model: type[Base], name: str, row: Row, values_of: Callable[[Row], Values | None]
    ) -> list[Any]:
        """The stored rows of a record: those under its ids, else the one that says the same. A stay by an order of our
        own is a student's in his group, not in this class: no class takes it away."""
        kind, stored = f"{name}.{model.__tablename__}", self.stored[model]
        ids = (self.id(kind, key) for key in _keys(model, name, row))
        found = [stored[row_id] for row_id in ids if row_id in stored]
        if found or model not in SAME:
            return found
        try:
            values = values_of(row)
        except (Missing, LeftOut, ValueError):
            return []
        alike = self.alike.find(model, values) if values is not None else None
        row_alike = stored.get(alike) if alike is not None else None
        return [row_alike] if row_alike and (model is not Membership or row_alike.external_id) else []

    def _end(self, model: type[Base], name: str, row: Row, present: Any) -> Planned | None:
        """Its last day is today, or the day on which the file says it was taken away; never later than it was."""
        first, column = getattr(present, FIRST_DAY[model]), LAST_DAY[model]
        if first > self.today:
            before = {key: value for key, value in present._mapping.items() if key in TOLD[model]}
            return self._planned(model, "remove", present.id, {}, before, name, row, {**present._mapping})
        changed, stored = modified_on(row), getattr(present, column)
        last = changed if changed is not None and first <= changed <= self.today else self.today
        if stored is not None and stored <= last:
            return None
        whole = {**present._mapping, column: last}
        return self._planned(model, "end", present.id, {column: last}, {column: stored}, name, row, whole)

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
                if row.id not in self.seen[model] and self._brought(model, row):
                    yield Absent(model.__tablename__, row.id, self.names[row.id])

    def _brought(self, model: type[Base], row: Any) -> bool:
        """Whether a living row came from a roster; where no column says it, its id does."""
        if model in LAST_DAY and is_over(getattr(row, LAST_DAY[model]), self.today):
            return False
        if model is Person and row.ended_at is not None:
            return False
        return row.id.version == 5 if model in (Teaching, RoleGrant) else row.external_id is not None


def _key(model: type[Base], name: str, row: Row) -> str:
    """The id of a record in the file. In version 1.1 a role has none: it is that of its user, with the role."""
    sourced = row.get("sourcedId")
    return f"{sourced}:{ROLE_OF[row.get('role')]}" if name == "users" and model is RoleGrant else sourced


def _keys(model: type[Base], name: str, row: Row) -> Iterable[str]:
    """The ids under which a record that is taken away may stand here; with a user of 1.1 go all his roles."""
    sourced = row.get("sourcedId")
    if name == "users" and model is RoleGrant:
        return [f"{sourced}:{role}" for role in sorted({*ROLE_OF.values()})]
    return [sourced]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) >= 32 else None
    except ValueError:
        return None
