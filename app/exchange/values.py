"""What a row of a roster says in our columns. Pure: rows in, values out; ids come from whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.exchange.read import Roster, Row
from app.exchange.sessions import Missing, Sessions
from app.journal.tables import Course, Offering, Semester
from app.kernel.clock import ZONE, local_day
from app.kernel.db import Base
from app.people.models import StudyGroup
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
Stored = Mapping[type[Base], Mapping[UUID, Any]]


class LeftOut(Exception):
    """A role that nobody has here."""


class Reader:
    """Reads rows of one roster. `id_of` answers the id of a record by its kind and its id in the file; `stored` are the
    rows that stand here, by table and id: what a file does not say stays as it is there."""

    def __init__(
        self, roster: Roster, today: date, id_of: Callable[[str, str], UUID], stored: Stored
    ) -> None:
        self.today, self.id, self.stored = today, id_of, stored
        self.sessions = Sessions(roster, today, id_of, stored[Offering], stored[Semester])
        units = [row.get("sourcedId") for row in roster.rows("orgs") if not row.gone]
        self._only_unit = units[0] if len(units) == 1 else None

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
            "department_id": self._unit(row, "orgSourcedId", Course, "courses.course", "department_id"),
            "external_id": row.get("sourcedId"),
        }

    def group(self, row: Row) -> Values:
        return {
            "name": row.get("classCode") or row.get("title"),
            "unit_id": self._unit(row, "schoolSourcedId", StudyGroup, "classes.study_group", "unit_id"),
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
            "semester_id": self.sessions.of_class(row, self.id("classes.offering", row.get("sourcedId"))),
            "external_id": row.get("sourcedId"),
        }

    def user_role(self, row: Row) -> Values | None:
        """In version 1.1 the role stands with the user, and has no days."""
        if not row.get("role"):
            return None
        return self._grant(row, row.get("sourcedId"), next(iter(row.many("orgSourcedIds")), ""))

    def role(self, row: Row) -> Values:
        return self._grant(row, row.get("userSourcedId"), row.get("orgSourcedId"))

    def _grant(self, row: Row, user: str, org: str) -> Values:
        ours = ROLE_OF.get(row.get("role"))
        if ours is None:
            raise LeftOut
        wide = ours == "it_admin" or not org
        first, last = _period(row, self.today)
        return {
            "person_id": self.id("users.person", user),
            "role": ours,
            "unit_id": None if wide else self.id("orgs.unit", org),
            "valid_from": first,
            "valid_until": last,
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
        """From which day, until which. Without a first day it is that of the class's semester: whoever is in a class
        belongs to it from its beginning, on whatever day the file is imported."""
        offering = self.id("classes.offering", row.get("classSourcedId"))
        first, last = _period(row, self.sessions.first_day(offering) or self.today)
        return {"starts_on": first, "ends_on": last}

    def _unit(self, row: Row, column: str, model: type[Base], kind: str, ours: str) -> UUID:
        """The unit a row names; else the one it has already, else the only one of the file."""
        named = next(iter(row.many(column)), None) or self._only_unit
        stored = self.stored[model].get(self.id(kind, row.get("sourcedId")))
        if stored is not None and not row.many(column):
            return UUID(str(getattr(stored, ours)))
        if not named:
            raise Missing(column)
        return self.id("orgs.unit", named)


def modified_on(row: Row) -> date | None:
    """The day on which a record was changed last, by the university's clock; None when the file does not say."""
    try:
        moment = datetime.fromisoformat(row.get("dateLastModified"))
        return local_day(moment if moment.tzinfo else moment.replace(tzinfo=ZONE))
    except (ValueError, OverflowError):
        return None


def _period(row: Row, otherwise: date) -> tuple[date, date | None]:
    """The first and the last day of a row; an end the file does not name stays as it is stored."""
    first = date.fromisoformat(row.get("beginDate")) if row.get("beginDate") else otherwise
    last = date.fromisoformat(row.get("endDate")) if row.get("endDate") else None
    return (min(first, last) if last else first), last


def _three(text: str) -> dict[str, str]:
    """A text of one language, in the place of all three."""
    return {"ky": text, "ru": text, "en": text}
