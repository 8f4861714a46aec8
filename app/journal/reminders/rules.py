"""Rules of reminders: the stage of a deadline that is no task of a case. Pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.journal.gradebook.cell_state import LESSON_STATES_WITHOUT_MARKS, LessonState
from app.journal.gradebook.entry_deadlines import ATTENDANCE_ENTRY_TERM_POLICY, GRADE_ENTRY_TERM_POLICY
from app.journal.makeups.rules import MakeupRuleState, hard_makeup_deadline, soft_makeup_deadline
from app.kernel.clock import local_day
from app.regulation.rules import Deadline, DeadlineCalendar, compute_deadline, working_days_left

MAKEUP_REMINDER_DAYS = (7, 3, 1)
"""Days before the deadline of make-up work on which a student is reminded."""
ROLL_REMINDER_LEAD_TIME = timedelta(hours=4)
"""Time before the end of the 24 hours of a roll at which a teacher is reminded, and again after the end."""
MAX_REMINDED_LESSON_AGE = timedelta(days=14)
"""Maximum age of a lesson for reminders."""
STAGE_SOON, STAGE_OVER, STAGE_LAST_DAY = "before", "over", "last_day"


def roll_reminder_stage_and_deadline(
    lesson: LessonState, calendar: DeadlineCalendar, now: datetime
) -> tuple[str, Deadline] | None:
    """Return the stage and deadline of a roll not called (4.2.1): SOON in its last four hours, OVER after it.

    None before, or where no roll is called.
    """
    if (
        not lesson.takes_roll
        or lesson.state in LESSON_STATES_WITHOUT_MARKS
        or lesson.roll_taken_at is not None
        or lesson.sheet
    ):
        return None
    due = compute_deadline(calendar, ATTENDANCE_ENTRY_TERM_POLICY, lesson.ends_at)
    if now > due.moment:
        return STAGE_OVER, due
    return (STAGE_SOON, due) if now >= due.moment - ROLL_REMINDER_LEAD_TIME else None


def grade_reminder_stage_and_deadline(
    lesson: LessonState, calendar: DeadlineCalendar, now: datetime
) -> tuple[str, Deadline] | None:
    """Return LAST_DAY with the deadline on the last day for current grades of a lesson (4.3.1), else None."""
    if lesson.state in LESSON_STATES_WITHOUT_MARKS or lesson.sheet is not None:
        return None
    due = compute_deadline(calendar, GRADE_ENTRY_TERM_POLICY, lesson.starts_at)
    return (STAGE_LAST_DAY, due) if local_day(due.moment) == local_day(now) and now <= due.moment else None


def makeup_reminder_stage_and_deadline(
    debt: MakeupRuleState, calendar: DeadlineCalendar, now: datetime
) -> tuple[str, Deadline] | None:
    """Return the stage and deadline of make-up work: "7", "3" or "1" days before the 14 days end (5.3.1).

    After the 14 days: before the semester's last date (5.3.2). None earlier or after both.
    """
    for due in (soft_makeup_deadline(debt, calendar), hard_makeup_deadline(debt, calendar)):
        if now <= due.moment:
            left = (local_day(due.moment) - local_day(now)).days
            reached = [days for days in MAKEUP_REMINDER_DAYS if left <= days]
            return (str(min(reached)), due) if reached else None
    return None


def excuse_reminder_stage_or_none(due: Deadline, calendar: DeadlineCalendar, now: datetime) -> str | None:
    """Return SOON if a returned student is reminded of the document today, else None (4.2.3).

    On the last working day before the day of the deadline, so that a whole day is left; on the last
    day itself if no run was earlier.
    """
    return STAGE_SOON if now <= due.moment and working_days_left(calendar, now, due.moment) <= 1 else None
