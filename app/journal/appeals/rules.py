"""Rules of appeals against results (6.3): deadline, conditions, admission, date
of the hearing. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.kernel.clock import local_day
from app.kernel.errors import DepterError, Invalid, Refused, Stale
from app.regulation.rules import Deadline, DeadlineCalendar, compute_deadline

APPEAL_DEADLINE_POLICY, HEARING_DEADLINE_POLICY = "appeal.term", "appeal.hearing_term"
HEARING_NOTICE_POLICY = "appeal.hearing_notice"
"""Least time between the invitation and the hearing."""
ADMIT_APPEAL, RESTORE_APPEAL_DEADLINE = "admit", "restore"
UPHELD, CHANGED, REEXAM = "UPHELD", "CHANGED", "REEXAM"
INADMISSIBLE, WITHDRAWN, SUPERSEDED = "INADMISSIBLE", "WITHDRAWN", "SUPERSEDED"
OUTCOME_BY_DECISION: Mapping[str, str] = {UPHELD: "upheld", CHANGED: "to_change", REEXAM: "reexam"}
DECIDED_APPEAL_OUTCOMES = frozenset({UPHELD, CHANGED, REEXAM})


@dataclass(frozen=True, slots=True)
class ResultDisputeState:
    """A dispute of the result: when filed, when and how answered; None while unanswered."""

    made_at: datetime
    answered_at: datetime | None = None
    how: str = ""


@dataclass(frozen=True, slots=True)
class ResultAppealState:
    """Rule input of an appeal: version, current version, publication, disputes and earlier appeals.

    `appeal_outcomes` are the outcomes of appeals against this very version, None for an open one.
    """

    version: int
    current_version: int
    published_at: datetime
    disputes: Sequence[ResultDisputeState] = ()
    appeal_outcomes: Sequence[str | None] = ()


def appeal_deadline(state: ResultAppealState, calendar: DeadlineCalendar, now: datetime) -> Deadline:
    """Return the deadline to appeal: one working day from the publication of the result (6.3).

    A dispute filed within that day restarts it from the answer, or from `now` while
    unanswered; a withdrawn one does not.
    """
    anchor = state.published_at
    ends = compute_deadline(calendar, APPEAL_DEADLINE_POLICY, anchor).moment
    for dispute in state.disputes:
        # The edge counts as in time. A dispute filed after the day extends nothing.
        if dispute.made_at <= ends and dispute.how != WITHDRAWN:
            anchor = max(anchor, dispute.answered_at or now)
    return compute_deadline(calendar, APPEAL_DEADLINE_POLICY, anchor)


def refusal_to_appeal_against_result(
    state: ResultAppealState, late: str, calendar: DeadlineCalendar, now: datetime
) -> DepterError | None:
    """Return None if this result may be appealed against at `now`, else the refusal.

    After the deadline an explanation is required: the commission may restore the
    deadline for a good reason (6.3).
    """
    if state.version != state.current_version:
        return Stale("journal.result.changed", current={"version": state.current_version})
    if None in state.appeal_outcomes:
        return Refused("journal.appeal.open_already")
    if DECIDED_APPEAL_OUTCOMES & set(state.appeal_outcomes):
        return Refused("journal.appeal.decided_already")
    due = appeal_deadline(state, calendar, now)
    if now > due.moment and not late.strip():
        return Invalid.field("late", "journal.appeal.late_needs_words", at=due.moment)
    return None


def refusal_to_apply_admission_decision(late: bool, decision: str) -> DepterError | None:
    """Return None if the decision fits: a late appeal needs its deadline restored, one in
    time has none to restore (6.3)."""
    if late and decision == ADMIT_APPEAL:
        return Invalid.field("decision", "journal.appeal.term_not_restored")
    if not late and decision == RESTORE_APPEAL_DEADLINE:
        return Invalid.field("decision", "journal.appeal.nothing_to_restore")
    return None


def excluded_admission_decisions(late: bool) -> frozenset[str]:
    """Return the decisions about admission that this appeal excludes, so that
    forms do not offer them (6.3)."""
    return frozenset(
        decision
        for decision in (ADMIT_APPEAL, RESTORE_APPEAL_DEADLINE)
        if refusal_to_apply_admission_decision(late, decision)
    )


def refusal_to_schedule_hearing(
    held_at: datetime, since: datetime, calendar: DeadlineCalendar, now: datetime
) -> DepterError | None:
    """Return None if the hearing may be held then (6.3), else Invalid.

    It lies on the last day of the notice or later, so that student and teacher can prepare, and within three
    working days from its admission or postponement; where the notice leaves none of these days, on its last day.
    """
    if held_at <= now:
        return Invalid.field("hearing", "journal.hearing.in_the_past")
    first = compute_deadline(calendar, HEARING_NOTICE_POLICY, now).moment
    if local_day(held_at) < local_day(first):
        return Invalid.field("hearing", "journal.hearing.notice_too_short", day=local_day(first))
    last = max(compute_deadline(calendar, HEARING_DEADLINE_POLICY, since).moment, first)
    if held_at > last:
        return Invalid.field("hearing", "journal.hearing.too_late", at=last)
    return None
