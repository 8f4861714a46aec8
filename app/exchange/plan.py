"""Compares a roster with the database: the list of changes that the preview shows and `apply` executes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from app.exchange.read import Finding, Roster, Row
from app.journal.models import Course, Offering, Semester, Teaching
from app.kernel.canonical import digest
from app.kernel.db import Base, db
from app.people.models import Membership, Person, RoleGrant, StudyGroup, Unit
from app.people.rules import sort_key

NAMESPACE = UUID("6a1d1b1e-2f0b-4d53-9c55-0d1f8b2e5a10")
ROLE_OF = {
    "teacher": "teacher",
    "student": "student",
    "administrator": "directorate",
    "principal": "directorate",
    "siteAdministrator": "directorate",
    "counselor": "curator",
    "districtAdministrator": "it_admin",
    "systemAdministrator": "it_admin",
}
"""OneRoster roles that mean something here; the others are counted as left out."""
KIND_OF = {"department": "department", "school": "institute"}
ORDER: tuple[type[Base], ...] = (
    Unit, Semester, Course, StudyGroup, Person, Offering, RoleGrant, Teaching, Membership,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One row to insert, update or end. `values` are columns."""

    table: str
    action: str
    id: UUID
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Exactly what will be done. `fingerprint` tells whether it is still the same when it is executed."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    unchanged: int
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many changes by table and action."""
        return Counter((change.table, change.action) for change in self.changes)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over every change."""
        return digest(
            [
                [one.table, one.action, str(one.id), {k: _text(v) for k, v in one.values.items()}]
                for one in self.changes
            ]
        )


def _text(value: Any) -> Any:
    return value if isinstance(value, (str, int, bool, dict, type(None))) else str(value)


def make(roster: Roster, today: date) -> Plan:
    """The plan for a roster against the database as it is; one statement a table. With findings nothing is planned."""
    if roster.findings:
        return Plan((), roster.findings, 0)
    maker = _Maker(roster, today)
    changes = tuple(maker.changes())
    return Plan(changes, tuple(maker.findings), maker.unchanged, dict(maker.left_out))


