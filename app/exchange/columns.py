"""The CSV files of OneRoster 1.1 and 1.2 that are read, their columns and allowed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.journal.gradebook.cell_state import LESSON_TYPES


@dataclass(frozen=True, slots=True)
class CsvTable:
    """One CSV file. `table_by_reference` maps a column to the table that holds its ids; `dates` are YYYY-MM-DD columns,
    first and last; `other_columns` are optional columns that are stored too; of `either_of` one has to have a value."""

    name: str
    required_columns: tuple[str, ...]
    table_by_reference: Mapping[str, str]
    dates: tuple[str, ...] = ()
    enums: Mapping[str, tuple[str, ...]] | None = None
    other_columns: tuple[str, ...] = ()
    either_of: tuple[str, ...] = ()

    @property
    def stored_columns(self) -> frozenset[str]:
        """Return the columns whose text is stored."""
        return frozenset((*self.required_columns, *self.other_columns, *self.table_by_reference))


TABLES_ENDED_WHEN_INACTIVE = frozenset({"enrollments", "roles"})
"""Tables whose inactive records are not brought; an inactive record that is stored ends."""
ACADEMIC_SESSION_TYPES = ("gradingPeriod", "semester", "schoolYear", "term")
ORG_TYPES = ("department", "school", "district", "local", "state", "national")
EXTENSION_ROLE_PREFIX = "ext:"
"""Prefix of roles that a system adds to those of OneRoster 1.2."""
OWN_ROLE_PREFIX = "ext:depter_"
"""Prefix of our roles that OneRoster does not have; roles that other systems add are counted as left out."""
ROLES_BEYOND_ONEROSTER = (
    "academic_office",
    "auditor",
    "department_head",
    "process_admin",
    "programme_head",
    "rector",
)
"""Our roles that OneRoster has no word for."""
UNIVERSITY_WIDE_ROLES = frozenset({"academic_office", "auditor", "it_admin", "process_admin", "rector"})
"""Roles that are held for the whole university, whatever unit a file names."""
NO_VALUE_WORDS = frozenset(
    {"-", "--", "–", "—", "0", "n/a", "na", "no", "none", "null", "жок", "нет", "нету"}
)
"""Words, in lower case, that other systems write into a cell without a value."""
OPTIONAL_USER_COLUMNS = frozenset({"email", "identifier", "middleName"})
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


def own_role_word(role: str) -> str:
    """Return the word of a file for a role of `ROLES_BEYOND_ONEROSTER`, as OneRoster 1.2 lets systems add them."""
    return f"{OWN_ROLE_PREFIX}{role}"


LESSON_STATES = ("PLANNED", "HELD", "CANCELLED", "MOVED", "SUBSTITUTED")
CSV_TABLES: Mapping[str, CsvTable] = {
    table.name: table
    for table in (
        CsvTable(
            "orgs",
            ("sourcedId", "name", "type"),
            {},
            (),
            {"type": ORG_TYPES},
            ("identifier", "parentSourcedId"),
        ),
        CsvTable(
            "academicSessions",
            ("sourcedId", "title", "type", "startDate", "endDate"),
            {},
            ("startDate", "endDate"),
            {"type": ACADEMIC_SESSION_TYPES},
            ("schoolYear", "parentSourcedId"),
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
            ("middleName", "email", "identifier", "enabledUser"),
            ("givenName", "familyName"),
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
            {"classSourcedId": "classes", "userSourcedId": "users"},
            ("beginDate", "endDate"),
            {"role": ONEROSTER_ROLES},
        ),
        CsvTable(
            "lessons",
            ("sourcedId", "classSourcedId", "date", "beginTime", "endTime", "type"),
            {"classSourcedId": "classes", "teacherSourcedId": "users"},
            ("date",),
            {"type": LESSON_TYPES, "state": LESSON_STATES},
            ("hours", "room"),
        ),
    )
}
"""Files in the order of their references: a file comes after those it refers to."""

ROSTER_COLUMNS = frozenset(
    {"status", "dateLastModified", "propertyName", "value"}.union(
        *((*table.stored_columns, *table.dates, *(table.enums or {})) for table in CSV_TABLES.values())
    )
)
"""Names of all columns that are read."""

MANIFEST_FILES = (
    "academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics",
    "enrollments", "lineItemLearningObjectiveIds", "lineItems", "lineItemScoreScales", "orgs", "resources",
    "resultLearningObjectiveIds", "results", "resultScoreScales", "roles", "scoreScales", "userProfiles",
    "userResources", "users",
)  # fmt: skip
"""Files of OneRoster 1.2, in the order in which its manifest lists them."""

_RECORD = ("sourcedId", "status", "dateLastModified")
EXPORT_HEADERS: Mapping[str, tuple[str, ...]] = {
    "orgs": (*_RECORD, "name", "type", "identifier", "parentSourcedId"),
    "academicSessions": (
        *_RECORD, "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear",
    ),
    "courses": (
        *_RECORD, "schoolYearSourcedId", "title", "courseCode", "grades", "orgSourcedId", "subjects",
        "subjectCodes",
    ),
    "classes": (
        *_RECORD, "title", "grades", "courseSourcedId", "classCode", "classType", "location",
        "schoolSourcedId", "termSourcedIds", "subjects", "subjectCodes", "periods",
    ),
    "users": (
        *_RECORD, "enabledUser", "username", "userIds", "givenName", "familyName", "middleName", "identifier",
        "email", "sms", "phone", "agentSourcedIds", "grades", "password", "userMasterIdentifier",
        "preferredGivenName", "preferredMiddleName", "preferredFamilyName", "primaryOrgSourcedId", "pronouns",
    ),
    "roles": (
        *_RECORD, "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId",
        "userProfileSourcedId",
    ),
    "lessons": (
        *_RECORD, "classSourcedId", "teacherSourcedId", "date", "beginTime", "endTime", "type", "hours", "room",
        "topic", "state",
    ),
    "enrollments": (
        *_RECORD, "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate",
        "endDate",
    ),
}  # fmt: skip
"""Header rows of the CSV binding of OneRoster 1.2, by table; lessons are ours."""
