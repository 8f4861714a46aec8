"""May a result be disputed (6.2), and until when."""

from __future__ import annotations

from datetime import datetime

from app.journal.appeals.rules import DECIDED, AppealFacts
from app.journal.disputes.rules import TERM
from app.kernel.errors import DepterError, Invalid, Refused, Stale
from app.regulation.rules import Deadline, Terms, until


def result_dispute_term(state: AppealFacts, calendar: Terms) -> Deadline:
    """Until when a result is disputed: three working days from its publication (6.2)."""
    return until(calendar, TERM, state.published_at)


def may_dispute_result(state: AppealFacts, late: str, calendar: Terms, now: datetime) -> DepterError | None:
    """May this result be disputed at `now`? None, or why not. One dispute at a time, of the version that holds, and
    not beside an appeal nor after a commission decided; after the term words are needed (6.2)."""
    if state.version != state.current:
        return Stale("journal.result.changed", current={"version": state.current})
    if None in state.ended:
        return Refused("journal.appeal.open_already", clause="6.3")
    if DECIDED & set(state.ended):
        return Refused("journal.appeal.decided_already", clause="6.3")
    if any(not one.how for one in state.disputes):
        return Refused("journal.dispute.open_already", clause="6.2")
    due = result_dispute_term(state, calendar)
    if now > due.moment and not late.strip():
        return Invalid.field("late", "journal.dispute.late_needs_words", at=due.moment)
    return None
