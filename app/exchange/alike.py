"""Index of stored rows by their identifying columns, to find the row a roster describes under another id."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.journal.tables import Teaching
from app.kernel.db import Base
from app.people.models import Membership, RoleGrant

IDENTITY_COLUMNS: Mapping[type[Base], tuple[str, ...]] = {
    Membership: ("person_id", "group_id", "starts_on"),
    Teaching: ("offering_id", "person_id", "starts_on"),
    RoleGrant: ("person_id", "role", "unit_id"),
}
"""Identifying columns by table. Rows equal in these columns are the same; roles only when their periods
overlap too."""


class RowIdentityIndex:
    """Index of row ids by identifying columns. Look-ups and insertions take logarithmic time."""

    def __init__(self) -> None:
        self._stays: dict[tuple[Any, ...], UUID] = {}
        self._roles: dict[tuple[Any, ...], _PeriodIndex] = {}

    def find_or_register_row_id(self, model: type[Base], values: Mapping[Any, Any], row_id: UUID) -> UUID:
        """Return the id of the stored row with the same identity; register and return `row_id` when there is
        none."""
        if model is not RoleGrant:
            return self._stays.setdefault(_row_identity_key(model, values), row_id)
        periods = self._roles.setdefault(_row_identity_key(model, values), _PeriodIndex())
        return periods.find_or_register_overlapping_id(
            values["valid_from"], values["valid_until"] or date.max, row_id
        )

    def find_row_id(self, model: type[Base], values: Mapping[Any, Any]) -> UUID | None:
        """Return the id of the row with the same identity, or None."""
        if model is not RoleGrant:
            return self._stays.get(_row_identity_key(model, values))
        periods = self._roles.get(_row_identity_key(model, values))
        return (
            periods.find_overlapping_id(values["valid_from"], values["valid_until"] or date.max)
            if periods
            else None
        )


def _row_identity_key(model: type[Base], values: Mapping[Any, Any]) -> tuple[Any, ...]:
    """Return the table and the values of its identifying columns."""
    return (model, *(values[name] for name in IDENTITY_COLUMNS[model]))


class _PeriodIndex:
    """Disjoint periods in ascending order, each with the id of its row."""

    def __init__(self) -> None:
        self._firsts: list[date] = []
        self._rows: list[tuple[date, UUID]] = []

    def find_overlapping_id(self, first: date, last: date) -> UUID | None:
        """Return the id of a row whose period overlaps `first` to `last` (both included), or None."""
        before = bisect_right(self._firsts, last) - 1
        return self._rows[before][1] if before >= 0 and self._rows[before][0] >= first else None

    def find_or_register_overlapping_id(self, first: date, last: date, row_id: UUID) -> UUID:
        """Return the id of an overlapping period; insert this one and return `row_id` when there is none."""
        found = self.find_overlapping_id(first, last)
        if found is not None:
            return found
        place = bisect_left(self._firsts, first)
        self._firsts.insert(place, first)
        self._rows.insert(place, (last, row_id))
        return row_id
