"""Rules of disputes of results (6.2): deadline and conditions. Pure functions."""

from __future__ import annotations

from datetime import datetime

from app.journal.appeals.rules import DECIDED_APPEAL_OUTCOMES, ResultAppealState
from app.journal.disputes.rules import DISPUTE_DEADLINE_POLICY
from app.kernel.errors import DepterError, Invalid, Refused, Stale
from app.regulation.rules import Deadline, DeadlineCalendar, compute_deadline


def result_dispute_deadline(state: ResultAppealState, calendar: DeadlineCalendar) -> Deadline:
    """Return the deadline to dispute a result: three working days from its publication (6.2)."""
    return compute_deadline(calendar, DISPUTE_DEADLINE_POLICY, state.published_at)


def refusal_to_dispute_result(
    state: ResultAppealState, late: str, calendar: DeadlineCalendar, now: datetime
) -> DepterError | None:
    """Return None if this result may be disputed at `now`, else the refusal.

    One dispute at a time, of the current version, not beside an open appeal and not after a commission
    decided; after the deadline an explanation is required (6.2).
    """
    if state.version != state.current_version:
        return Stale("journal.result.changed", current={"version": state.current_version})
    if None in state.appeal_outcomes:
        return Refused("journal.appeal.open_already")
    if DECIDED_APPEAL_OUTCOMES & set(state.appeal_outcomes):
        return Refused("journal.appeal.decided_already")
    if any(not one.how for one in state.disputes):
        return Refused("journal.dispute.open_already")
    due = result_dispute_deadline(state, calendar)
    if now > due.moment and not late.strip():
        return Invalid.field("late", "journal.dispute.late_needs_words", at=due.moment)
    return None
