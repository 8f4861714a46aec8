"""A student holds a mark to be wrong (6.2): may he still say so, and was it corrected? Facts in, a decision out."""

from __future__ import annotations

from datetime import datetime

from app.journal.gradebook.cell_state import ABSENT, EXCUSED, SICK, CellFacts
from app.kernel.errors import DepterError, Invalid, Refused, Stale
from app.regulation.rules import Deadline, Terms, until

TERM = "dispute.term"
CORRECTED, UNCHANGED, SHEET_CLOSED = "corrected", "unchanged", "sheet_closed"


def dispute_term(published_at: datetime, calendar: Terms) -> Deadline:
    """Until when a mark is disputed: three working days from the moment the student could see it (6.2)."""
    return until(calendar, TERM, published_at)


def may_dispute(
    cell: CellFacts, version: int, published_at: datetime | None, late: str, calendar: Terms, now: datetime
) -> DepterError | None:
    """May this mark be disputed at `now`? None, or why not. After the term words are needed (6.2): whoever answers
    weighs them. What was never entered has nothing to be wrong about."""
    if cell.value is None or published_at is None:
        return Refused("journal.dispute.nothing_entered", clause="6.2")
    if version != cell.version:
        return Stale("journal.cell.changed", current={"value": cell.value, "version": cell.version})
    due = dispute_term(published_at, calendar)
    if now > due.moment and not late.strip():
        return Invalid.field("late", "journal.dispute.late_needs_words", at=due.moment)
    return None


def outcome_of_check(disputed_version: int, cell: CellFacts) -> str:
    """Whether the disputed mark was changed since, by whatever way: himself within his days, or by a correction. Under
    a closed sheet, and points under a signed one, are the commission's alone to change (7.6, 4.4.3)."""
    if cell.version > disputed_version:
        return CORRECTED
    return SHEET_CLOSED if cell.sheet is not None else UNCHANGED


def is_other_mark(cell: CellFacts, disputed_version: int, disputed_value: str) -> bool:
    """Whether the mark became another one since it was disputed as `said`. A reason beside an absence does not make it
    another: whoever says that he was present is not answered by an excuse."""
    disputed_status = ABSENT if disputed_value in (EXCUSED, SICK) else disputed_value
    return cell.version > disputed_version and cell.value != disputed_status
