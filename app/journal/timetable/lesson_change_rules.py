"""Rules of changes of single lessons: what may be added, cancelled, moved or given to another teacher, and what such a
change moves. Pure.

A lesson that has begun is changed only by somebody who has seen what the change moves: marks that were recorded, the
deadline of the roll, make-up work, open cases. A lesson with marks is never cancelled: its marks would disappear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.journal.courses.semester_dates import SemesterDates
from app.journal.gradebook.cell_state import LESSON_STATES_WITHOUT_MARKS, LessonState, TeachingPeriod
from app.journal.timetable.lesson_plan import StudyDays
from app.journal.timetable.rules import MAX_ROOM_LENGTH, lesson_times_problem, room_key
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day, local_time
from app.kernel.errors import DepterError, FieldProblem, Invalid, Refused

MAX_REASON_LENGTH = 500
TOLD_AHEAD = timedelta(days=7)
"""Changes of lessons within this time are told to teacher and students."""


@dataclass(frozen=True, slots=True)
class TimedLesson:
    """A lesson at its moment, for conflicts. `stream` is that of its pattern; `teacher` None: any of the journal."""

    id: UUID
    group: UUID
    teacher: UUID | None
    room: str
    starts_at: datetime
    ends_at: datetime
    stream: UUID | None


@dataclass(frozen=True, slots=True)
class LessonConsequences:
    """What depends on a lesson: recorded marks, make-up work about it, open cases, and the end of entering its roll
    before and after the change (None: the change leaves it, or the roll is taken)."""

    marks: int
    makeups: int
    cases: tuple[str, ...]
    roll_taken: bool
    deadline_before: datetime | None
    deadline_after: datetime | None

    @property
    def digest(self) -> str:
        """Return a digest by which a form proves which consequences it showed."""
        shown = asdict(self) | {
            "cases": list(self.cases),
            "deadline_before": self.deadline_before.isoformat() if self.deadline_before else None,
            "deadline_after": self.deadline_after.isoformat() if self.deadline_after else None,
        }
        return canonical_sha256(shown)[:16]


def refusal_to_change_lesson(lesson: LessonState) -> DepterError | None:
    """Return None when this lesson may be changed at all: it takes place, and no signed or closed sheet covers it."""
    if lesson.state in LESSON_STATES_WITHOUT_MARKS:
        return Refused("journal.lesson.is_cancelled")
    if lesson.sheet is not None:
        clause = "7.6" if lesson.sheet.closed else "4.4.3"
        return Refused("journal.lesson.sheet_stands", clause=clause, at=lesson.sheet.signed_or_closed_at)
    return None


def refusal_to_cancel_lesson(lesson: LessonState, marks: int, reason: str) -> DepterError | None:
    """Return None when this lesson may be cancelled: it has neither marks nor a roll, and the reason is given."""
    refusal = refusal_to_change_lesson(lesson)
    if refusal is not None:
        return refusal
    if marks or lesson.roll_taken_at is not None:
        return Refused("journal.lesson.has_marks", count=marks)
    return reason_problem(reason, needed=True)


def reason_problem(reason: str, *, needed: bool) -> Invalid | None:
    """Return the problem of the reason of a change; None when it is given where it is needed, and not too long."""
    if needed and not reason.strip():
        return Invalid.field("reason", "forms.field.required")
    if len(reason) > MAX_REASON_LENGTH:
        return Invalid.field("reason", "forms.field.too_long", max=MAX_REASON_LENGTH)
    return None


def lesson_time_problems(
    starts_at: datetime,
    ends_at: datetime,
    room: str,
    days: StudyDays,
    now: datetime,
    *,
    has_begun: bool,
    roll_taken: bool,
) -> Invalid | None:
    """Return the problems of the new place of a lesson by field, None without any.

    It lies on a working day of the semester, outside the session. A lesson to come is not put into the past, where
    its roll would be late at once, and one whose roll is taken is not put into the future.
    """
    day, problems = local_day(starts_at), {}
    begins, ends = (local_time(at).time().replace(tzinfo=None) for at in (starts_at, ends_at))
    times = lesson_times_problem(begins, ends)
    if times is not None:
        problems["starts_at"] = [times]
    if len(room) > MAX_ROOM_LENGTH:
        problems["room"] = [FieldProblem("forms.field.too_long", {"max": MAX_ROOM_LENGTH})]
    problem = _day_problem(day, days)
    if problem is None and not has_begun and starts_at < now:
        problem = FieldProblem("journal.lesson.into_the_past")
    if problem is None and roll_taken and starts_at > now:
        problem = FieldProblem("journal.lesson.was_held")
    if problem is not None:
        problems["day"] = [problem]
    return Invalid(problems) if problems else None


def _day_problem(day: date, days: StudyDays) -> FieldProblem | None:
    """Return why a lesson cannot be on this day; a module week is no reason against a single lesson."""
    dates: SemesterDates = days.dates
    if not dates.starts_on <= day <= dates.ends_on:
        return FieldProblem("journal.semester.outside")
    reason = days.skip_reason(day)
    if reason is None or reason[0] == "module_week":
        return None
    return FieldProblem(f"journal.lesson.on_{reason[0]}")


def find_lesson_conflicts(
    lesson: TimedLesson, others: Sequence[TimedLesson]
) -> list[tuple[str, TimedLesson]]:
    """Return (`group`, `teacher` or `room`, other lesson) for each that is in two places at once."""
    found = []
    for other in others:
        if other.id == lesson.id or other.ends_at <= lesson.starts_at or lesson.ends_at <= other.starts_at:
            continue
        one_stream = lesson.stream is not None and lesson.stream == other.stream
        if other.group == lesson.group:
            found.append(("group", other))
        if lesson.teacher is not None and lesson.teacher == other.teacher and not one_stream:
            found.append(("teacher", other))
        if room_key(lesson.room) == room_key(other.room) != "" and not one_stream:
            found.append(("room", other))
    return found


def substitution_problems(
    person: UUID, first: date, last: date, dates: SemesterDates, today: date, parts: Sequence[TeachingPeriod]
) -> Invalid | None:
    """Return the problems of naming a substitute for these days by field, None without any.

    The days lie in the semester and are not over; a teacher of the journal on all of these days needs no such part.
    """
    if not dates.starts_on <= first <= dates.ends_on:
        return Invalid.field("first", "journal.semester.outside")
    if last < first:
        return Invalid.field("last", "people.period.backwards")
    if last > dates.ends_on:
        return Invalid.field("last", "journal.semester.outside")
    if last < today:
        return Invalid.field("last", "journal.lesson.days_over")
    own = [part for part in parts if part.person == person and part.part != "SUBSTITUTE"]
    if any(part.covers(first) and part.covers(last) for part in own):
        return Invalid.field("substitute", "journal.lesson.teaches_already")
    return None


def is_change_told(now: datetime, *moments: datetime) -> bool:
    """Return whether a lesson at one of these moments is near enough for teacher and students to be told."""
    return any(now - timedelta(days=1) <= moment <= now + TOLD_AHEAD for moment in moments)
