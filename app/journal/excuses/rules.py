"""Rules of excuses (4.2.2 - 4.2.4): submission, deadline, covered absences, revocation. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.journal.gradebook.cell_state import (
    ABSENT,
    EXCUSED,
    LESSON_STATES_WITHOUT_MARKS,
    PRESENT,
    SICK,
    CellState,
    TeachingPeriod,
    is_teacher_on_day,
)
from app.kernel.clock import local_day, local_noon_in_utc
from app.kernel.errors import Denied, DepterError, Invalid, Refused
from app.regulation.rules import Deadline, DeadlineCalendar, compute_deadline

EXCUSE_SUBMIT_DEADLINE_POLICY = "excuse.submit_term"
EXCUSE_WRITER_POLICY = "excuse.writer"
WRITTEN_BY_TEACHER = "TEACHER_AFTER_CONFIRMATION"
MEDICAL_GROUND = "medical"
EXCUSE_GROUNDS = (MEDICAL_GROUND, "event", "trip", "other")
MAX_EXCUSE_PERIOD_DAYS = 200
"""Maximum length of the period in days: no document covers more than a semester."""
MAX_EXCUSE_AGE_DAYS = 365
"""Maximum age of the period in days: an excuse is for the present academic year."""

MIN_REFUSAL_REASON_LENGTH, MAX_REFUSAL_REASON_LENGTH = 5, 300
"""Length in characters of the reason why a lesson is not confirmed."""

CONFIRMED_ALL, CONFIRMED_PART = "confirmed_all", "confirmed_part"
REVOKED, ENTERED = "revoked", "entered"

LESSON_COVERED, LESSON_WITHOUT_MARK, LESSON_ATTENDED, ABSENCE_HAS_REASON, UNDER_CLOSED_SHEET = (
    "covered",
    "expected",
    "present",
    "has_reason",
    "sheet",
)
EXCUSE_PERIOD_LESSON_STATES = (
    LESSON_COVERED,
    LESSON_WITHOUT_MARK,
    LESSON_ATTENDED,
    ABSENCE_HAS_REASON,
    UNDER_CLOSED_SHEET,
)
"""States of a lesson in the period: an absence that gets the reason, a lesson without a mark yet, a
present student, an absence that has a reason, and a closed sheet that only a protocol changes (7.6)."""


@dataclass(frozen=True, slots=True)
class ExcuseInput:
    """Rule input of a submission. `returned_on` is the first day of study after
    the absence, None while it lasts."""

    students: tuple[UUID, ...]
    starts_on: date
    ends_on: date
    ground: str
    document_date: date
    returned_on: date | None
    files: int
    note: str


def refusal_to_submit_excuse(
    excuse: ExcuseInput, lessons: int, computed_return: date | None, calendar: DeadlineCalendar, now: datetime
) -> DepterError | None:
    """Return None if this excuse may be submitted at `now` (4.2.3), else the refusal.

    A document is always required. A late submission, or another day of return than the journal shows, needs
    an explanation; the directorate decides about both. The excuse covers at least one lesson (`lessons`).
    """
    problem = _ground_or_dates_refusal(excuse, now)
    if problem is not None:
        return problem
    if not excuse.files:
        return Invalid.field("files", "journal.excuse.document_needed")
    if not lessons:
        return Refused("journal.excuse.covers_nothing")
    other_day = excuse.returned_on is not None and excuse.returned_on != computed_return
    due = excuse_submit_deadline(excuse.returned_on or computed_return, calendar)
    if not excuse.note.strip() and other_day:
        return Invalid.field("note", "journal.excuse.return_day_differs")
    if not excuse.note.strip() and due is not None and now > due.moment:
        return Invalid.field("note", "journal.excuse.late_needs_words", at=due.moment)
    return None


def _ground_or_dates_refusal(excuse: ExcuseInput, now: datetime) -> DepterError | None:
    """Check ground, length, age, document date and day of return."""
    today = local_day(now)
    if excuse.ground not in EXCUSE_GROUNDS:
        return Invalid.field("ground", "forms.field.not_offered")
    if (excuse.ends_on - excuse.starts_on).days >= MAX_EXCUSE_PERIOD_DAYS:
        return Invalid.field("period", "journal.excuse.too_long", most=MAX_EXCUSE_PERIOD_DAYS)
    if (today - excuse.starts_on).days > MAX_EXCUSE_AGE_DAYS:
        return Invalid.field("period", "journal.excuse.too_old")
    if excuse.document_date > today:
        return Invalid.field("document_date", "journal.excuse.document_from_tomorrow")
    if excuse.returned_on is not None and excuse.returned_on <= excuse.ends_on:
        return Invalid.field("returned_on", "journal.excuse.returned_before_end")
    return None


def excuse_submit_deadline(returned_on: date | None, calendar: DeadlineCalendar) -> Deadline | None:
    """Return the deadline of submission: three working days of the directorate
    from the day of return (4.2.3).

    None while the student has not returned.
    """
    if returned_on is None:
        return None
    return compute_deadline(calendar, EXCUSE_SUBMIT_DEADLINE_POLICY, local_noon_in_utc(returned_on))


def absence_reason_of_ground(ground: str) -> str:
    """Return the reason of a ground: SICK for a medical document, EXCUSED for every
    other one (annex 2, items 3 and 4)."""
    return SICK if ground == MEDICAL_GROUND else EXCUSED


def state_of_attendance_in_excuse_period(cell: CellState) -> str | None:
    """Return the state of an attendance cell in the period, one of `EXCUSE_PERIOD_LESSON_STATES`;
    None where nothing can be excused."""
    if not cell.applicable or not cell.lesson.takes_roll or cell.lesson.state in LESSON_STATES_WITHOUT_MARKS:
        return None
    if cell.value is None:
        return LESSON_WITHOUT_MARK
    if cell.value == PRESENT:
        return LESSON_ATTENDED
    if cell.lesson.closed_covering_sheet is not None:
        return UNDER_CLOSED_SHEET
    return LESSON_COVERED if cell.reason is None else ABSENCE_HAS_REASON


def refusal_to_narrow_excuse(places: Collection[str], reasons: Mapping[str, str]) -> DepterError | None:
    """Return None if the excuse may be confirmed without the lessons that `reasons` names, else Invalid (4.2.4).

    To leave out every lesson would be a rejection and is recorded as one; each lesson left out has its reason.
    """
    if set(places) <= set(reasons):
        return Invalid.field("absences", "journal.excuse.nothing_left")
    return refusal_of_reasons_for_lessons(reasons)


def refusal_of_reasons_for_lessons(reasons: Mapping[str, str]) -> DepterError | None:
    """Return None if each reason, by the place that it refuses, has a length that is allowed, else Invalid."""
    for reason in reasons.values():
        if len(reason.strip()) < MIN_REFUSAL_REASON_LENGTH:
            return Invalid.field(
                "absences", "journal.excuse.refusal_needs_reason", least=MIN_REFUSAL_REASON_LENGTH
            )
        if len(reason) > MAX_REFUSAL_REASON_LENGTH:
            return Invalid.field("absences", "forms.field.too_long", max=MAX_REFUSAL_REASON_LENGTH)
    return None


def refusal_to_enter_excuse_status(
    revoked: bool, teachers: Sequence[TeachingPeriod], persons: frozenset[UUID], now: datetime
) -> DepterError | None:
    """Return None if one of `persons` may enter the confirmed status (4.2.2), else the refusal.

    Only a teacher of the journal, and only while the confirmation is not revoked.
    """
    if not is_teacher_on_day(teachers, persons, local_day(now)):
        return Denied("journal.excuse.not_your_journal", clause="4.2.2")
    if revoked:
        return Refused("journal.excuse.revoked")
    return None


def refusal_to_request_excuse_revocation(
    revoked: bool, chosen: Collection[UUID], revocable: Collection[UUID]
) -> DepterError | None:
    """Return None if revocation may be requested (P26), else the refusal.

    Not once the confirmation is revoked. `chosen` are the lessons in doubt, none for all of them; `revocable`
    those whose reason rests on this confirmation.
    """
    if revoked:
        return Refused("journal.excuse.revoked")
    if not set(chosen) <= set(revocable):
        return Invalid.field("excused", "journal.excuse.other_lesson")
    return None


def is_excuse_reason_to_be_written(cell: CellState) -> bool:
    """Return whether a confirmation writes its reason here: an absence without one,
    made up or not (cross-cutting 7)."""
    return cell.value == ABSENT and state_of_attendance_in_excuse_period(cell) == LESSON_COVERED
