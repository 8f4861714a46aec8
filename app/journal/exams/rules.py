"""The exam timetable: which day of an exam may be set (4.3.3). Facts in, a decision out.

A final is entered on the exam day, so a day that has begun to matter stays: one that has passed, or that a signed sheet
rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.journal.courses.semester_dates import SemesterDates
from app.journal.semesters.rules import OFFICE
from app.kernel.act import Hat
from app.kernel.errors import Denied, DepterError, Invalid, Problem, Stale
from app.regulation.rules import Terms

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class ExamDay:
    """The day somebody wants for the exam of a journal (None: none yet), and the day he saw there."""

    offering: UUID
    day: date | None
    seen: date | None


@dataclass(frozen=True, slots=True)
class ExamFacts:
    """What is known of the exam of a journal: its day, the dates of its semester, the calendar of the department that
    examines, whether its final is signed."""

    exam_on: date | None
    dates: SemesterDates
    terms: Terms
    signed: bool


def field_of(offering: UUID) -> str:
    """The field in which the exam of a journal is typed."""
    return f"exam-{offering}"


def span_of_exams(dates: SemesterDates) -> tuple[date, date]:
    """The days on which exams are held: the session, or while that is not said the semester."""
    if dates.session_from and dates.session_until:
        return dates.session_from, dates.session_until
    return dates.starts_on, dates.ends_on


def fits_one_form(wanted: Sequence[ExamDay]) -> Invalid | None:
    """Whether these exams are set at once: each named once, and not too many."""
    if len({one.offering for one in wanted}) < len(wanted) or len(wanted) > MOST_AT_ONCE:
        return Invalid.field("exams", "journal.exam.too_many", most=MOST_AT_ONCE)
    return None


def may_set_exams(
    wanted: Sequence[ExamDay],
    known: Mapping[UUID, ExamFacts],
    roles: Iterable[Hat],
    today: date,
    reason: str,
) -> DepterError | None:
    """May these days be set? By the academic office; each within the session, on a working day, not in the past.

    All that is wrong is said at once, by field. A day that people were told already moves with a reason.
    """
    if not any(assignment.role == OFFICE for assignment in roles):
        return Denied("journal.exam.not_yours", clause="3.1")
    problems: dict[str, list[Problem]] = {}
    for one in wanted:
        state = known[one.offering]
        if one.day == state.exam_on:
            continue
        if one.seen != state.exam_on:
            now = state.exam_on.isoformat() if state.exam_on else None
            return Stale(
                "journal.exam.changed_meanwhile", current={"offering": str(one.offering), "day": now}
            )
        problem = _day_problem(one.day, state, today)
        if problem is not None:
            problems[field_of(one.offering)] = [problem]
    if (
        not problems
        and not reason.strip()
        and any(_is_announced_change(one, known[one.offering]) for one in wanted)
    ):
        problems["reason"] = [Problem("journal.exam.reason_needed")]
    return Invalid(problems) if problems else None


def _is_announced_change(one: ExamDay, state: ExamFacts) -> bool:
    return state.exam_on is not None and one.day != state.exam_on


def _day_problem(day: date | None, state: ExamFacts, today: date) -> Problem | None:
    if state.signed:
        return Problem("journal.exam.signed")
    if state.exam_on is not None and state.exam_on < today:
        return Problem("journal.exam.passed")
    if day is None:
        return None
    first, last = span_of_exams(state.dates)
    if not first <= day <= last:
        return Problem("journal.exam.outside", {"first": first, "last": last})
    if day < today:
        return Problem("journal.exam.passed")
    return Problem("journal.exam.day_off") if state.terms.day_off(day) is not None else None
