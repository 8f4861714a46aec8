"""What a limited reader of the audit may trace: the days for which a journal or a case is open to him (1.3.3, 7.1)."""

from __future__ import annotations

from collections.abc import Collection
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
from app.kernel.errors import Missing
from app.people.audit_limits_rules import JOURNAL_KIND

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
