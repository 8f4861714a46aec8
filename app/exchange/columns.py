"""The CSV files of OneRoster 1.1 and 1.2 that are read, their columns and allowed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CsvTable:
    """One CSV file. `table_by_reference` maps a column to the table that holds its ids; `dates` are YYYY-MM-DD columns,
    first and last; `other_columns` are optional columns that are stored too."""

    name: str
    required_columns: tuple[str, ...]
    table_by_reference: Mapping[str, str]
    dates: tuple[str, ...] = ()
    enums: Mapping[str, tuple[str, ...]] | None = None
    other_columns: tuple[str, ...] = ()

    @property
    def stored_columns(self) -> frozenset[str]:
        """Return the columns whose text is stored."""
        return frozenset((*self.required_columns, *self.other_columns, *self.table_by_reference))


ACADEMIC_SESSION_TYPES = ("gradingPeriod", "semester", "schoolYear", "term")
ONEROSTER_ROLES = (
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
CSV_TABLES: Mapping[str, CsvTable] = {
    table.name: table
    for table in (
        CsvTable(
            "orgs", ("sourcedId", "name", "type"), {"parentSourcedId": "orgs"}, other_columns=("identifier",)
        ),
        CsvTable(
            "academicSessions",
            ("sourcedId", "title", "type", "startDate", "endDate"),
            {"parentSourcedId": "academicSessions"},
            ("startDate", "endDate"),
            {"type": ACADEMIC_SESSION_TYPES},
            ("schoolYear",),
        ),
        CsvTable("courses", ("sourcedId", "title"), {"orgSourcedId": "orgs"}, other_columns=("courseCode",)),
        CsvTable(
            "classes",
            ("sourcedId", "title", "courseSourcedId"),
            {"courseSourcedId": "courses", "schoolSourcedId": "orgs", "termSourcedIds": "academicSessions"},
            other_columns=("classCode",),
        ),
        CsvTable(
            "users",
            ("sourcedId", "givenName", "familyName"),
            {"orgSourcedIds": "orgs"},
            (),
            {"role": ONEROSTER_ROLES},
            ("middleName", "email", "identifier"),
        ),
        CsvTable(
            "roles",
            ("sourcedId", "userSourcedId", "role", "orgSourcedId"),
            {"userSourcedId": "users", "orgSourcedId": "orgs"},
            ("beginDate", "endDate"),
            {"role": ONEROSTER_ROLES},
        ),
        CsvTable(
            "enrollments",
            ("sourcedId", "classSourcedId", "userSourcedId", "role"),
            {"classSourcedId": "classes", "userSourcedId": "users", "schoolSourcedId": "orgs"},
            ("beginDate", "endDate"),
            {"role": ONEROSTER_ROLES},
        ),
    )
}
"""Files in the order of their references: a file comes after those it refers to."""
