"""Find the semester of each class in a roster and its first day. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.exchange.read import Roster, RosterRow

CLASS_SESSION_TYPES = frozenset({"semester", "term"})
"""Session types in which classes are taught; years and grading periods contain them or are part of them."""


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
        self.today, self.id_of = today, id_of
        self._semesters = {row.id: row.semester_id for row in offerings.values()}
        self._days = {row.id: (row.starts_on, row.ends_on) for row in semesters.values()}
        self._types: dict[UUID, str] = {}
        for row in roster.rows("academicSessions"):
            if not row.is_deleted:
                session = id_of("academicSessions.semester", row.get("sourcedId"))
                self._types[session] = row.get("type")
                self._days[session] = (_parse_day(row, "startDate"), _parse_day(row, "endDate"))

    def class_semester_id(self, row: RosterRow, offering: UUID) -> UUID:
        """Return the semester of a class: the one named by its row; of several or none, the stored one, else
        the one that runs today. Raises MissingValue when that is not exactly one."""
        named = [
            self.id_of("academicSessions.semester", each) for each in row.split_id_list("termSourcedIds")
        ]
        stored = self._semesters.get(offering)
        if stored is not None and (not named or stored in named):
            return stored
        self._semesters[offering] = found = self._require_only_session(list(dict.fromkeys(named)))
        return found

    def semester_first_day(self, offering: UUID) -> date | None:
        """Return the first day of the semester of a class; None for an unknown class."""
        days = self._days.get(self._semesters[offering]) if offering in self._semesters else None
        return days[0] if days else None

    def _require_only_session(self, named: Sequence[UUID]) -> UUID:
        """Return the only possible session; raises MissingValue when there is not exactly one."""
        candidates = named or list(self._types) or list(self._days)
        terms = [
            one for one in candidates if self._types.get(one, "semester") in CLASS_SESSION_TYPES
        ] or candidates
        if named and len(terms) == 1:
            return terms[0]
        running = [one for one in terms if one in self._days and self._is_running_today(one)]
        if len(running) != 1:
            raise MissingValue("termSourcedIds", "exchange.row.which_session")
        return running[0]

    def _is_running_today(self, session: UUID) -> bool:
        """Return whether today lies in the session."""
        first, last = self._days[session]
        return first <= self.today <= last


def _parse_day(row: RosterRow, column: str) -> date:
    """Return the date in a column."""
    return date.fromisoformat(row.get(column))
