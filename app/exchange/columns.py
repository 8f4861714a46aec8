"""The CSV files of OneRoster 1.1 and 1.2 that are read, their columns and allowed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file. `refers` maps a column to the table that holds its ids; `dates` are YYYY-MM-DD columns,
    first and last; `more` are optional columns that are stored too."""

    name: str
    needs: tuple[str, ...]
    refers: Mapping[str, str]
    dates: tuple[str, ...] = ()
    enums: Mapping[str, tuple[str, ...]] | None = None
    more: tuple[str, ...] = ()

    @property
    def stored_columns(self) -> frozenset[str]:
        """Return the columns whose text is stored."""
        return frozenset((*self.needs, *self.more, *self.refers))


SESSION_TYPES = ("gradingPeriod", "semester", "schoolYear", "term")
ROLES = (
    "administrator",
    "aide",
    "counselor",
    "districtAdministrator",
    "guardian",
    "parent",
    "principal",
    "proctor",
    "relative",
    "siteAdministrator",
    "student",
    "systemAdministrator",
    "teacher",
)
TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("orgs", ("sourcedId", "name", "type"), {"parentSourcedId": "orgs"}, more=("identifier",)),
        Table(
            "academicSessions",
            ("sourcedId", "title", "type", "startDate", "endDate"),
            {"parentSourcedId": "academicSessions"},
            ("startDate", "endDate"),
            {"type": SESSION_TYPES},
            ("schoolYear",),
        ),
        Table("courses", ("sourcedId", "title"), {"orgSourcedId": "orgs"}, more=("courseCode",)),
        Table(
            "classes",
            ("sourcedId", "title", "courseSourcedId"),
            {"courseSourcedId": "courses", "schoolSourcedId": "orgs", "termSourcedIds": "academicSessions"},
            more=("classCode",),
        ),
        Table(
            "users",
            ("sourcedId", "givenName", "familyName"),
            {"orgSourcedIds": "orgs"},
            (),
            {"role": ROLES},
            ("middleName", "email", "identifier"),
        ),
        Table(
            "roles",
            ("sourcedId", "userSourcedId", "role", "orgSourcedId"),
            {"userSourcedId": "users", "orgSourcedId": "orgs"},
            ("beginDate", "endDate"),
            {"role": ROLES},
        ),
        Table(
            "enrollments",
            ("sourcedId", "classSourcedId", "userSourcedId", "role"),
            {"classSourcedId": "classes", "userSourcedId": "users", "schoolSourcedId": "orgs"},
            ("beginDate", "endDate"),
            {"role": ROLES},
        ),
    )
}
"""Files in the order of their references: a file comes after those it refers to."""
