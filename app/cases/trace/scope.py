"""What a limited reader of the audit may trace: the days for which a journal or a case is open to him (1.3.3, 7.1)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from app.audit.deeds import DeedFilter, load_deed_keys
from app.cases.audit_scope import (
    AuditScope,
    Window,
    deeds_conditions,
    load_persons_in_scope,
    windows_of_case,
)
from app.kernel.act import Act
from app.kernel.errors import Missing
from app.people.audit_limits_rules import JOURNAL_KIND, reaches_audited_object
from app.people.queries import load_unit_tree
from app.people.queries.audit_reach import limited_auditor_roles

OPEN_WINDOWS = (Window(),)
"""The days of a reader whom nothing limits."""


def require_journal_windows(scope: AuditScope | None, units: Collection[UUID]) -> tuple[Window, ...]:
    """Return the days for which the reader may trace a journal of these units. Raises Missing for none."""
    if scope is None:
        return OPEN_WINDOWS
    windows = scope.windows_of(JOURNAL_KIND, units)
    if not windows:
        raise Missing
    return windows


def require_case_windows(scope: AuditScope | None, case: Any) -> tuple[Window, ...]:
    """Return the days for which the reader may trace a case. Raises Missing for none."""
    if scope is None:
        return OPEN_WINDOWS
    windows = windows_of_case(scope, case.units, case.opened_at)
    if not windows:
        raise Missing
    return windows


def require_person_in_scope(scope: AuditScope | None, person: UUID) -> None:
    """Raise Missing unless the person has or had to do with the units of the reader; one statement at most."""
    if scope is not None and person not in load_persons_in_scope(scope, [person]):
        raise Missing


def require_deed_about(scope: AuditScope | None, **about: Any) -> None:
    """Raise Missing unless there is a deed in the limits about an object or a journal; two statements at most, none
    for a reader whom nothing limits. `about` are filters of `DeedFilter`."""
    if scope is not None and not load_deed_keys(
        DeedFilter(limits=tuple(deeds_conditions(scope)), **about), None, 1
    ):
        raise Missing


def is_limited_reader(act: Act) -> bool:
    """Return whether every role in which the act reads the audit is limited; no statement."""
    return bool(limited_auditor_roles(act.assignments))


def require_object_in_reach(
    act: Act, verb: str, units: Collection[UUID], days: tuple[date, date] | None
) -> None:
    """Raise Missing unless a role of the reader reaches an object of these units and days (None: it has none).

    `verb` is that of the page on which the product shows the object. One statement for a limited reader, else none.
    """
    limited = limited_auditor_roles(act.assignments)
    if not limited:
        return
    above = _with_ancestors(units)
    if not any(reaches_audited_object(one, verb, above, days) for one in limited):
        raise Missing


def require_unlimited_reader(act: Act) -> None:
    """Raise Missing for a reader whose role is limited: the object belongs to no unit and no day."""
    if is_limited_reader(act):
        raise Missing


def _with_ancestors(units: Collection[UUID]) -> frozenset[UUID]:
    """Return these units with all above them; one statement."""
    tree, found = load_unit_tree(), set(units)
    waiting = list(units)
    while waiting:
        row = tree.get(waiting.pop())
        if row is not None and row.parent is not None and row.parent not in found:
            found.add(row.parent)
            waiting.append(row.parent)
    return frozenset(found)
