"""Find the semester of each class in a roster and its days. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.exchange.read import Roster, RosterRow
from app.exchange.row_days import RowDays, find_days_of_roster_row
from app.exchange.school_years import academic_year_text, school_year_of_last_day

SEMESTER_TYPES = frozenset({"semester", "term"})
"""Session types that are semesters; school years contain them, and grading periods are part of them."""
SCHOOL_YEAR_TYPE = "schoolYear"


class MissingValue(Exception):
    """A required column has no usable value and there is no default."""

    def __init__(self, column: str, code: str = "exchange.row.empty") -> None:
        super().__init__(column)
        self.column, self.code = column, code


class ClassSemesterIndex:
    """Semesters of a file and stored ones. `offerings` and `semesters` are stored rows by id."""

    def __init__(
        self,
        roster: Roster,
        today: date,
        id_of: Callable[[str, str], UUID],
        offerings: Mapping[UUID, Any],
        semesters: Mapping[UUID, Any],
    ) -> None:
        self.roster, self.today, self.id_of = roster, today, id_of
        self._stored = {row.id: row.semester_id for row in offerings.values()}
        self._semester_by_class = dict(self._stored)
        self._years: dict[UUID, RowDays] = {}
        self._days = {row.id: RowDays(row.starts_on, row.ends_on) for row in semesters.values()}
        self._sent = {
            row.get("sourcedId"): row for row in roster.rows("academicSessions") if not row.is_deleted
        }
        self._days |= {
            self._semester_id_of_session(row): self.session_days(row)
            for row in self._iterate_semesters_in_file()
        }

    def session_days(self, row: RosterRow) -> RowDays:
        """Return the days of a session of the file."""
        return find_days_of_roster_row(row, inclusive_ends=self.roster.inclusive_ends, today=self.today)

    def role_days(self, row: RosterRow) -> RowDays:
        """Return the days of a role; without a first day it begins today, for no role is given for the
        past."""
        return find_days_of_roster_row(row, inclusive_ends=self.roster.inclusive_ends, today=self.today)

    def enrolment_days(self, row: RosterRow) -> RowDays:
        """Return the days of an enrolment."""
        offering = self.id_of("classes.offering", row.get("classSourcedId"))
        semester = self._semester_by_class.get(offering)
        return find_days_of_roster_row(
            row,
            inclusive_ends=self.roster.inclusive_ends,
            today=self.today,
            session=self._days.get(semester) if semester else None,
            year=self._years.get(offering),
        )

    def find_class_semester_id(self, sourced: str) -> UUID | None:
        """Return the semester of a class by its source id; None for an unknown class."""
        return self._semester_by_class.get(self.id_of("classes.offering", sourced))

    def school_year_text(self, row: RosterRow) -> str:
        """Return the school year of a session as people write it: its own, else that of the year it belongs to, else
        that of its last day."""
        own = row.get("schoolYear")
        above = [year for year in self._sessions_above(row) if year.get("type") == SCHOOL_YEAR_TYPE]
        last = self.session_days(above[0] if above else row).last
        sent = own or (above[0].get("schoolYear") if above else "")
        return academic_year_text(sent or (str(school_year_of_last_day(last)) if last else ""))

    def class_semester_id(self, row: RosterRow, offering: UUID) -> UUID:
        """Return the semester of a class: the one that its row names, of several the stored one, else the one
        that runs today. A row that names none keeps the stored one. Raises MissingValue otherwise."""
        named = row.split_id_list("termSourcedIds")
        for one in named:
            year = self._sent.get(one)
            if year is not None and year.get("type") == SCHOOL_YEAR_TYPE:
                self._years[offering] = self.session_days(year)
        direct = [one for one in named if one not in self._sent or _is_semester_session(self._sent[one])]
        semesters = list(
            dict.fromkeys(
                each for one in direct or named for each in self._semester_ids_of_named_session(one)
            )
        )
        stored = self._stored.get(offering)
        if stored is not None and (not semesters or stored in semesters):
            return stored
        if len(semesters) > 1:
            semesters = [
                one for one in semesters if one in self._days and self._days[one].includes_day(self.today)
            ]
        if len(semesters) != 1:
            raise MissingValue("termSourcedIds", "exchange.row.which_session")
        self._semester_by_class[offering] = semesters[0]
        return semesters[0]

    def _semester_id_of_session(self, row: RosterRow) -> UUID:
        """Return the id of the semester of a session row."""
        return self.id_of("academicSessions.semester", row.get("sourcedId"))

    def _iterate_semesters_in_file(self) -> Iterator[RosterRow]:
        """Yield the sessions of the file that are semesters."""
        return (row for row in self._sent.values() if _is_semester_session(row))

    def _semester_ids_of_named_session(self, sourced: str) -> Sequence[UUID]:
        """Return the semesters that a named session means: itself, those of a school year, the one of a
        grading period."""
        row = self._sent.get(sourced)
        if row is None or _is_semester_session(row):
            return [self.id_of("academicSessions.semester", sourced)]
        above = [one for one in self._sessions_above(row) if _is_semester_session(one)]
        if row.get("type") != SCHOOL_YEAR_TYPE and above:
            return [self._semester_id_of_session(above[0])]
        days = self.session_days(row)
        if row.get("type") != SCHOOL_YEAR_TYPE:
            return [each for each, period in self._days.items() if period.includes_day(days.first)]
        inside = [one for one in self._iterate_semesters_in_file() if row in self._sessions_above(one)]
        inside = inside or [
            one
            for one in self._iterate_semesters_in_file()
            if days.includes_day(self.session_days(one).first)
        ]
        return [self._semester_id_of_session(one) for one in inside]

    def _sessions_above(self, row: RosterRow) -> list[RosterRow]:
        """Return the sessions of the file that contain this one, the nearest first; a circle ends."""
        found: list[RosterRow] = []
        above = self._sent.get(row.get("parentSourcedId"))
        while above is not None and above is not row and above not in found:
            found.append(above)
            above = self._sent.get(above.get("parentSourcedId"))
        return found


def _is_semester_session(row: RosterRow) -> bool:
    """Return whether a session is a semester."""
    return row.get("type") in SEMESTER_TYPES
