"""No two open cases of one process about the same cells: a second one is refused with a link to the first."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text

from app import operations
from app.cases.queries.related import find_open_case_of_cells
from app.kernel.db import db
from app.kernel.errors import Refused

_LOCK_NAMES_STATEMENT = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(CAST(:names AS text[])) AS name"
)
"""Locks names one after another in the order given, in one statement."""


def require_no_case_of_same_cells(
    start: operations.ProcessStart, key: str, subject: operations.CaseSubject
) -> None:
    """Raise Refused when another open case of this diagram is about the same cells, with a link to it."""
    if start.unique_by:
        cells = operations.affected_cells_of_subject(subject.description, subject.about)
        _require_cells_free(start, key, cells, None)


def require_added_cells_free(
    start: operations.ProcessStart,
    key: str,
    case: UUID,
    before: Collection[operations.CellRange],
    subject: operations.CaseSubject,
) -> None:
    """Raise Refused when a new subject of the case adds a cell that another open case of its diagram is about.

    `before` are the cells that the case is about so far; without a new cell nothing is read.
    """
    if start.unique_by != "cells":
        return
    cells = operations.affected_cells_of_subject(subject.description, subject.about)
    _require_cells_free(start, key, [cell for cell in cells if cell not in before], case)


def _require_cells_free(
    start: operations.ProcessStart,
    key: str,
    cells: Collection[operations.CellRange],
    own_case: UUID | None,
) -> None:
    """Raise Refused when an open case of this diagram, other than `own_case`, is about one of these cells."""
    lock_names = {f"{key}:{cell.student or cell.lesson}" for cell in cells}
    if lock_names:
        # A request made at the same moment waits until the first case is written.
        db.session.execute(_LOCK_NAMES_STATEMENT, {"names": sorted(lock_names)})
    running = find_open_case_of_cells(key, cells, other_than=own_case)
    if running is not None:
        details = {"number": running.number, "case": str(running.id)}
        raise Refused("cases.start.under_way", clause=start.clause, remedy="case", **details)
