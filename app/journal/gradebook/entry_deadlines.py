"""The deadline of a cell: when it closes, by which clause, and how that was computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.journal.gradebook.cell_state import ATTENDANCE, GRADE, CellState, LatePermit, LessonState
from app.regulation.rules import DeadlineCalendar, compute_deadline

ENTRY_CLOSED_ERROR_CODE = "journal.mark.entry_closed"
ATTENDANCE_ENTRY_TERM_POLICY = "attendance.entry_term"
ENTRY_GRACE_POLICY = "attendance.late_entry_grace"
GRADE_ENTRY_TERM_POLICY = "grade.current_term"
SELF_CORRECTION_POLICY = "correction.self_window"

LATE_CORRECTION_REMEDY = "late_correction"
"""The start on the menu for changing an entered mark that is closed (4.4.2)."""
LATE_ENTRY_REMEDY = "late_entry"
"""The start on the menu for entering a mark after its deadline (P21)."""


@dataclass(frozen=True, slots=True)
class EntryDeadline:
    """The deadline of a cell: whether it is open now, and the moment that decides it.

    `at` is the last open moment, or the moment it closed; `code` is the message why it is closed; `late` says
    that the 24 hours are over and an entry counts as late (4.2.1); `computation` is JSON for the page.
    """

    open: bool
    code: str
    clause: str
    at: datetime
    remedy: str | None = None
    late: bool = False
    computation: Mapping[str, Any] = field(default_factory=dict)


def cell_entry_deadline(cell: CellState, calendar: DeadlineCalendar, now: datetime) -> EntryDeadline:
    """Return the deadline of one cell at `now`.

    A closed sheet comes before all (7.6); a signed one fixes the points that it counted (4.4.3): what is
    entered after the signature, inside its own deadline, is not part of it. Then comes an approved correction
    (4.4.2: only another one changes it), then, once entered, three calendar days from the first entry
    (4.4.1), else the entry deadline (4.2.1, 4.3.1).
    """
    by_sheet = _deadline_fixed_by_sheet(cell, now)
    if by_sheet is not None:
        return by_sheet
    if cell.corrected_at is not None:
        return EntryDeadline(
            False, "journal.mark.corrected_by_case", "4.4.2", cell.corrected_at, LATE_CORRECTION_REMEDY
        )
    if cell.first_entered_at is not None:
        end = compute_deadline(calendar, SELF_CORRECTION_POLICY, cell.first_entered_at)
        code = "journal.mark.self_window_closed"
        return EntryDeadline(
            now <= end.moment, code, "4.4.1", end.moment, LATE_CORRECTION_REMEDY, False, end.as_json()
        )
    if cell.kind == ATTENDANCE:
        return attendance_entry_deadline(cell.lesson, calendar, now, cell.student)
    end = compute_deadline(calendar, GRADE_ENTRY_TERM_POLICY, cell.lesson.starts_at)
    found = EntryDeadline(
        now <= end.moment,
        ENTRY_CLOSED_ERROR_CODE,
        "4.3.1",
        end.moment,
        LATE_ENTRY_REMEDY,
        False,
        end.as_json(),
    )
    return (
        found
        if found.open
        else _closed_or_permitted_deadline(cell.lesson.find_open_late_permit(cell.student, GRADE, now), found)
    )


def _deadline_fixed_by_sheet(cell: CellState, now: datetime) -> EntryDeadline | None:
    sheet = cell.sheet
    if sheet is None:
        return None
    if sheet.closed:
        return EntryDeadline(False, "journal.mark.sheet_closed", "7.6", sheet.signed_or_closed_at)
    # An entry at the very moment of the signature may have been counted or not: it is refused and repeated.
    if cell.first_entered_at is None and now > sheet.grades_counted_until:
        return None
    return EntryDeadline(False, "journal.mark.sheet_signed", "4.4.3", sheet.signed_or_closed_at)


def lesson_editable_until(
    lesson: LessonState, last_entry: datetime | None, calendar: DeadlineCalendar
) -> datetime:
    """Return the last moment at which a teacher may still enter or correct something of the lesson without a
    permit.

    `last_entry` is the latest first entry of one of its cells, None when there is none: three calendar days
    run from it (4.4.1), as from the roll. A grade may be entered within five days (4.3.1), a roll that was
    not taken until its grace period is over (4.2.1). Permits are checked separately.
    """
    ends = [compute_deadline(calendar, GRADE_ENTRY_TERM_POLICY, lesson.starts_at).moment]
    if lesson.takes_roll and lesson.roll_taken_at is None:
        ends.append(
            compute_deadline(
                calendar,
                ENTRY_GRACE_POLICY,
                compute_deadline(calendar, ATTENDANCE_ENTRY_TERM_POLICY, lesson.ends_at).moment,
            ).moment
        )
    entries = [at for at in (last_entry, lesson.roll_taken_at) if at is not None]
    if entries:
        ends.append(compute_deadline(calendar, SELF_CORRECTION_POLICY, max(entries)).moment)
    return max(ends)


def attendance_entry_deadline(
    lesson: LessonState, calendar: DeadlineCalendar, now: datetime, student: UUID | None = None
) -> EntryDeadline:
    """Return the deadline for entering attendance: 24 hours from the end of the lesson, then, counted as
    late, the grace period, then, after an approved request, the permit (for the roll, or for the cell of this
    student)."""
    if lesson.closed_covering_sheet is not None:
        return EntryDeadline(
            False, "journal.mark.sheet_closed", "7.6", lesson.closed_covering_sheet.signed_or_closed_at
        )
    deadline = compute_deadline(calendar, ATTENDANCE_ENTRY_TERM_POLICY, lesson.ends_at)
    if now <= deadline.moment:
        return EntryDeadline(
            True,
            ENTRY_CLOSED_ERROR_CODE,
            "4.2.1",
            deadline.moment,
            LATE_ENTRY_REMEDY,
            False,
            deadline.as_json(),
        )
    grace = compute_deadline(calendar, ENTRY_GRACE_POLICY, deadline.moment)
    found = EntryDeadline(
        now <= grace.moment,
        ENTRY_CLOSED_ERROR_CODE,
        "4.2.1",
        grace.moment,
        LATE_ENTRY_REMEDY,
        True,
        grace.as_json(),
    )
    return (
        found
        if found.open
        else _closed_or_permitted_deadline(lesson.find_open_late_permit(student, ATTENDANCE, now), found)
    )


def _closed_or_permitted_deadline(permit: LatePermit | None, closed: EntryDeadline) -> EntryDeadline:
    """Return the deadline of a cell whose entry period is over: with a permit open until its end, and
    late."""
    if permit is None:
        return closed
    return EntryDeadline(
        True, closed.code, closed.clause, permit.closes_at, closed.remedy, True, permit.computation
    )
