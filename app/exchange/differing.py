"""Compare a row of a roster with the stored row. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.exchange.read import RosterRow
from app.exchange.school_years import school_year_end
from app.exchange.values import ColumnValues
from app.journal.tables import Teaching
from app.kernel.db import Base
from app.people.models import Membership, Person, RoleGrant

AUDITED_COLUMNS_OF_REMOVED_ROW: Mapping[type[Base], frozenset[str]] = {
    Membership: frozenset({"person_id", "group_id", "starts_on", "ends_on"}),
    Teaching: frozenset({"offering_id", "person_id", "starts_on", "ends_on"}),
    RoleGrant: frozenset({"person_id", "role", "unit_id", "valid_from", "valid_until"}),
}
"""Columns of a removed row that the audit keeps."""

LAST_DAY_COLUMN: Mapping[type[Base], str] = {
    Membership: "ends_on",
    Teaching: "ends_on",
    RoleGrant: "valid_until",
}
FIRST_DAY_COLUMN: Mapping[type[Base], str] = {
    Membership: "starts_on",
    Teaching: "starts_on",
    RoleGrant: "valid_from",
}
COLUMNS_OF_ROSTER_ROWS_ONLY = frozenset({"external_id", "kind", "academic_year"})
"""Columns that a row not created by a roster keeps, whatever a file has."""


def is_last_day_past(last: date | None, today: date) -> bool:
    """Return whether the last day lies before today."""
    return last is not None and last < today


def changed_column_values(
    model: type[Base], row: RosterRow, present: Any, values: ColumnValues, today: date
) -> dict[str, Any]:
    """Return the columns of `values` to change. Values a file cannot express (other languages) or leaves out
    stay."""
    dated = {FIRST_DAY_COLUMN.get(model), LAST_DAY_COLUMN.get(model)}
    found = {
        key: value
        for key, value in values.items()
        if key not in dated and _is_changed_by_roster(row, present, key, value)
    }
    if {"family_name", "given_name", "patronymic"} & set(found):
        found["sort_key"] = values["sort_key"]
    return found | (
        _changed_first_and_last_day(model, row, present, values, today) if model in LAST_DAY_COLUMN else {}
    )


def _is_changed_by_roster(row: RosterRow, present: Any, key: str, value: Any) -> bool:
    """Return whether a column differs from the stored one and may be changed by a roster."""
    stored = getattr(present, key)
    if key in ("sort_key", "part"):
        return False
    if key in COLUMNS_OF_ROSTER_ROWS_ONLY and present.external_id is None:
        return False
    if key == "academic_year" and school_year_end(stored) is not None:
        # The same year is written as 2027, 2026/27 or 2026-2027.
        return school_year_end(stored) != school_year_end(value)
    return stored.get("ky") != value["ky"] if key == "names" else bool(stored != value)


def _changed_first_and_last_day(
    model: type[Base], row: RosterRow, present: Any, values: ColumnValues, today: date
) -> dict[str, Any]:
    """Return the first and last day that change. Past days of a role stay, and so does a stay ended by an
    order."""
    first, last = FIRST_DAY_COLUMN[model], LAST_DAY_COLUMN[model]
    was, now = (getattr(present, name) for name in (first, last)), (values[first], values[last])
    (old_first, old_last), (new_first, new_last) = was, now
    found: dict[str, Any] = {}
    over = model is RoleGrant and is_last_day_past(old_last, today) and is_last_day_past(new_last, today)
    ordered = model is Membership and present.ended_as is not None
    if row.get("endDate") and new_last != old_last and not over and not ordered:
        found[last] = new_last
    end = found.get(last, old_last)
    begun = model is RoleGrant and old_first <= today
    moved = row.get("beginDate") and new_first != old_first and not begun
    if moved or (end is not None and old_first > end):
        found[first] = new_first
    return found


def is_current_roster_row(model: type[Base], row: Any, today: date) -> bool:
    """Return whether a current row came from a roster; without an external id, by the version of its
    UUID."""
    if model in LAST_DAY_COLUMN and is_last_day_past(getattr(row, LAST_DAY_COLUMN[model]), today):
        return False
    if model is Person and row.ended_at is not None:
        return False
    return row.id.version == 5 if model in (Teaching, RoleGrant) else row.external_id is not None
