"""Rules of late entry (P21): what may be requested, and the outcome of granting it. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.journal.gradebook.cell_state import (
    LESSON_STATES_WITHOUT_MARKS,
    CellState,
    LessonState,
    TeachingPeriod,
    is_teacher_at_any_time,
)
from app.journal.gradebook.entry_deadlines import attendance_entry_deadline, cell_entry_deadline
from app.journal.gradebook.entry_rules import cell_not_applicable_refusal
from app.kernel.errors import Denied, DepterError, Refused
from app.regulation.rules import DeadlineCalendar

GRANTED, SHEET_CLOSED = "opened", "sheet_closed"


def refusal_to_request_late_cell_entry(
    cell: CellState,
    persons: frozenset[UUID],
    teachers: Sequence[TeachingPeriod],
    calendar: DeadlineCalendar,
    now: datetime,
) -> DepterError | None:
    """Return None if one of `persons` may request late entry of this never entered cell, else the refusal.

    An entered cell is corrected instead (4.4.1, 4.4.2); while its own deadline runs no request is needed.
    """
    refusal = _teacher_or_lesson_refusal(cell.lesson, persons, teachers, now) or cell_not_applicable_refusal(
        cell
    )
    if refusal is not None:
        return refusal
    if cell.sheet is not None:
        return Refused("journal.correction.sheet_signed", clause="4.4.3", at=cell.sheet.signed_or_closed_at)
    if cell.first_entered_at is not None:
        return Refused("journal.entry.entered", clause="4.4.2", remedy="late_correction")
    closing = cell_entry_deadline(cell, calendar, now)
    return Refused("journal.entry.still_open", clause=closing.clause, at=closing.at) if closing.open else None


def refusal_to_request_late_roll_entry(
    lesson: LessonState,
    persons: frozenset[UUID],
    teachers: Sequence[TeachingPeriod],
    calendar: DeadlineCalendar,
    now: datetime,
) -> DepterError | None:
    """Return None if one of `persons` may request late entry of the roll of this lesson, else the refusal."""
    refusal = _teacher_or_lesson_refusal(lesson, persons, teachers, now)
    if refusal is None and not lesson.takes_roll:
        refusal = Refused("journal.roll.not_taken_here")
    if refusal is None and lesson.roll_taken_at is not None:
        refusal = Refused("journal.entry.entered", clause="4.4.2", remedy="late_correction")
    if refusal is not None:
        return refusal
    closing = attendance_entry_deadline(lesson, calendar, now)
    return Refused("journal.entry.still_open", clause="4.2.1", at=closing.at) if closing.open else None


def outcome_of_granting_late_entry(lessons: Sequence[LessonState]) -> str:
    """Return the outcome of granting late entry for these lessons: a sheet
    closed meanwhile prevents it (7.6)."""
    return SHEET_CLOSED if any(lesson.closed_covering_sheet is not None for lesson in lessons) else GRANTED


def _teacher_or_lesson_refusal(
    lesson: LessonState, persons: frozenset[UUID], teachers: Sequence[TeachingPeriod], now: datetime
) -> DepterError | None:
    """Return the refusal that concerns teacher or lesson; None if there is none."""
    if not is_teacher_at_any_time(teachers, persons):
        return Denied("journal.entry.not_yours", clause="3.1")
    if lesson.state in LESSON_STATES_WITHOUT_MARKS:
        return Refused("journal.lesson.not_held", state=lesson.state)
    if now < lesson.starts_at:
        return Refused("journal.lesson.not_begun", clause="4.2.1", at=lesson.starts_at)
    if lesson.closed_covering_sheet is not None:
        return Refused(
            "journal.entry.sheet_closed", clause="7.6", at=lesson.closed_covering_sheet.signed_or_closed_at
        )
    return None
