"""What an auditor's role reaches, as conditions of lists: units with all below them, and days (7.1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, true

from app.kernel.act import RoleAssignment
from app.people.audit_limits_rules import AUDITOR, may_open_pages_of_verb
from app.people.queries.units import load_unit_and_parent_ids


def limited_auditor_roles(assignments: Collection[RoleAssignment]) -> list[RoleAssignment]:
    """Return the limited assignments of an auditor; [] when one of his is not limited, and for other roles."""
    held = [one for one in assignments if one.role == AUDITOR]
    return [] if any(one.unit is None and one.limits is None for one in held) else held


def load_units_below(unit: UUID) -> frozenset[UUID]:
    """Return a unit with all units below it; one statement."""
    below: dict[UUID | None, list[UUID]] = {}
    for one, parent in load_unit_and_parent_ids():
        below.setdefault(parent, []).append(one)
    found: set[UUID] = set()
    waiting = [unit]
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting += below.get(at, ())
    return frozenset(found)


def audited_rows_condition(
    assignments: Collection[RoleAssignment],
    verb: str,
    unit_columns: Sequence[Any] = (),
    days: tuple[Any, Any] | None = None,
) -> ColumnElement[bool] | None:
    """Return the SQL condition that a row lies in the limits of an auditor; None when nothing limits him.

    `unit_columns` hold a unit, or an array of units, of the row; `days` are the columns of its first and last day. A
    limit for which no column is given excludes every row. At most one statement an assignment.
    """
    limited = limited_auditor_roles(assignments)
    if not limited:
        return None
    parts: list[ColumnElement[bool]] = []
    for one in limited:
        if not may_open_pages_of_verb(one, verb):
            continue
        conditions: list[ColumnElement[bool]] = [true()]
        if one.unit is not None:
            units = sorted(load_units_below(one.unit))
            conditions.append(or_(false(), *(_unit_condition(column, units) for column in unit_columns)))
        if one.limits is not None and one.limits.is_dated():
            conditions.append(_days_condition(one, days))
        parts.append(and_(*conditions))
    return or_(false(), *parts)


def _unit_condition(column: Any, units: list[UUID]) -> ColumnElement[bool]:
    """Return the condition that a column of a unit, or of an array of units, holds one of these."""
    found: ColumnElement[bool] = (
        column.overlap(units) if hasattr(column.type, "item_type") else column.in_(units)
    )
    return found


def _days_condition(assignment: RoleAssignment, days: tuple[Any, Any] | None) -> ColumnElement[bool]:
    """Return the condition that a row has a day inside the limits."""
    assert assignment.limits is not None
    if days is None:
        return false()
    first, last = assignment.limits.starts_on, assignment.limits.ends_on
    return and_(
        true(),
        *([days[1] >= first] if first is not None else []),
        *([days[0] <= last] if last is not None else []),
    )
