"""Rules what an absence still needs, and by when (4.2.3, 5.2, 5.3); running cases are not considered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from app.journal.excuses.rules import (
    LESSON_COVERED,
    MAX_EXCUSE_AGE_DAYS,
    excuse_submit_deadline,
    state_of_attendance_in_excuse_period,
)
from app.journal.makeups.rules import (
    MAKEUP_DIAGRAM,
    MAKEUP_EXTENSION_DIAGRAM,
    MakeupRuleState,
    hard_makeup_deadline,
    is_makeup_required,
    refusal_to_request_makeup,
    refusal_to_request_makeup_extension,
    soft_makeup_deadline,
)
from app.kernel.clock import local_day
from app.regulation.rules import Deadline, DeadlineCalendar

SUBMIT_EXCUSE = "excuse"
"""The start on the menu by which a document is submitted."""

NEED_DOCUMENT, NEED_RETURN, NEED_LATE_DOCUMENT = "document", "on_return", "document_late"
NEED_MAKEUP, NEED_OVERDUE_MAKEUP, NEED_EXTENSION, NEED_COMMISSION = (
    "work_off",
    "work_off_overdue",
    "extension",
    "commission",
)


@dataclass(frozen=True, slots=True)
class AbsenceNeed:
    """One thing an absence needs. `until` is the running deadline or, of what is late, the passed one; None
    where none has begun. `start` names the start of a case that helps now; None when none does."""

    kind: str
    until: Deadline | None
    start: str | None


def first_present_day_after(present: Iterable[date], day: date) -> date | None:
    """Return the first day after `day` among those on which the student was present (4.2.3); None if there is
    none yet."""
    return min((one for one in present if one > day), default=None)


def compute_absence_needs(
    debt: MakeupRuleState,
    returned: date | None,
    calendar: DeadlineCalendar,
    office: DeadlineCalendar,
    now: datetime,
) -> tuple[AbsenceNeed, ...]:
    """Return the needs of this absence at `now`, a document before the work; () when it is settled.

    `calendar` is the deadline calendar of the discipline's department, `office` that of the directorate that
    takes documents.
    """
    if not is_makeup_required(debt.cell, calendar) or debt.work_waived:
        return ()
    document = _document_need(debt, returned, office, now)
    work = None if debt.work_accepted else _makeup_need(debt, calendar, now)
    return tuple(need for need in (document, work) if need is not None)


def _document_need(
    debt: MakeupRuleState, returned: date | None, office: DeadlineCalendar, now: datetime
) -> AbsenceNeed | None:
    """Return the need of a document that would give the absence a reason; after its deadline it is submitted
    with an explanation (4.2.3)."""
    too_old = (local_day(now) - debt.cell.lesson.day).days > MAX_EXCUSE_AGE_DAYS
    if state_of_attendance_in_excuse_period(debt.cell) != LESSON_COVERED or too_old:
        return None
    deadline = excuse_submit_deadline(returned, office)
    if deadline is None:
        return AbsenceNeed(NEED_RETURN, None, SUBMIT_EXCUSE)
    return AbsenceNeed(
        NEED_DOCUMENT if now <= deadline.moment else NEED_LATE_DOCUMENT, deadline, SUBMIT_EXCUSE
    )


def _makeup_need(debt: MakeupRuleState, calendar: DeadlineCalendar, now: datetime) -> AbsenceNeed:
    """Return the need of make-up work: within the 14 days, then until the semester's last date, then only by
    head and directorate."""
    if refusal_to_request_makeup([debt], calendar, now) is None:
        soft = soft_makeup_deadline(debt, calendar)
        if now <= soft.moment:
            return AbsenceNeed(NEED_MAKEUP, soft, MAKEUP_DIAGRAM)
        return AbsenceNeed(NEED_OVERDUE_MAKEUP, hard_makeup_deadline(debt, calendar), MAKEUP_DIAGRAM)
    hard = hard_makeup_deadline(debt, calendar)
    if refusal_to_request_makeup_extension([debt], calendar, now) is None:
        return AbsenceNeed(NEED_EXTENSION, hard, MAKEUP_EXTENSION_DIAGRAM)
    return AbsenceNeed(NEED_COMMISSION, hard, None)
