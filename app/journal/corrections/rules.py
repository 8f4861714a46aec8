"""Rules of corrections by 4.4.2: which cells may be corrected, and the outcome of
applying a change set. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.journal.gradebook.cell_state import (
    ATTENDANCE,
    LESSON_STATES_WITHOUT_MARKS,
    CellState,
    TeachingPeriod,
    is_teacher_at_any_time,
)
from app.journal.gradebook.entry_deadlines import cell_entry_deadline
from app.journal.gradebook.entry_rules import cell_not_applicable_refusal
from app.kernel.errors import Denied, DepterError, Invalid, Refused, Stale
from app.regulation.rules import DeadlineCalendar

ERROR_KINDS = ("typo", "wrong_date_or_column", "system_fault")
APPLIED, CELL_CHANGED, SHEET_CLOSED = "applied", "cell_changed", "sheet_closed"


def refusal_to_request_correction(
    cell: CellState,
    version: int,
    new: str | None,
    persons: frozenset[UUID],
    teachers: Sequence[TeachingPeriod],
    calendar: DeadlineCalendar,
    now: datetime,
) -> DepterError | None:
    """Return None if one of `persons` may request that this cell becomes `new`, else the refusal.

    Only after its own deadline (until then the teacher corrects the cell directly, 4.4.1) and while no sheet
    is closed over it (7.6). A cell never entered in time is entered late instead (P21).
    """
    if not is_teacher_at_any_time(teachers, persons):
        return Denied("journal.correction.not_yours", clause="4.4.2")
    refusal = cell_not_applicable_refusal(cell)
    if refusal is not None:
        return refusal
    if cell.lesson.state in LESSON_STATES_WITHOUT_MARKS:
        return Refused("journal.lesson.not_held", state=cell.lesson.state)
    if now < cell.lesson.starts_at:
        return Refused("journal.lesson.not_begun", at=cell.lesson.starts_at)
    if cell.lesson.closed_covering_sheet is not None:
        return Refused(
            "journal.correction.sheet_closed",
            clause="7.6",
            at=cell.lesson.closed_covering_sheet.signed_or_closed_at,
        )
    if cell.sheet is not None:
        return Refused("journal.correction.sheet_signed", clause="4.4.3", at=cell.sheet.signed_or_closed_at)
    if version != cell.version:
        return Stale("journal.cell.changed", current={"value": cell.value, "version": cell.version})
    if cell.reason or cell.made_up:
        return Refused("journal.mark.absence_settled", clause="4.2.4")
    closing = cell_entry_deadline(cell, calendar, now)
    if not closing.open and cell.first_entered_at is None:
        return Refused("journal.correction.nothing_entered", clause=closing.clause, remedy=closing.remedy)
    if closing.open:
        return Refused("journal.correction.not_needed_yet", clause="4.4.1", at=closing.at)
    if new == cell.value:
        return Invalid.field("change_set", "journal.change_set.nothing_changes")
    if new is None and cell.kind == ATTENDANCE:
        return Invalid.field("change_set", "journal.change_set.no_status")
    return None


def outcome_of_applying_change_set(planned: Sequence[Mapping[str, Any]], cells: Sequence[CellState]) -> str:
    """Return the outcome of applying a change set to the present cells: all of it or nothing.

    `planned` is the content of the change set, `cells` the same cells in the same order. `sheet_closed`: a
    sheet was closed over one of them (7.6) or signed over its points (4.4.3); `cell_changed`: one has another
    version or value than was seen.
    """
    if any(cell.sheet is not None for cell in cells):
        return SHEET_CLOSED
    for plan, cell in zip(planned, cells, strict=True):
        if not cell.applicable or cell.version != plan["version"] or cell.value != plan["old"]:
            return CELL_CHANGED
    return APPLIED
