"""Map rows of a roster to column values. Pure; ids come from the caller."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.exchange.class_groups import ClassGroupIndex, GroupKey
from app.exchange.columns import ROLES_BEYOND_ONEROSTER, UNIVERSITY_WIDE_ROLES, own_role_word
from app.exchange.read import Roster, RosterRow
from app.exchange.row_days import RowDays
from app.exchange.sessions import SEMESTER_TYPES, ClassSemesterIndex, MissingValue
from app.exchange.shared_stays import SharedStays, StayKey
from app.exchange.stored_rows import StoredRows
from app.journal.tables import Course, Offering, Semester
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import Base
from app.people.models import StudyGroup, Unit
from app.people.rules import kyrgyz_sort_key

ROLE_BY_ONEROSTER_ROLE = {
    "teacher": "teacher",
    "student": "student",
    "administrator": "directorate",
    "principal": "directorate",
    "siteAdministrator": "directorate",
    "counselor": "curator",
    "districtAdministrator": "it_admin",
    "systemAdministrator": "it_admin",
    **{own_role_word(role): role for role in ROLES_BEYOND_ONEROSTER},
}
"""Roles by OneRoster role; other OneRoster roles are counted as left out."""
UNIT_KIND_BY_ORG_TYPE = {"department": "department", "school": "institute"}
ColumnValues = Mapping[str, Any]


class UnmappedRole(Exception):
    """A OneRoster role without a counterpart."""


class RosterValueMapper:
    """Reader of the rows of one roster. `id_of` returns the id of a record by kind and source id; `stored`
    are the stored rows by table and id, which supply values the file leaves out. `choices` are the decisions on
    groups; `stored_stays` returns the stays in groups with several classes that the file does not name whole."""

    def __init__(
        self,
        roster: Roster,
        today: date,
        id_of: Callable[[str, str], UUID],
        stored: StoredRows,
        choices: Mapping[GroupKey, bool],
        stored_stays: Callable[[], Iterable[tuple[StayKey, RowDays]]],
    ) -> None:
        self.today, self.id, self.stored, self._roster = today, id_of, stored, roster
        self.sessions = ClassSemesterIndex(roster, today, id_of, stored[Offering], stored[Semester])
        units = [row.get("sourcedId") for row in roster.rows("orgs") if not row.is_deleted]
        self._sent_units = frozenset(units)
        self._only_unit = units[0] if len(units) == 1 else None
        self.groups = ClassGroupIndex(roster, stored, id_of, self._class_unit_id, choices)
        self._stored_stays = stored_stays
        self._shared_stays: SharedStays | None = None

    def unit_values(self, row: RosterRow) -> ColumnValues:
        """Return the values of a unit."""
        return {
            "parent_id": self._parent_unit_id(row),
            "kind": UNIT_KIND_BY_ORG_TYPE.get(row.get("type"), "university"),
            "code": row.get("identifier") or row.get("sourcedId"),
            "names": _same_text_in_three_languages(row.get("name")),
            "external_id": row.get("sourcedId"),
        }

    def _parent_unit_id(self, row: RosterRow) -> UUID | None:
        """Return the parent of a unit. One that is neither sent nor stored is ignored: the stored parent
        stays."""
        sourced = row.get("parentSourcedId")
        if not sourced:
            return None
        parent, units = self.id("orgs.unit", sourced), self.stored[Unit]
        if sourced in self._sent_units or parent in units:
            return parent
        present = units.get(self.id("orgs.unit", row.get("sourcedId")))
        return present.parent_id if present is not None else None

    def semester_values(self, row: RosterRow) -> ColumnValues | None:
        """Return the values of a semester; None for school years and grading periods. Raises MissingValue
        without a day."""
        if row.get("type") not in SEMESTER_TYPES:
            return None
        days = self.sessions.session_days(row)
        if days.is_empty:
            raise MissingValue("endDate", "exchange.row.no_days")
        return {
            "names": _same_text_in_three_languages(row.get("title")),
            "academic_year": self.sessions.school_year_text(row),
            "starts_on": days.first,
            "ends_on": days.last,
            "external_id": row.get("sourcedId"),
        }

    def course_values(self, row: RosterRow) -> ColumnValues:
        """Return the values of a course; raises MissingValue without a department."""
        return {
            "code": row.get("courseCode") or row.get("sourcedId"),
            "names": _same_text_in_three_languages(row.get("title")),
            "department_id": self._unit_id_or_default(
                row, "orgSourcedId", Course, "courses.course", "department_id"
            ),
            "external_id": row.get("sourcedId"),
        }

    def _class_unit_id(self, row: RosterRow) -> UUID | None:
        """Return the unit of a class; None when neither the row nor the database names one."""
        try:
            return self._unit_id_or_default(
                row, "schoolSourcedId", StudyGroup, "classes.study_group", "unit_id"
            )
        except MissingValue:
            return None

    def group_values(self, row: RosterRow) -> ColumnValues | None:
        """Return the values of a group; None for a further class of it. Raises MissingValue without a unit."""
        if not self.groups.is_main_class(row.get("sourcedId")):
            return None
        return {
            "name": row.get("classCode") or row.get("title"),
            "unit_id": self._unit_id_or_default(
                row, "schoolSourcedId", StudyGroup, "classes.study_group", "unit_id"
            ),
            "external_id": row.get("sourcedId"),
        }

    def person_values(self, row: RosterRow) -> ColumnValues:
        """Return the values of a person."""
        family, given, middle = (row.get(name) for name in ("familyName", "givenName", "middleName"))
        return {
            "family_name": family,
            "given_name": given,
            "patronymic": middle,
            "sort_key": kyrgyz_sort_key(family, given, middle),
            "email": row.get("email") or None,
            "identifier": row.get("identifier") or None,
            "external_id": row.get("sourcedId"),
        }

    def offering_values(self, row: RosterRow) -> ColumnValues:
        """Return the values of an offering; raises MissingValue without exactly one semester."""
        return {
            "course_id": self.id("courses.course", row.get("courseSourcedId")),
            "group_id": self.id("classes.study_group", row.get("sourcedId")),
            "semester_id": self.sessions.class_semester_id(
                row, self.id("classes.offering", row.get("sourcedId"))
            ),
            "external_id": row.get("sourcedId"),
        }

    def user_role_values(self, row: RosterRow) -> ColumnValues | None:
        """Return the role of a user in version 1.1, which has no dates; None without a role."""
        if not row.get("role"):
            return None
        return self._role_grant_values(
            row, row.get("sourcedId"), next(iter(row.split_id_list("orgSourcedIds")), "")
        )

    def role_values(self, row: RosterRow) -> ColumnValues:
        """Return the values of a role of version 1.2; raises UnmappedRole."""
        return self._role_grant_values(row, row.get("userSourcedId"), row.get("orgSourcedId"))

    def _role_grant_values(self, row: RosterRow, user: str, org: str) -> ColumnValues:
        """Return the values of a role of a user in an org; raises UnmappedRole."""
        ours = ROLE_BY_ONEROSTER_ROLE.get(row.get("role"))
        if ours is None:
            raise UnmappedRole
        wide = ours in UNIVERSITY_WIDE_ROLES or not org
        days = self.sessions.role_days(row)
        return {
            "person_id": self.id("users.person", user),
            "role": ours,
            "unit_id": None if wide else self.id("orgs.unit", org),
            "valid_from": days.first,
            "valid_until": days.last,
        }

    def teaching_values(self, row: RosterRow) -> ColumnValues | None:
        """Return the values of a teaching row; None for other roles."""
        if row.get("role") != "teacher":
            return None
        return {
            "offering_id": self.id("classes.offering", row.get("classSourcedId")),
            "person_id": self.id("users.person", row.get("userSourcedId")),
            "part": "LECTURER",
            **self._stay_first_and_last_day(row),
        }

    def membership_values(self, row: RosterRow) -> ColumnValues | None:
        """Return the values of a membership; None for other roles than student. Raises UnmappedRole."""
        if row.get("role") not in ROLE_BY_ONEROSTER_ROLE:
            raise UnmappedRole
        if row.get("role") != "student":
            return None
        person, group = self._student_and_group(row)
        days = self.sessions.enrolment_days(row)
        if self.groups.is_shared(group):
            days = self._load_shared_stays().find_stay(person, group, days)
        return {
            "person_id": person,
            "group_id": group,
            "starts_on": days.first,
            "ends_on": days.last,
            "external_id": row.get("sourcedId"),
        }

    def _student_and_group(self, row: RosterRow) -> StayKey:
        """Return the person and the group of an enrolment."""
        return (
            self.id("users.person", row.get("userSourcedId")),
            self.id("classes.study_group", row.get("classSourcedId")),
        )

    def _load_shared_stays(self) -> SharedStays:
        """Return the stays in groups with several classes; made once, when the semester of each class is
        known."""
        if self._shared_stays is None:
            self._shared_stays = SharedStays((*self._sent_periods(), *self._stored_stays()))
        return self._shared_stays

    def _sent_periods(self) -> Iterator[tuple[StayKey, RowDays]]:
        """Yield the days of each present student of a group with several classes."""
        for row in self._roster.rows("enrollments"):
            if row.get("role") == "student" and not row.is_withdrawn("enrollments"):
                key, days = self._student_and_group(row), self.sessions.enrolment_days(row)
                if self.groups.is_shared(key[1]) and not days.is_empty:
                    yield key, days

    def _stay_first_and_last_day(self, row: RosterRow) -> ColumnValues:
        """Return first and last day of a stay."""
        days = self.sessions.enrolment_days(row)
        return {"starts_on": days.first, "ends_on": days.last}

    def has_empty_period(self, name: str, row: RosterRow) -> bool:
        """Return whether a role or an enrolment ends before it begins, such as that of a student who never
        came."""
        begin, end = row.get("beginDate"), row.get("endDate")
        if not begin or not end or begin < end:
            return False
        if name == "enrollments":
            return self.sessions.enrolment_days(row).is_empty
        return name == "roles" and self.sessions.role_days(row).is_empty

    def _unit_id_or_default(
        self, row: RosterRow, column: str, model: type[Base], kind: str, ours: str
    ) -> UUID:
        """Return the unit a row names; else its stored unit, else the only unit of the file. Raises
        MissingValue."""
        named = next(iter(row.split_id_list(column)), None) or self._only_unit
        stored = self.stored[model].get(self.id(kind, row.get("sourcedId")))
        if stored is not None and not row.split_id_list(column):
            return UUID(str(getattr(stored, ours)))
        if not named:
            raise MissingValue(column)
        return self.id("orgs.unit", named)


def last_modified_day(row: RosterRow) -> date | None:
    """Return the day of the last change of a record in the university's time zone; None when the file has
    none."""
    try:
        moment = datetime.fromisoformat(row.get("dateLastModified"))
        return local_day(moment if moment.tzinfo else moment.replace(tzinfo=UNIVERSITY_ZONE))
    except (ValueError, OverflowError):
        return None


def withdrawal_day(row: RosterRow, first: date, today: date) -> date:
    """Return the day on which a file withdraws a row that began on `first`: its `dateLastModified`, or today."""
    changed = last_modified_day(row)
    return changed if changed is not None and first <= changed <= today else today


def _same_text_in_three_languages(text: str) -> dict[str, str]:
    """Return the text for all three languages."""
    return {"ky": text, "ru": text, "en": text}
