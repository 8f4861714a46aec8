"""Whether an object lies within the units and days that a limited reader of the audit was given (7.1)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from app.audit.deeds import Place
from app.cases.trace.scope import READ_AUDIT, load_bound_units, load_place_of_units
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import UNIVERSITY_ZONE
from app.kernel.errors import Missing
from app.people.audit_limits_rules import AUDITOR, reaches_audited_object
from app.people.queries import load_unit_tree
from app.people.queries.audit_reach import limited_auditor_roles
from app.people.rules import PERMISSIONS


def require_object_in_reach(
    act: Act, verb: str, units: Collection[UUID], days: tuple[date, date] | None
) -> None:
    """Raise Missing unless a role of the reader reaches an object of these units and days (None: it has none).

    `verb` is that of the page on which the product shows the object. One statement for a limited reader, else none.
    """
    limited = limited_auditor_roles(act.assignments)
    if not limited or any(one.role != AUDITOR for one in _readers(act)):
        return
    above = _with_ancestors(units)
    if not any(reaches_audited_object(one, verb, above, days) for one in limited):
        raise Missing


def require_unlimited_reader(act: Act) -> None:
    """Raise Missing for a reader whose role is limited: the object belongs to no unit and no day."""
    if limited_auditor_roles(act.assignments) and all(one.role == AUDITOR for one in _readers(act)):
        raise Missing


def load_limits_of_records(
    act: Act,
) -> tuple[Place | None, tuple[datetime | None, datetime | None]]:
    """Return the place and the days (first moment, first moment after) to which the records shown to a reader are
    narrowed; None for no limit. At most two statements."""
    bound = load_bound_units(act)
    place = load_place_of_units(bound) if bound is not None else None
    limits = [one.limits for one in limited_auditor_roles(act.assignments)]
    dated = [one for one in limits if one is not None and one.is_dated()]
    if not dated or len(dated) < len(limits):
        return place, (None, None)
    first = min(one.starts_on or date.min for one in dated)
    last = max(one.ends_on or date.max for one in dated)
    return place, (
        _first_moment(first) if first != date.min else None,
        _first_moment(last + timedelta(days=1)) if last != date.max else None,
    )


def _readers(act: Act) -> list[RoleAssignment]:
    return [one for one in act.assignments if one.role in PERMISSIONS[READ_AUDIT]]


def _with_ancestors(units: Collection[UUID]) -> frozenset[UUID]:
    tree, found = load_unit_tree(), set(units)
    waiting = list(units)
    while waiting:
        row = tree.get(waiting.pop())
        if row is not None and row.parent is not None and row.parent not in found:
            found.add(row.parent)
            waiting.append(row.parent)
    return frozenset(found)


def _first_moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UNIVERSITY_ZONE).astimezone(UTC)