class _Maker:
    """Walks the tables in the order of their references and compares each row with what is stored."""

    def __init__(self, roster: Roster, today: date) -> None:
        self.roster, self.today = roster, today
        self.unchanged = 0
        self.left_out: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self.stored: dict[type[Base], dict[UUID, Any]] = {
            model: {row.id: row for row in db.session.scalars(select(model))}  # type: ignore[attr-defined]
            for model in ORDER
        }
        self.stays = {
            (row.person_id, row.group_id, row.starts_on): row.id for row in self.stored[Membership].values()
        }

    def changes(self) -> Iterator[Change]:
        walks: tuple[tuple[str, type[Base], Callable[[Row], Mapping[str, Any] | None]], ...] = (
            ("orgs", Unit, self._unit),
            ("academicSessions", Semester, self._semester),
            ("courses", Course, self._course),
            ("classes", StudyGroup, self._group),
            ("users", Person, self._person),
            ("classes", Offering, self._offering),
            ("users", RoleGrant, self._user_role),
            ("roles", RoleGrant, self._role),
            ("enrollments", Teaching, self._teaching),
            ("enrollments", Membership, self._membership),
        )
        for table, model, values_of in walks:
            for row in self.roster.rows(table):
                found = self._compare(model, table, row, values_of)
                if found is not None:
                    yield found

    def _compare(
        self, model: type[Base], table: str, row: Row, values_of: Callable[[Row], Mapping[str, Any] | None]
    ) -> Change | None:
        row_id = self.id(f"{table}.{model.__tablename__}", row.get("sourcedId"))
        present = self.stored[model].get(row_id)
        name = f"{model.__tablename__}"
        if row.gone:
            return self._end(model, name, row_id, present)
        values = values_of(row)
        if values is None:
            return None
        if present is None and model is Membership:
            row_id = self.stays.get((values["person_id"], values["group_id"], values["starts_on"]), row_id)
            present = self.stored[model].get(row_id)
        if present is None:
            return Change(name, "insert", row_id, {**values})
        differing = {key: value for key, value in values.items() if self._differs(row, present, key, value)}
        if not differing:
            self.unchanged += 1
            return None
        if "family_name" in differing or "given_name" in differing or "patronymic" in differing:
            differing["sort_key"] = values["sort_key"]
        return Change(name, "update", row_id, differing)

    def _end(self, model: type[Base], name: str, row_id: UUID, present: Any) -> Change | None:
        column = {Membership: "ends_on", Teaching: "ends_on", RoleGrant: "valid_until"}.get(model)  # type: ignore[call-overload]
        if present is None or column is None or getattr(present, column) is not None:
            self.unchanged += 1
            return None
        return Change(name, "end", row_id, {column: self.today})

    @staticmethod
    def _differs(row: Row, present: Any, key: str, value: Any) -> bool:
        """Whether the file says something else. What it cannot say (other languages, a day it leaves out) stays."""
        stored = getattr(present, key)
        if key in ("sort_key", "valid_from") or (key == "starts_on" and not row.get("beginDate")):
            return False
        if key in ("external_id", "kind", "academic_year") and present.external_id is None:
            return False
        return stored.get("ky") != value["ky"] if key == "names" else bool(stored != value)

    def id(self, kind: str, sourced: str) -> UUID:
        """The same record always gets the same id; one of our own keeps the id it was exported with."""
        own = _uuid(sourced)
        if own is not None:
            offering = self.stored[Offering].get(own)
            if kind == "classes.study_group" and offering is not None:
                return UUID(str(offering.group_id))
            if any(own in rows for model, rows in self.stored.items() if kind.endswith(model.__tablename__)):
                return own
        return uuid5(NAMESPACE, f"{kind}:{sourced}")

    def _unit(self, row: Row) -> Mapping[str, Any]:
        parent = row.get("parentSourcedId")
        return {
            "parent_id": self.id("orgs.unit", parent) if parent else None,
            "kind": KIND_OF.get(row.get("type"), "university"),
            "code": row.get("identifier") or row.get("sourcedId"),
            "names": _three(row.get("name")),
            "external_id": row.get("sourcedId"),
        }

    def _semester(self, row: Row) -> Mapping[str, Any]:
        return {
            "names": _three(row.get("title")),
            "academic_year": row.get("schoolYear") or row.get("endDate")[:4],
            "starts_on": date.fromisoformat(row.get("startDate")),
            "ends_on": date.fromisoformat(row.get("endDate")),
            "external_id": row.get("sourcedId"),
        }

    def _course(self, row: Row) -> Mapping[str, Any] | None:
        org = row.get("orgSourcedId") or self._some("orgs")
        if org is None:
            return self._refuse("courses", row, "orgSourcedId")
        return {
            "code": row.get("courseCode") or row.get("sourcedId"),
            "names": _three(row.get("title")),
            "department_id": self.id("orgs.unit", org),
            "external_id": row.get("sourcedId"),
        }

    def _group(self, row: Row) -> Mapping[str, Any] | None:
        school = row.get("schoolSourcedId") or self._some("orgs")
        if school is None:
            return self._refuse("classes", row, "schoolSourcedId")
        return {
            "name": row.get("classCode") or row.get("title"),
            "unit_id": self.id("orgs.unit", school),
            "external_id": row.get("sourcedId"),
        }

    def _person(self, row: Row) -> Mapping[str, Any]:
        family, given, middle = (row.get(name) for name in ("familyName", "givenName", "middleName"))
        return {
            "family_name": family,
            "given_name": given,
            "patronymic": middle,
            "sort_key": sort_key(family, given, middle),
            "email": row.get("email") or None,
            "identifier": row.get("identifier") or None,
            "external_id": row.get("sourcedId"),
        }

    def _offering(self, row: Row) -> Mapping[str, Any] | None:
        terms = row.many("termSourcedIds") or [one for one in (self._some("academicSessions"),) if one]
        if not terms:
            return self._refuse("classes", row, "termSourcedIds")
        return {
            "course_id": self.id("courses.course", row.get("courseSourcedId")),
            "group_id": self.id("classes.study_group", row.get("sourcedId")),
            "semester_id": self.id("academicSessions.semester", terms[0]),
            "external_id": row.get("sourcedId"),
        }

    def _user_role(self, row: Row) -> Mapping[str, Any] | None:
        """In version 1.1 the role stands with the user."""
        orgs = row.many("orgSourcedIds")
        return (
            self._grant(row.get("sourcedId"), row.get("role"), orgs[0] if orgs else "")
            if row.get("role")
            else None
        )

    def _role(self, row: Row) -> Mapping[str, Any] | None:
        return self._grant(row.get("userSourcedId"), row.get("role"), row.get("orgSourcedId"))

    def _grant(self, user: str, role: str, org: str) -> Mapping[str, Any] | None:
        ours = ROLE_OF.get(role)
        if ours is None:
            self.left_out[role] += 1
            return None
        wide = ours == "it_admin" or not org
        return {
            "person_id": self.id("users.person", user),
            "role": ours,
            "unit_id": None if wide else self.id("orgs.unit", org),
            "valid_from": self.today,
        }

    def _teaching(self, row: Row) -> Mapping[str, Any] | None:
        if row.get("role") != "teacher":
            return None
        return {
            "offering_id": self.id("classes.offering", row.get("classSourcedId")),
            "person_id": self.id("users.person", row.get("userSourcedId")),
            "part": "LECTURER",
            "starts_on": self._begin(row),
        }

    def _membership(self, row: Row) -> Mapping[str, Any] | None:
        if row.get("role") != "student":
            return None
        return {
            "person_id": self.id("users.person", row.get("userSourcedId")),
            "group_id": self.id("classes.study_group", row.get("classSourcedId")),
            "starts_on": self._begin(row),
            "external_id": row.get("sourcedId"),
        }

    def _begin(self, row: Row) -> date:
        return date.fromisoformat(row.get("beginDate")) if row.get("beginDate") else self.today

    def _some(self, table: str) -> str | None:
        rows = self.roster.rows(table)
        return rows[0].get("sourcedId") if rows else None

    def _refuse(self, table: str, row: Row, column: str) -> Mapping[str, Any] | None:
        self.findings.append(Finding(f"{table}.csv", row.line, column, "exchange.row.empty"))
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _three(text: str) -> dict[str, str]:
    """A text of one language, in the place of all three."""
    return {"ky": text, "ru": text, "en": text}
