"""Rules of the takeover of a running semester: who confirms, which days, which cells and results. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.journal.courses.state_rules import DRAFT, OPEN
from app.journal.gradebook.cell_state import (
    ABSENT,
    ATTENDANCE,
    LESSON_STATES_WITHOUT_MARKS,
    NOT_RECORDED,
    CellState,
    attendance_status,
)
from app.kernel.errors import FieldProblem, Invalid, Refused

MAX_DOCUMENT_LENGTH = 100
STATES_BEFORE_SUBMISSION = frozenset({DRAFT, OPEN})
MADE_UP_OR_EXCUSED = frozenset({"EXCUSED", "SICK", "MADE_UP"})


EARLIER = "EARLIER"
"""The kind of an act that brings results of earlier semesters; any other is of one semester."""


@dataclass(frozen=True, slots=True)
class PaperAct:
    """An act on paper: its number and day, and who signed it."""

    number: str
    day: date
    signed_by: str


@dataclass(frozen=True, slots=True)
class TakeoverDocument:
    """The act on paper: its number and day, who signed it, and the days of lessons that it covers, both included."""

    number: str
    day: date
    signed_by: str
    first: date
    last: date


def paper_act_problems(paper: PaperAct, today: date) -> dict[str, list[FieldProblem]]:
    """Return the problems of an act on paper by field: it is filled in and not of the future."""
    problems: dict[str, list[FieldProblem]] = {}
    for field, text in (("number", paper.number), ("signed_by", paper.signed_by)):
        if not text:
            problems[field] = [FieldProblem("forms.field.required")]
        elif len(text) > MAX_DOCUMENT_LENGTH:
            problems[field] = [FieldProblem("forms.field.too_long", {"max": MAX_DOCUMENT_LENGTH})]
    if paper.day > today:
        problems["document_date"] = [FieldProblem("journal.takeover.document_ahead")]
    return problems


def document_problems(
    document: TakeoverDocument, semester_first: date, semester_last: date, today: date
) -> Invalid | None:
    """Return the problems of a document by field, None without any: it is filled in, not of the future, and covers
    days of its semester up to today."""
    problems = paper_act_problems(PaperAct(document.number, document.day, document.signed_by), today)
    if not semester_first <= document.first <= semester_last:
        problems["first"] = [_outside_semester(semester_first, semester_last)]
    if document.last > min(today, semester_last):
        problems["last"] = [
            FieldProblem("journal.takeover.last_day_ahead", {"at": min(today, semester_last)})
        ]
    elif document.last < document.first:
        problems["last"] = [FieldProblem("journal.takeover.days_backwards")]
    return Invalid(problems) if problems else None


def _outside_semester(first: date, last: date) -> FieldProblem:
    return FieldProblem("journal.takeover.outside_semester", {"from": first, "until": last})


def refusal_to_confirm_takeover(
    senders: Collection[UUID | None], confirming: Collection[UUID | None]
) -> Refused | None:
    """Return None when nobody of those who sent the act confirms it, on either side of a substitution."""
    same = {one for one in senders if one} & {one for one in confirming if one}
    return Refused("journal.takeover.second_person") if same else None


def taken_value(kind: str, word: str) -> str:
    """Return what a cell stores for a status of annex 2 or for points: an absence keeps its status beside it."""
    return ABSENT if kind == ATTENDANCE and word in MADE_UP_OR_EXCUSED else word


def is_taken_already(cell: CellState, word: str) -> bool:
    """Return whether a cell holds this status or these points."""
    return (attendance_status(cell) if cell.kind == ATTENDANCE else cell.value) == word


def problem_of_taken_cell(
    cell: CellState, first: date, last: date, now: datetime, ends_on: date | None, journal_state: str
) -> str | None:
    """Return the code of why a mark is not taken over into this cell, None when it may be.

    The lesson lies within the days of the act, has begun, is held and takes such a mark; the student belonged to the
    group (2.1b); no sheet fixes the cell (4.4.3, 7.6); the journal has not ended and was not submitted (1.5.1): before
    it is opened it takes marks by such an act too; nothing was entered before.
    """
    lesson = cell.lesson
    if not first <= lesson.day <= last:
        return "outside_days"
    if lesson.starts_at > now:
        return "not_begun"
    if lesson.state in LESSON_STATES_WITHOUT_MARKS:
        return "not_held"
    if ends_on is not None and lesson.day > ends_on:
        return "journal_ended"
    if journal_state not in STATES_BEFORE_SUBMISSION:
        return "journal_submitted"
    if not cell.applicable:
        return "not_enrolled"
    if cell.kind == ATTENDANCE and not lesson.takes_roll:
        return "no_roll"
    if lesson.sheet is not None:
        return "sheet_fixed"
    was_entered = cell.version > 0 or (cell.kind == ATTENDANCE and attendance_status(cell) != NOT_RECORDED)
    return "has_value" if was_entered else None


def problem_of_taken_result(
    points: Decimal, most: int, *, belonged: bool, has_result: bool, sheet_begun: bool
) -> str | None:
    """Return the code of why the result of a module is not taken over, None when it may be: points of the scheme, for a
    student of the group on the last day of the module, into a sheet that nobody has begun."""
    if not 0 <= points <= most:
        return "points_out_of_range"
    if not belonged:
        return "not_enrolled_in_module"
    if has_result:
        return "has_result"
    return "sheet_begun" if sheet_begun else None
