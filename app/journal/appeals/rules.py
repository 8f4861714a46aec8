"""Appeals against results (6.3): in time, against what, protected by which dispute. Facts in, a decision out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.kernel.errors import DepterError, Invalid, Refused, Stale
from app.regulation.rules import Deadline, Terms, until

TERM, HEARING_TERM = "appeal.term", "appeal.hearing_term"
ADMIT, RESTORE = "admit", "restore"
UPHELD, CHANGED, REEXAM = "UPHELD", "CHANGED", "REEXAM"
INADMISSIBLE, WITHDRAWN, MOOT = "INADMISSIBLE", "WITHDRAWN", "MOOT"
OUTCOMES: Mapping[str, str] = {UPHELD: "upheld", CHANGED: "to_change", REEXAM: "reexam"}
DECIDED = frozenset({UPHELD, CHANGED, REEXAM})


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """A dispute of this result: filed when, answered when and how; None while nobody answered."""

    made_at: datetime
    answered_at: datetime | None = None
    how: str = ""


@dataclass(frozen=True, slots=True)
class AppealFacts:
    """What decides about an appeal: the version it is about, the one that holds, disputes and earlier appeals.

    `ended` are the outcomes of appeals against this very version, None for one that is open.
    """

    version: int
    current: int
    published_at: datetime
    disputes: Sequence[DisputeFacts] = ()
    ended: Sequence[str | None] = ()


def appeal_term(state: AppealFacts, calendar: Terms, now: datetime) -> Deadline:
    """Until when a result is appealed against: one working day from its publication. A dispute of it that was filed
    within that day protects the term: it runs anew from the answer, and while nobody has answered, from now (6.3)."""
    anchor = state.published_at
    ends = until(calendar, TERM, anchor).moment
    for dispute in state.disputes:
        if dispute.made_at <= ends and dispute.how != WITHDRAWN:
            anchor = max(anchor, dispute.answered_at or now)
    return until(calendar, TERM, anchor)


def may_appeal(state: AppealFacts, late: str, calendar: Terms, now: datetime) -> DepterError | None:
    """May this result be appealed against at `now`? None, or why not. After the term words are needed: the commission
    may restore the term for a good reason (6.3)."""
    if state.version != state.current:
        return Stale("journal.result.changed", current={"version": state.current})
    if None in state.ended:
        return Refused("journal.appeal.open_already", clause="6.3")
    if DECIDED & set(state.ended):
        return Refused("journal.appeal.decided_already", clause="6.3")
    due = appeal_term(state, calendar, now)
    if now > due.moment and not late.strip():
        return Invalid.field("late", "journal.appeal.late_needs_words", at=due.moment)
    return None


def may_admit(late: bool, decision: str) -> DepterError | None:
    """A late appeal is admitted only by restoring its term, and one in time has nothing to restore (6.3)."""
    if late and decision == ADMIT:
        return Invalid.field("decision", "journal.appeal.term_not_restored")
    if not late and decision == RESTORE:
        return Invalid.field("decision", "journal.appeal.nothing_to_restore")
    return None


def decisions_refused(late: bool) -> frozenset[str]:
    """The decisions about an admission that this appeal does not allow, so that nobody is offered them (6.3)."""
    return frozenset(decision for decision in (ADMIT, RESTORE) if may_admit(late, decision))


def may_schedule(held_at: datetime, since: datetime, calendar: Terms, now: datetime) -> DepterError | None:
    """A hearing lies ahead, and within three working days from the admission or from what postponed it (6.3)."""
    if held_at <= now:
        return Invalid.field("hearing", "journal.hearing.in_the_past")
    last = until(calendar, HEARING_TERM, since)
    if held_at > last.moment:
        return Invalid.field("hearing", "journal.hearing.too_late", at=last.moment)
    return None
