"""Rules of disputes of marks (6.2): deadline, conditions and outcome. Pure functions."""

from __future__ import annotations

from datetime import datetime

from app.journal.gradebook.cell_state import ABSENT, ATTENDANCE, EXCUSED, SICK, CellState
from app.kernel.errors import DepterError, Invalid, Refused, Stale
from app.regulation.rules import Deadline, DeadlineCalendar, compute_deadline

DISPUTE_DEADLINE_POLICY = "dispute.term"
GRADE_REVIEWER_POLICY = "dispute.grade_reviewer"
"""Who reviews a disputed grade after its teacher: HEAD, DIRECTORATE, or BOTH, the head first (6.2, 3.1, 5.5.3)."""
CORRECTED, UNCHANGED, SHEET_CLOSED = "corrected", "unchanged", "sheet_closed"


def mark_dispute_deadline(published_at: datetime, calendar: DeadlineCalendar) -> Deadline:
    """Return the deadline to dispute a mark: three working days from its publication (6.2)."""
    return compute_deadline(calendar, DISPUTE_DEADLINE_POLICY, published_at)


def reviewing_office_of_dispute(kind: str, policy: str) -> str:
    """Return who reviews a dispute that its teacher did not solve: `head`, `directorate` or `both`.

    Attendance is always for the directorate, which confirms excuses (5.5.3); a grade by the policy.
    """
    return "directorate" if kind == ATTENDANCE else policy.lower()


def refusal_to_dispute_mark(
    cell: CellState,
    version: int,
    published_at: datetime | None,
    late: str,
    calendar: DeadlineCalendar,
    now: datetime,
) -> DepterError | None:
    """Return None if this mark may be disputed at `now`, else the refusal.

    A value must be entered. After the deadline an explanation is required, which the
    person who answers weighs (6.2).
    """
    if cell.value is None or published_at is None:
        return Refused("journal.dispute.nothing_entered", clause="6.2")
    if version != cell.version:
        return Stale("journal.cell.changed", current={"value": cell.value, "version": cell.version})
    due = mark_dispute_deadline(published_at, calendar)
    if now > due.moment and not late.strip():
        return Invalid.field("late", "journal.dispute.late_needs_words", at=due.moment)
    return None


def how_mark_changed_since_dispute(disputed_version: int, cell: CellState) -> str:
    """Return whether the disputed mark was changed since, by the teacher or by a correction.

    Under a closed sheet, and for points under a signed one, only the commission may change it (7.6, 4.4.3).
    """
    if cell.version > disputed_version:
        return CORRECTED
    return SHEET_CLOSED if cell.sheet is not None else UNCHANGED


def is_mark_changed_since_dispute(cell: CellState, disputed_version: int, disputed_value: str) -> bool:
    """Return whether the mark has become another one since it was disputed as `disputed_value`.

    A reason added to an absence is no other mark: it does not answer a student who says that he was present.
    """
    disputed_status = ABSENT if disputed_value in (EXCUSED, SICK) else disputed_value
    return cell.version > disputed_version and cell.value != disputed_status
