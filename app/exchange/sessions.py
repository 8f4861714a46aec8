"""Which semester a class of a file belongs to, and on which day it begins. Asks no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.exchange.read import Roster, Row

TERMS = frozenset({"semester", "term"})
"""The sessions in which classes are taught; years and grading periods stand around or inside of them."""


class Missing(Exception):
    """A column without which the row means nothing says nothing usable, and nothing can stand in its place."""

    def __init__(self, column: str, code: str = "exchange.row.empty") -> None:
        super().__init__(column)
        self.column, self.code = column, code


class Sessions:
    """The semesters of a file and those that are stored. `offerings` and `semesters` are stored rows by their ids."""

    def __init__(
        self,
        roster: Roster,
        today: date,
        id_of: Callable[[str, str], UUID],
        offerings: Mapping[UUID, Any],
        semesters: Mapping[UUID, Any],
    ) -> None:
        self.today, self.id_of = today, id_of
        self._of = {row.id: row.semester_id for row in offerings.values()}
        self._days = {row.id: (row.starts_on, row.ends_on) for row in semesters.values()}
        self._types: dict[UUID, str] = {}
        for row in roster.rows("academicSessions"):
            if not row.gone:
                session = id_of("academicSessions.semester", row.get("sourcedId"))
                self._types[session] = row.get("type")
                self._days[session] = (_day(row, "startDate"), _day(row, "endDate"))

    def of_class(self, row: Row, offering: UUID) -> UUID:
        """The semester of a class: the one its row names; of several, or of none, the one it has already, else the one
        that runs today. Raises Missing when that is not exactly one."""
        named = [self.id_of("academicSessions.semester", each) for each in row.many("termSourcedIds")]
        stored = self._of.get(offering)
        if stored is not None and (not named or stored in named):
            return stored
        self._of[offering] = found = self._chosen(list(dict.fromkeys(named)))
        return found

    def first_day(self, offering: UUID) -> date | None:
        """The first day of the semester of a class; None for a class nobody knows."""
        days = self._days.get(self._of[offering]) if offering in self._of else None
        return days[0] if days else None

    def _chosen(self, named: Sequence[UUID]) -> UUID:
        among = named or list(self._types) or list(self._days)
        terms = [one for one in among if self._types.get(one, "semester") in TERMS] or among
        if named and len(terms) == 1:
            return terms[0]
        running = [one for one in terms if one in self._days and self._runs(one)]
        if len(running) != 1:
            raise Missing("termSourcedIds", "exchange.row.which_session")
        return running[0]

    def _runs(self, session: UUID) -> bool:
        first, last = self._days[session]
        return first <= self.today <= last


def _day(row: Row, column: str) -> date:
    return date.fromisoformat(row.get(column))
