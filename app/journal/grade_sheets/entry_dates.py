"""Rules of entry days: the academic calendar opens sheets (4.3.2, 4.3.3); a draft follows its changes, a past or
signed sheet does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.journal.grading.rating import (
    FINAL,
    MODULE1,
    MODULE2,
)
from app.journal.grading.sheet_states import DRAFT


@dataclass(frozen=True, slots=True)
class EntryDays:
    """The days on which a sheet is entered, both included, and the last day of the lessons it covers."""

    enter_from: date | None
    enter_until: date | None
    covers_until: date


def entry_days_after_calendar_change(
    kind: str, state: str, present: EntryDays, weeks: AssessmentPeriods, today: date
) -> EntryDays:
    """Return the days an existing sheet has by these weeks of the calendar.

    A signed sheet keeps its own, and so does one whose days are over: late lines have their permit (P21). No
    sheet is moved into the past, and none loses its days because the calendar has none. What a signature has
    cut (the last day of lessons it covers) stays cut when the sheet is returned.
    """
    span = entry_period_of_sheet_kind(kind, weeks)
    if state != DRAFT or span is None or span[1] < today:
        return present
    if present.enter_until is not None and present.enter_until < today:
        return present
    covers = span[1] if present.covers_until == present.enter_until else present.covers_until
    return EntryDays(span[0], span[1], covers)


@dataclass(frozen=True, slots=True)
class AssessmentPeriods:
    """The academic calendar of an offering: module weeks, session, exam; None where it has no days."""

    module1: tuple[date, date] | None
    module2: tuple[date, date] | None
    session: tuple[date, date] | None
    exam_on: date | None


def entry_period_of_sheet_kind(kind: str, weeks: AssessmentPeriods) -> tuple[date, date] | None:
    """Return the days on which a kind is entered: the module week (4.3.2), the exam day or the session
    (4.3.3)."""
    if kind == MODULE1:
        return weeks.module1
    if kind == MODULE2:
        return weeks.module2
    return (weeks.exam_on, weeks.exam_on) if weeks.exam_on else weeks.session


def due_sheet_kinds(weeks: AssessmentPeriods, existing: Sequence[str], today: date) -> list[str]:
    """Return the sheets to be created today: each from the first day of its entry period, a final from the
    session's."""
    due = []
    for kind in (MODULE1, MODULE2, FINAL):
        spans = (entry_period_of_sheet_kind(kind, weeks), weeks.session if kind == FINAL else None)
        first = min((span[0] for span in spans if span), default=None)
        if kind not in existing and first and first <= today:
            due.append(kind)
    return due
