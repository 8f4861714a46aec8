"""When a cell closes, by which clause, and how that was computed. Asks the terms, decides about nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.journal.rules.facts import ATTENDANCE, CellFacts, LessonFacts
from app.regulation.rules import Terms, until

ENTRY_TERM = "attendance.entry_term"
ENTRY_GRACE = "attendance.late_entry_grace"
GRADE_TERM = "grade.current_term"
SELF_WINDOW = "correction.self_window"

REMEDY = "late_correction"
"""The start on the menu that helps when a term is over (4.4.2)."""


@dataclass(frozen=True, slots=True)
class Closing:
    """Whether a cell is open now, and the moment that decides it.

    `at` is the last open moment, or the moment it closed; `code` words why it is closed; `late` says that the
    24 hours are over and an entry counts as late (4.2.1); `computation` is JSON for the page.
    """

    open: bool
    code: str
    clause: str
    at: datetime
    remedy: str | None = None
    late: bool = False
    computation: Mapping[str, Any] = field(default_factory=dict)


def closing_of(cell: CellFacts, terms: Terms, now: datetime) -> Closing:
    """The closing of one cell at `now`.

    A closed sheet comes before all (7.6), then an approved correction (4.4.2: only another one changes it), then, once
    entered, three calendar days from the first entry (4.4.1), else the term of entering (4.2.1, 4.3.1).
    """
    if cell.lesson.sheet is not None:
        return Closing(False, "journal.mark.sheet_closed", "7.6", cell.lesson.sheet.closed_at)
    if cell.corrected_at is not None:
        return Closing(False, "journal.mark.corrected_by_case", "4.4.2", cell.corrected_at, REMEDY)
    if cell.first_entered_at is not None:
        return _term(
            terms, SELF_WINDOW, cell.first_entered_at, now, "journal.mark.self_window_closed", "4.4.1"
        )
    if cell.kind == ATTENDANCE:
        return roll_closing(cell.lesson, terms, now)
    return _term(terms, GRADE_TERM, cell.lesson.starts_at, now, "journal.mark.entry_closed", "4.3.1")


def roll_closing(lesson: LessonFacts, terms: Terms, now: datetime) -> Closing:
    """The term of entering attendance: 24 hours from the end of the lesson, then, flagged as late, the grace."""
    if lesson.sheet is not None:
        return Closing(False, "journal.mark.sheet_closed", "7.6", lesson.sheet.closed_at)
    term = until(terms, ENTRY_TERM, lesson.ends_at)
    if now <= term.moment:
        return Closing(True, "journal.mark.entry_closed", "4.2.1", term.moment, REMEDY, False, term.as_json())
    grace = until(terms, ENTRY_GRACE, term.moment)
    still = now <= grace.moment
    return Closing(still, "journal.mark.entry_closed", "4.2.1", grace.moment, REMEDY, True, grace.as_json())


def _term(terms: Terms, policy: str, anchor: datetime, now: datetime, code: str, clause: str) -> Closing:
    end = until(terms, policy, anchor)
    return Closing(now <= end.moment, code, clause, end.moment, REMEDY, False, end.as_json())
