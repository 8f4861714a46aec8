"""Rules of the weekly timetable: on which days a pattern gives a lesson, who is in two places at once. Pure.

Weeks are counted from the Monday of the semester's first week: that week is 1, so it is odd.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

from app.journal.courses.semester_dates import SemesterDates
from app.journal.gradebook.cell_state import LESSON_TYPES, TeachingPeriod
from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, FieldProblem, Invalid, Refused
from app.people.rules import PermissionScope, is_permitted

EVERY_WEEK, ODD_WEEKS, EVEN_WEEKS = "EVERY", "ODD", "EVEN"
WEEK_CHOICES = (EVERY_WEEK, ODD_WEEKS, EVEN_WEEKS)
GROUP_BUSY, TEACHER_BUSY, ROOM_BUSY = "group", "teacher", "room"
MAX_ROOM_LENGTH = 60
MAX_PERIODS = 12
MIN_LESSON_MINUTES, MAX_LESSON_MINUTES = 20, 480
MAX_LESSON_HOURS = 8
MAX_PLANNED_HOURS = 1000
_WRITTEN_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?::\d{2})?", re.ASCII)
MAX_PATTERNS = 40
"""Maximum number of weekly lessons of one journal."""


@dataclass(frozen=True, slots=True)
class BellTimes:
    """The times of one period of the bell schedule."""

    number: int
    starts_at: time
    ends_at: time


@dataclass(frozen=True, slots=True)
class WeeklyLesson:
    """A weekly pattern with all that its lessons need. `first` and `last` day are both included; `week_one` is the
    first day of its semester; `stream` is the same for patterns that are one lesson given to several groups."""

    id: UUID
    offering: UUID
    group: UUID
    weekday: int
    weeks: str
    starts_at: time
    ends_at: time
    type: str
    teacher: UUID
    room: str
    hours: int
    first: date
    last: date
    week_one: date
    stream: UUID | None = None


@dataclass(frozen=True, slots=True)
class TimetableConflict:
    """What `other` occupies at the same time (`kind`: group, teacher or room), first on `day`."""

    kind: str
    other: WeeklyLesson
    day: date


def semester_week_number(week_one: date, day: date) -> int:
    """Return the number of the week of a day, from 1; `week_one` is the first day of the semester."""
    first_monday = week_one - timedelta(days=week_one.weekday())
    return (day - first_monday).days // 7 + 1


def is_pattern_week(weeks: str, number: int) -> bool:
    """Return whether a pattern has a lesson in the week of this number."""
    return weeks == EVERY_WEEK or (number % 2 == 1) == (weeks == ODD_WEEKS)


def iterate_pattern_days(pattern: WeeklyLesson) -> Iterator[date]:
    """Yield the days of a pattern in order, days off included."""
    day = pattern.first + timedelta(days=(pattern.weekday - pattern.first.isoweekday()) % 7)
    while day <= pattern.last:
        if is_pattern_week(pattern.weeks, semester_week_number(pattern.week_one, day)):
            yield day
        day += timedelta(days=7)


def find_pattern_conflicts(pattern: WeeklyLesson, others: Iterable[WeeklyLesson]) -> list[TimetableConflict]:
    """Return who or what would be in two places at once: the group, the teacher, the room.

    Lessons of one stream share their teacher and their room; a room without a name is no room.
    """
    found = []
    for other in others:
        kinds = _shared_resources(pattern, other)
        day = _find_first_common_day(pattern, other) if kinds else None
        if day is not None:
            found += [TimetableConflict(kind, other, day) for kind in kinds]
    return found


def can_be_one_stream(pattern: WeeklyLesson, other: WeeklyLesson) -> bool:
    """Return whether two patterns could be one lesson for two groups: same teacher, room, weekday, times, type."""
    return (
        pattern.group != other.group
        and bool(room_key(pattern.room))
        and _stream_key(pattern) == _stream_key(other)
    )


def room_key(room: str) -> str:
    """Return a room as it is compared: without case and spaces; "" for none."""
    return "".join(room.split()).casefold()


def _stream_key(pattern: WeeklyLesson) -> tuple[object, ...]:
    return (
        pattern.teacher,
        room_key(pattern.room),
        pattern.weekday,
        pattern.weeks,
        pattern.starts_at,
        pattern.ends_at,
        pattern.type,
    )


def _shared_resources(pattern: WeeklyLesson, other: WeeklyLesson) -> list[str]:
    """Return what two patterns share at overlapping times of one weekday; nothing for the same pattern."""
    apart = pattern.ends_at <= other.starts_at or other.ends_at <= pattern.starts_at
    if pattern.id == other.id or pattern.weekday != other.weekday or apart:
        return []
    one_stream = pattern.stream is not None and pattern.stream == other.stream
    same_room = room_key(pattern.room) == room_key(other.room) != ""
    shared = {
        GROUP_BUSY: pattern.group == other.group,
        TEACHER_BUSY: pattern.teacher == other.teacher and not one_stream,
        ROOM_BUSY: same_room and not one_stream,
    }
    return [kind for kind, both in shared.items() if both]


def _find_first_common_day(pattern: WeeklyLesson, other: WeeklyLesson) -> date | None:
    """Return the first day on which both have a lesson; None when they never meet."""
    days = set(iterate_pattern_days(other))
    return next((day for day in iterate_pattern_days(pattern) if day in days), None)


def refusal_to_arrange_timetable(assignments: Iterable[RoleAssignment], *units: UUID) -> Denied | None:
    """Return None when one of the roles may change the timetable of groups of a unit, else the refusal. `units` are
    the unit, or the unit with those above it; none for the whole university.

    The academic office arranges every timetable, a directorate that of the groups of its institute.
    """
    if is_permitted(assignments, "timetable.manage", PermissionScope(units=frozenset(units))):
        return None
    return Denied("journal.timetable.not_yours")


def generation_day_problem(since: date, dates: SemesterDates) -> Invalid | None:
    """Return the problem of the first day from which lessons are generated; None when it lies in the semester."""
    if dates.starts_on <= since <= dates.ends_on:
        return None
    return Invalid.field("since", "journal.semester.outside")


def pattern_value_problems(
    pattern: WeeklyLesson, dates: SemesterDates, teachers: Sequence[TeachingPeriod]
) -> Invalid | None:
    """Return the problems of the values of a pattern by field, None without any.

    Its days lie in the semester, its times on one day, and its teacher teaches the journal on all of its days.
    """
    problems: dict[str, FieldProblem] = {}
    if pattern.weekday not in range(1, 8):
        problems["weekday"] = FieldProblem("forms.field.not_offered")
    if pattern.weeks not in WEEK_CHOICES:
        problems["weeks"] = FieldProblem("forms.field.not_offered")
    if pattern.type not in LESSON_TYPES:
        problems["type"] = FieldProblem("journal.lesson.unknown_type")
    if not 1 <= pattern.hours <= MAX_LESSON_HOURS:
        problems["hours"] = FieldProblem("journal.lesson.hours", {"min": 1, "max": MAX_LESSON_HOURS})
    if len(pattern.room) > MAX_ROOM_LENGTH:
        problems["room"] = FieldProblem("forms.field.too_long", {"max": MAX_ROOM_LENGTH})
    times = lesson_times_problem(pattern.starts_at, pattern.ends_at)
    if times is not None:
        problems["starts_at"] = times
    if not dates.starts_on <= pattern.first <= dates.ends_on:
        problems["from"] = FieldProblem("journal.semester.outside")
    if not dates.starts_on <= pattern.last <= dates.ends_on:
        problems["until"] = FieldProblem("journal.semester.outside")
    elif pattern.last < pattern.first:
        problems["until"] = FieldProblem("people.period.backwards")
    if not problems:
        missing = _first_day_without_teacher(pattern, teachers)
        if missing is not None:
            problems["teacher"] = FieldProblem("journal.timetable.not_teaching", {"day": missing})
    return Invalid({key: [problem] for key, problem in problems.items()}) if problems else None


def _first_day_without_teacher(pattern: WeeklyLesson, teachers: Sequence[TeachingPeriod]) -> date | None:
    """Return the first lesson day on which the person has no part in the journal; None when there is none."""
    parts = [part for part in teachers if part.person == pattern.teacher]
    days = list(iterate_pattern_days(pattern)) or [pattern.first]
    return next((day for day in days if not any(part.covers(day) for part in parts)), None)


def read_typed_time(text: str) -> time | None:
    """Return the time of day that a person typed: 08:30, 8:30, 8.30 or 08:30:00; None for anything else."""
    written = _WRITTEN_TIME.fullmatch(text.strip())
    if written is None or int(written[1]) > 23 or int(written[2]) > 59:
        return None
    return time(int(written[1]), int(written[2]))


def lesson_times_problem(starts_at: time, ends_at: time) -> FieldProblem | None:
    """Return the problem of the times of a lesson; None when they are in order and of a possible length."""
    minutes = ends_at.hour * 60 + ends_at.minute - starts_at.hour * 60 - starts_at.minute
    if minutes <= 0:
        return FieldProblem("journal.timetable.times_backwards")
    if not MIN_LESSON_MINUTES <= minutes <= MAX_LESSON_MINUTES:
        limits = {"min": MIN_LESSON_MINUTES, "max": MAX_LESSON_MINUTES}
        return FieldProblem("journal.timetable.lesson_length", limits)
    return None


def bell_schedule_problems(periods: Sequence[BellTimes], used: Iterable[int]) -> Invalid | None:
    """Return the problems of a bell schedule by field `period-<number>`, None without any.

    Periods have different numbers, follow each other, do not overlap, and a period that patterns use stays.
    """
    problems: dict[str, list[FieldProblem]] = {}
    before: BellTimes | None = None
    for period in sorted(periods, key=lambda one: one.number):
        problem = lesson_times_problem(period.starts_at, period.ends_at)
        if problem is None and before is not None and period.starts_at < before.ends_at:
            problem = FieldProblem("journal.bells.overlap", {"number": before.number})
        if problem is not None:
            problems[f"period-{period.number}"] = [problem]
        before = period
    for number in sorted(set(used) - {period.number for period in periods}):
        problems[f"period-{number}"] = [FieldProblem("journal.bells.in_use")]
    return Invalid(problems) if problems else None


def planned_hours_problems(hours: Mapping[str, int]) -> Invalid | None:
    """Return the problems of planned hours by field `hours-<type>`, None without any."""
    limits = {"min": 0, "max": MAX_PLANNED_HOURS}
    wrong = [type for type, count in hours.items() if not 0 <= count <= MAX_PLANNED_HOURS]
    problems = {f"hours-{type}": [FieldProblem("journal.lesson.hours", limits)] for type in wrong}
    return Invalid(problems) if problems else None


def refusal_to_repeat_more(patterns: int) -> Refused | None:
    """Return the refusal of one more weekly lesson in a journal that has `patterns` of them."""
    return Refused("journal.timetable.too_many", most=MAX_PATTERNS) if patterns >= MAX_PATTERNS else None
