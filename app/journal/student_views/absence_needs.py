"""Rules what an absence still needs, and by when (4.2.3, 5.2, 5.3); running cases are not considered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from app.journal.excuses.rules import COVERED, FURTHEST_BACK, state_of, submit_term
from app.journal.makeups.rules import (
    LATE,
    MAKE_UP,
    DebtFacts,
    hard_term,
    is_debt,
    may_ask_workoff,
    may_plead,
    soft_term,
)
from app.kernel.clock import local_day
from app.regulation.rules import Deadline, Terms

HAND_IN = "excuse"
"""The start on the menu by which a document is submitted."""

DOCUMENT, ON_RETURN, DOCUMENT_LATE = "document", "on_return", "document_late"
WORK_OFF, WORK_OFF_OVERDUE, PLEA, COMMISSION = "work_off", "work_off_overdue", "plea", "commission"
KINDS = (DOCUMENT, ON_RETURN, DOCUMENT_LATE, WORK_OFF, WORK_OFF_OVERDUE, PLEA, COMMISSION)


@dataclass(frozen=True, slots=True)
class Need:
    """One thing an absence needs. `until` is the running deadline or, of what is late, the passed one; None
    where none has begun. `start` names the start of a case that helps now; None when none does."""

    kind: str
    until: Deadline | None
    start: str | None


def returned_on(present: Iterable[date], day: date) -> date | None:
    """Return the first day after `day` among those on which the student was present (4.2.3); None if there is
    none yet."""
    return min((one for one in present if one > day), default=None)


def needs_of(
    debt: DebtFacts, returned: date | None, calendar: Terms, office: Terms, now: datetime
) -> tuple[Need, ...]:
    """Return the needs of this absence at `now`, a document before the work; () when it is settled.

    `calendar` is the deadline calendar of the discipline's department, `office` that of the directorate that
    takes documents.
    """
    if not is_debt(debt.cell, calendar):
        return ()
    document = _document_need(debt, returned, office, now)
    work = None if debt.accepted else _makeup_need(debt, calendar, now)
    return tuple(need for need in (document, work) if need is not None)


def _document_need(debt: DebtFacts, returned: date | None, office: Terms, now: datetime) -> Need | None:
    """Return the need of a document that would give the absence a reason; after its deadline it is submitted
    with an explanation (4.2.3)."""
    too_old = (local_day(now) - debt.cell.lesson.day).days > FURTHEST_BACK
    if state_of(debt.cell) != COVERED or too_old:
        return None
    deadline = submit_term(returned, office)
    if deadline is None:
        return Need(ON_RETURN, None, HAND_IN)
    return Need(DOCUMENT if now <= deadline.moment else DOCUMENT_LATE, deadline, HAND_IN)


def _makeup_need(debt: DebtFacts, calendar: Terms, now: datetime) -> Need:
    """Return the need of make-up work: within the 14 days, then until the semester's last date, then only by
    head and directorate."""
    if may_ask_workoff([debt], calendar, now) is None:
        soft = soft_term(debt, calendar)
        if now <= soft.moment:
            return Need(WORK_OFF, soft, MAKE_UP)
        return Need(WORK_OFF_OVERDUE, hard_term(debt, calendar), MAKE_UP)
    hard = hard_term(debt, calendar)
    if may_plead([debt], calendar, now) is None:
        return Need(PLEA, hard, LATE)
    return Need(COMMISSION, hard, None)
