"""Rules of the exam timetable: which exam day may be set (4.3.3). Pure functions.

A final sheet is entered on the exam day, so a day that has passed or on which a signed sheet rests is fixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.journal.courses.semester_dates import SemesterDates
from app.journal.semesters.rules import ACADEMIC_OFFICE_ROLE
from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, DepterError, FieldProblem, Invalid, Stale
from app.regulation.rules import DeadlineCalendar

MAX_EXAMS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class SubmittedExamDay:
    """The submitted day of an exam (None: clear it) and the day the form showed."""

    offering: UUID
    day: date | None
    seen: date | None


@dataclass(frozen=True, slots=True)
class ExamRuleInput:
    """Rule input of an exam: its day, the dates of its semester, the calendar of the examining
    department, final signed or not."""

    exam_on: date | None
    dates: SemesterDates
    deadline_calendar: DeadlineCalendar
    is_final_signed: bool


def exam_form_field_name(offering: UUID) -> str:
    """Return the form field of the exam of a journal."""
    return f"exam-{offering}"


def exam_period(dates: SemesterDates) -> tuple[date, date]:
    """Return the first and last day of exams: of the session, or of the semester while no session is set."""
    if dates.session_from and dates.session_until:
        return dates.session_from, dates.session_until
    return dates.starts_on, dates.ends_on


def exam_day_list_error(wanted: Sequence[SubmittedExamDay]) -> Invalid | None:
    """Return None if each journal occurs once and there are not too many, else Invalid."""
    if len({one.offering for one in wanted}) < len(wanted) or len(wanted) > MAX_EXAMS_AT_ONCE:
        return Invalid.field("exams", "journal.exam.too_many", most=MAX_EXAMS_AT_ONCE)
    return None


def refusal_to_set_exam_days(
    wanted: Sequence[SubmittedExamDay],
    known: Mapping[UUID, ExamRuleInput],
    roles: Iterable[RoleAssignment],
    today: date,
    reason: str,
) -> DepterError | None:
    """Return None if the academic office may set these days, else the refusal.

    Each day lies within the session, on a working day, not in the past. All problems are returned at once, by
    field. Changing a day that was published needs a reason.
    """
    if not any(assignment.role == ACADEMIC_OFFICE_ROLE for assignment in roles):
        return Denied("journal.exam.not_yours")
    problems: dict[str, list[FieldProblem]] = {}
    for one in wanted:
        state = known[one.offering]
        if one.day == state.exam_on:
            continue
        if one.seen != state.exam_on:
            now = state.exam_on.isoformat() if state.exam_on else None
            return Stale(
                "journal.exam.changed_meanwhile", current={"offering": str(one.offering), "day": now}
            )
        problem = _exam_day_problem(one.day, state, today)
        if problem is not None:
            problems[exam_form_field_name(one.offering)] = [problem]
    if (
        not problems
        and not reason.strip()
        and any(_is_published_day_change(one, known[one.offering]) for one in wanted)
    ):
        problems["reason"] = [FieldProblem("journal.exam.reason_needed")]
    return Invalid(problems) if problems else None


def _is_published_day_change(one: SubmittedExamDay, state: ExamRuleInput) -> bool:
    """Return whether a published day would change."""
    return state.exam_on is not None and one.day != state.exam_on


def _exam_day_problem(day: date | None, state: ExamRuleInput, today: date) -> FieldProblem | None:
    """Return the problem of setting this exam to `day`; None if there is none."""
    if state.is_final_signed:
        return FieldProblem("journal.exam.signed")
    if state.exam_on is not None and state.exam_on < today:
        return FieldProblem("journal.exam.passed")
    if day is None:
        return None
    first, last = exam_period(state.dates)
    if not first <= day <= last:
        return FieldProblem("journal.exam.outside", {"first": first, "last": last})
    if day < today:
        return FieldProblem("journal.exam.passed")
    return (
        FieldProblem("journal.exam.day_off")
        if state.deadline_calendar.day_off_reason(day) is not None
        else None
    )
