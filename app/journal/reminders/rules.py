"""When somebody is reminded of a term that is no task of a case. Facts in, a stage out; decides for nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.journal.gradebook.cell_state import NOT_HELD, LessonFacts
from app.journal.gradebook.entry_deadlines import ENTRY_TERM, GRADE_TERM
from app.journal.makeups.rules import DebtFacts, hard_term, soft_term
from app.kernel.clock import local_day
from app.regulation.rules import Deadline, Terms, remaining, until

DAYS_BEFORE = (7, 3, 1)
"""A student is reminded of a work-off so many days before its term ends."""
HOURS_BEFORE = timedelta(hours=4)
"""A teacher is reminded of a roll so long before its 24 hours end, and once more when they have."""
LOOK_BACK = timedelta(days=14)
"""A lesson longer ago reminds nobody any more."""
SOON, OVER, LAST_DAY = "before", "over", "last_day"


def roll_reminder(lesson: LessonFacts, calendar: Terms, now: datetime) -> tuple[str, Deadline] | None:
    """The stage at which the roll of a lesson stands that nobody has called (4.2.1): SOON in the last four hours of its
    term, OVER when it has passed, None before or where no roll is called."""
    if not lesson.takes_roll or lesson.state in NOT_HELD or lesson.roll_taken_at is not None or lesson.sheet:
        return None
    due = until(calendar, ENTRY_TERM, lesson.ends_at)
    if now > due.moment:
        return OVER, due
    return (SOON, due) if now >= due.moment - HOURS_BEFORE else None


def grade_reminder(lesson: LessonFacts, calendar: Terms, now: datetime) -> tuple[str, Deadline] | None:
    """The last day on which current grades of a lesson are entered (4.3.1): LAST_DAY on it, else None."""
    if lesson.state in NOT_HELD or lesson.sheet is not None:
        return None
    due = until(calendar, GRADE_TERM, lesson.starts_at)
    return (LAST_DAY, due) if local_day(due.moment) == local_day(now) and now <= due.moment else None


def workoff_reminder(debt: DebtFacts, calendar: Terms, now: datetime) -> tuple[str, Deadline] | None:
    """The stage at which a missed lesson stands that is to be made up: "7", "3" or "1" days before the 14 days end
    (5.3.1), and, once they are over, before the semester's last date (5.3.2); None further away or after both."""
    for due in (soft_term(debt, calendar), hard_term(debt, calendar)):
        if now <= due.moment:
            left = (local_day(due.moment) - local_day(now)).days
            reached = [days for days in DAYS_BEFORE if left <= days]
            return (str(min(reached)), due) if reached else None
    return None


def excuse_reminder(due: Deadline, calendar: Terms, now: datetime) -> str | None:
    """Whether a student who came back is reminded of his document today: on the last working day before the one on
    which its term ends, so that a whole day is left (4.2.3); on the last day itself when nobody looked earlier."""
    return SOON if now <= due.moment and remaining(calendar, now, due.moment) <= 1 else None
