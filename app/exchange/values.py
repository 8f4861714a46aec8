"""What a row of a roster says in our columns. Pure: rows in, values out; ids come from whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.exchange.columns import TABLES
from app.exchange.read import Roster, Row
from app.people.rules import sort_key

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
Values = Mapping[str, Any]


class Missing(Exception):
    """A column without which the row means nothing is empty, and the file offers nothing in its place."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


class LeftOut(Exception):
    """A role that nobody has here."""


class Reader:
    """Reads rows of one roster. `id_of` answers the id of a record by its kind and its id in the file."""

    def __init__(self, roster: Roster, today: date, id_of: Callable[[str, str], UUID]) -> None:
        self.today, self.id = today, id_of
        self._some = {name: rows[0].get("sourcedId") for name in TABLES if (rows := roster.rows(name))}

    def unit(self, row: Row) -> Values:
        parent = row.get("parentSourcedId")
        return {
            "parent_id": self.id("orgs.unit", parent) if parent else None,
            "kind": KIND_OF.get(row.get("type"), "university"),
            "code": row.get("identifier") or row.get("sourcedId"),
            "names": _three(row.get("name")),
            "external_id": row.get("sourcedId"),
        }

    def semester(self, row: Row) -> Values:
        return {
            "names": _three(row.get("title")),
            "academic_year": row.get("schoolYear") or row.get("endDate")[:4],
            "starts_on": date.fromisoformat(row.get("startDate")),
            "ends_on": date.fromisoformat(row.get("endDate")),
            "external_id": row.get("sourcedId"),
        }

    def course(self, row: Row) -> Values:
        return {
            "code": row.get("courseCode") or row.get("sourcedId"),
            "names": _three(row.get("title")),
            "department_id": self.id("orgs.unit", self._one(row, "orgSourcedId", "orgs")),
            "external_id": row.get("sourcedId"),
        }

    def group(self, row: Row) -> Values:
        return {
            "name": row.get("classCode") or row.get("title"),
            "unit_id": self.id("orgs.unit", self._one(row, "schoolSourcedId", "orgs")),
            "external_id": row.get("sourcedId"),
        }

    def person(self, row: Row) -> Values:
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

    def offering(self, row: Row) -> Values:
        return {
            "course_id": self.id("courses.course", row.get("courseSourcedId")),
            "group_id": self.id("classes.study_group", row.get("sourcedId")),
            "semester_id": self.id(
                "academicSessions.semester", self._one(row, "termSourcedIds", "academicSessions")
            ),
            "external_id": row.get("sourcedId"),
        }

    def user_role(self, row: Row) -> Values | None:
        """In version 1.1 the role stands with the user."""
        if not row.get("role"):
            return None
        return self._grant(row.get("sourcedId"), row.get("role"), next(iter(row.many("orgSourcedIds")), ""))

    def role(self, row: Row) -> Values:
        return self._grant(row.get("userSourcedId"), row.get("role"), row.get("orgSourcedId"))

    def _grant(self, user: str, role: str, org: str) -> Values:
        ours = ROLE_OF.get(role)
        if ours is None:
            raise LeftOut
        wide = ours == "it_admin" or not org
        return {
            "person_id": self.id("users.person", user),
            "role": ours,
            "unit_id": None if wide else self.id("orgs.unit", org),
            "valid_from": self.today,
        }

    def teaching(self, row: Row) -> Values | None:
        if row.get("role") != "teacher":
            return None
        return {
            "offering_id": self.id("classes.offering", row.get("classSourcedId")),
            "person_id": self.id("users.person", row.get("userSourcedId")),
            "part": "LECTURER",
            **self._stay(row),
        }

    def membership(self, row: Row) -> Values | None:
        if row.get("role") != "student":
            return None
        return {
            "person_id": self.id("users.person", row.get("userSourcedId")),
            "group_id": self.id("classes.study_group", row.get("classSourcedId")),
            **self._stay(row),
            "external_id": row.get("sourcedId"),
        }

    def _stay(self, row: Row) -> Values:
        """From which day, until which; an end the file does not name stays as it is stored."""
        begin, end = row.get("beginDate"), row.get("endDate")
        starts = date.fromisoformat(begin) if begin else self.today
        ends = date.fromisoformat(end) if end else None
        return {"starts_on": min(starts, ends) if ends else starts, "ends_on": ends}

    def _one(self, row: Row, column: str, table: str) -> str:
        found = next(iter(row.many(column)), None) or self._some.get(table)
        if not found:
            raise Missing(column)
        return found


def _three(text: str) -> dict[str, str]:
    """A text of one language, in the place of all three."""
    return {"ky": text, "ru": text, "en": text}
