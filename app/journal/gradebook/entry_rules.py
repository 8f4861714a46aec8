"""Rules whether a teacher may enter a mark, take the roll or describe a lesson within the deadlines (4.1 -
4.4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.journal.gradebook.cell_state import (
    ATTENDANCE,
    LESSON_STATES_WITHOUT_MARKS,
    CellState,
    LessonState,
    TeachingPeriod,
    is_main_teacher_on_day,
    is_teacher_on_day,
)
from app.journal.gradebook.entry_deadlines import (
    ATTENDANCE_ENTRY_TERM_POLICY,
    EntryDeadline,
    attendance_entry_deadline,
    cell_entry_deadline,
)
from app.kernel.clock import local_day
from app.kernel.errors import Denied, DepterError, Invalid, Refused
from app.regulation.rules import DeadlineCalendar, compute_deadline

MAX_CORRECTION_REASON_LENGTH = 500
JOURNAL_STATE_REFUSALS = {
    "DRAFT": "journal.offering.draft",
    "SUBMITTED": "journal.offering.submitted",
    "CONFIRMED": "journal.offering.confirmed",
    "ARCHIVED": "journal.offering.archived",
}
"""What refuses marks in a journal that is in a state."""
SELF_CORRECTION_BY_POLICY, BY_AUTHOR = "correction.self_by", "AUTHOR"
"""Who corrects without a request: JOURNAL any teacher of the journal, AUTHOR only who entered the mark (4.4.1)."""
SELF_CORRECTION_REASON_POLICY, REASON_REQUIRED = "correction.self_reason", "REQUIRED"
"""Whether such a correction needs a reason: REQUIRED or OPTIONAL. 4.4.1 asks for none, 1.4.4 for the ground."""


def refusal_of_journal_state(offering: UUID, state: str) -> Refused | None:
    """Return the refusal of marks in a journal that takes none, else None.

    A draft is not opened yet, a submitted or confirmed one is finished. A closed one is left to the rules of its sheet
    (7.6); an archived one changes only by a decision of a commission (7.4).
    """
    if state not in JOURNAL_STATE_REFUSALS:
        return None
    clause = "7.4" if state == "ARCHIVED" else None
    code = JOURNAL_STATE_REFUSALS[state]
    return Refused(code, clause=clause, remedy="journal_state", offering=str(offering))


def refusal_to_record_mark(
    cell: CellState,
    persons: frozenset[UUID],
    teachers: Sequence[TeachingPeriod],
    calendar: DeadlineCalendar,
    now: datetime,
    reason: str,
) -> DepterError | None:
    """Return None if one of `persons` (who acts, for whom) may enter or correct this cell at `now`, else the
    refusal.

    An entered cell is corrected within three calendar days of its first entry (4.4.1): by any teacher of the
    journal, or, where the policy `correction.self_by` says AUTHOR, by the person who entered it, else by the main
    teacher; with a reason unless the policy `correction.self_reason` says OPTIONAL. Attendance of a roll that is
    still being called needs no reason.
    """
    refusal = _lesson_entry_refusal(cell.lesson, persons, teachers, now, _first_entry_clause(cell))
    if refusal is None:
        refusal = cell_not_applicable_refusal(cell)
    if refusal is not None:
        return refusal
    if cell.is_absence_settled:
        return Refused("journal.mark.absence_settled", clause="4.2.4", remedy=None)
    deadline = cell_entry_deadline(cell, calendar, now)
    if not deadline.open:
        return build_closed_cell_refusal(deadline)
    if cell.first_entered_at is None:
        return None
    return _entered_by_another_refusal(cell, persons, teachers, calendar, now) or _correction_reason_error(
        cell, calendar, now, reason
    )


def refusal_to_take_roll(
    lesson: LessonState,
    persons: frozenset[UUID],
    teachers: Sequence[TeachingPeriod],
    calendar: DeadlineCalendar,
    now: datetime,
) -> DepterError | None:
    """Return None if one of `persons` may record at `now` that everybody not marked otherwise is present
    (4.2.1), else the refusal."""
    refusal = _lesson_entry_refusal(lesson, persons, teachers, now, "4.2.1")
    if refusal is None and not lesson.takes_roll:
        refusal = Refused("journal.roll.not_taken_here")
    if refusal is not None:
        return refusal
    deadline = attendance_entry_deadline(lesson, calendar, now)
    return None if deadline.open else build_closed_cell_refusal(deadline)


def refusal_to_describe_lesson(
    lesson: LessonState,
    new_type: str,
    persons: frozenset[UUID],
    teachers: Sequence[TeachingPeriod],
    calendar: DeadlineCalendar,
    now: datetime,
) -> DepterError | None:
    """Return None if one of `persons` may write topic, type, methods and task (4.1.1), else the refusal.

    Allowed ahead of the lesson too, and as long after it as attendance may be entered; the type is fixed once
    the roll is taken.
    """
    if not is_teacher_on_day(teachers, persons, lesson.day):
        return Denied("journal.lesson.not_yours", clause="3.1")
    if lesson.roll_taken_at is not None and new_type != lesson.type:
        return Refused("journal.lesson.type_stands")
    deadline = attendance_entry_deadline(lesson, calendar, now)
    if deadline.open:
        return None
    clause = "7.6" if lesson.closed_covering_sheet else "4.1.1"
    return Refused("journal.lesson.closed", clause=clause, at=deadline.at)


def cell_not_applicable_refusal(cell: CellState) -> Refused | None:
    """Return the refusal for a cell outside the dated membership or in attendance that is not taken (2.1b,
    2.1c), else None."""
    if not cell.applicable:
        return Refused("journal.mark.not_applicable", clause="2.1")
    if cell.kind == ATTENDANCE and not cell.lesson.takes_roll:
        return Refused("journal.roll.not_taken_here")
    return None


def build_closed_cell_refusal(deadline: EntryDeadline) -> Refused:
    """Return the refusal of a closed cell, with its deadline and how that was computed."""
    return Refused(
        deadline.code,
        clause=deadline.clause,
        remedy=deadline.remedy,
        at=deadline.at,
        computation=deadline.computation,
    )


def _first_entry_clause(cell: CellState) -> str:
    return "4.2.1" if cell.kind == ATTENDANCE else "4.3.1"


def _lesson_entry_refusal(
    lesson: LessonState,
    persons: frozenset[UUID],
    teachers: Sequence[TeachingPeriod],
    now: datetime,
    clause: str,
) -> DepterError | None:
    if not is_teacher_on_day(teachers, persons, lesson.day):
        return Denied("journal.lesson.not_yours", clause="3.1")
    if lesson.state in LESSON_STATES_WITHOUT_MARKS:
        return Refused("journal.lesson.not_held", state=lesson.state)
    if now < lesson.starts_at:
        return Refused("journal.lesson.not_begun", clause=clause, at=lesson.starts_at)
    return None


def _entered_by_another_refusal(
    cell: CellState,
    persons: frozenset[UUID],
    teachers: Sequence[TeachingPeriod],
    calendar: DeadlineCalendar,
    now: datetime,
) -> DepterError | None:
    if calendar.policy(SELF_CORRECTION_BY_POLICY).value != BY_AUTHOR:
        return None
    author = cell.first_entered_by
    if author in persons:
        return None
    today = local_day(now)
    author_left = author is None or not is_teacher_on_day(teachers, frozenset({author}), today)
    if author_left and is_main_teacher_on_day(teachers, persons, today):
        return None
    # No clause: 4.4.1 does not say whose entries a teacher corrects, the university has set it.
    return Refused("journal.mark.entered_by_another", author=str(author) if author else None)


def _correction_reason_error(
    cell: CellState, calendar: DeadlineCalendar, now: datetime, reason: str
) -> DepterError | None:
    roll_in_progress = (
        cell.kind == ATTENDANCE
        and cell.lesson.roll_taken_at is None
        and now <= compute_deadline(calendar, ATTENDANCE_ENTRY_TERM_POLICY, cell.lesson.ends_at).moment
    )
    required = calendar.policy(SELF_CORRECTION_REASON_POLICY).value == REASON_REQUIRED
    if required and not roll_in_progress and not reason.strip():
        return Invalid.field("reason", "journal.mark.reason_needed")
    if len(reason) > MAX_CORRECTION_REASON_LENGTH:
        return Invalid.field("reason", "forms.field.too_long", max=MAX_CORRECTION_REASON_LENGTH)
    return None
