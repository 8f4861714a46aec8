"""The entry days of an existing sheet: a draft follows the academic calendar (4.3.2, 4.3.3), a past or signed
one does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.journal.grade_sheets.rules import SemesterWeeks, entry_span
from app.journal.grading.sheet_states import DRAFT


@dataclass(frozen=True, slots=True)
class EntryDays:
    """The days on which a sheet is entered, both included, and the last day of the lessons it covers."""

    enter_from: date | None
    enter_until: date | None
    covers_until: date


def current_entry_days(
    kind: str, state: str, present: EntryDays, weeks: SemesterWeeks, today: date
) -> EntryDays:
    """Return the days an existing sheet has by these weeks of the calendar.

    A signed sheet keeps its own, and so does one whose days are over: late lines have their permit (P21). No
    sheet is moved into the past, and none loses its days because the calendar has none. What a signature has
    cut (the last day of lessons it covers) stays cut when the sheet is returned.
    """
    span = entry_span(kind, weeks)
    if state != DRAFT or span is None or span[1] < today:
        return present
    if present.enter_until is not None and present.enter_until < today:
        return present
    covers = span[1] if present.covers_until == present.enter_until else present.covers_until
    return EntryDays(span[0], span[1], covers)
