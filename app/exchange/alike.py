"""Finds the row that says the same as a row of a file, under whatever id that stands there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.journal.tables import Teaching
from app.kernel.db import Base
from app.people.models import Membership, RoleGrant

SAME: Mapping[type[Base], tuple[str, ...]] = {
    Membership: ("person_id", "group_id", "starts_on"),
    Teaching: ("offering_id", "person_id", "starts_on"),
    RoleGrant: ("person_id", "role", "unit_id"),
}
"""Rows that are equal in these columns are the same; roles only when their days meet too."""


class Alike:
    """Rows by what they say. Each question and each addition takes a time that hardly grows with their number."""

    def __init__(self) -> None:
        self._stays: dict[tuple[Any, ...], UUID] = {}
        self._roles: dict[tuple[Any, ...], _Periods] = {}

    def claim(self, model: type[Base], values: Mapping[Any, Any], row_id: UUID) -> UUID:
        """The id of the row that says the same; this one's own, from now on, when there is none."""
        if model is not RoleGrant:
            return self._stays.setdefault(_key(model, values), row_id)
        periods = self._roles.setdefault(_key(model, values), _Periods())
        return periods.claim(values["valid_from"], values["valid_until"] or date.max, row_id)

    def find(self, model: type[Base], values: Mapping[Any, Any]) -> UUID | None:
        """The id of the row that says the same, if there is one."""
        if model is not RoleGrant:
            return self._stays.get(_key(model, values))
        periods = self._roles.get(_key(model, values))
        return periods.find(values["valid_from"], values["valid_until"] or date.max) if periods else None


def _key(model: type[Base], values: Mapping[Any, Any]) -> tuple[Any, ...]:
    return (model, *(values[name] for name in SAME[model]))


class _Periods:
    """Periods that do not meet each other, in order, each of one row."""

    def __init__(self) -> None:
        self._firsts: list[date] = []
        self._rows: list[tuple[date, UUID]] = []

    def find(self, first: date, last: date) -> UUID | None:
        before = bisect_right(self._firsts, last) - 1
        return self._rows[before][1] if before >= 0 and self._rows[before][0] >= first else None

    def claim(self, first: date, last: date, row_id: UUID) -> UUID:
        found = self.find(first, last)
        if found is not None:
            return found
        place = bisect_left(self._firsts, first)
        self._firsts.insert(place, first)
        self._rows.insert(place, (last, row_id))
        return row_id
