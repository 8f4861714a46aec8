"""Plan the lessons that the weekly patterns of a journal give in a semester. Pure.

Patterns give lessons around days off, the session and (when the university says so) the module weeks, up to the
planned hours of each type. What is left over is counted. Planning again after nothing changed plans nothing: a lesson
is known by its pattern and the day of the pattern, also after it was moved or cancelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from uuid import UUID

from app.journal.courses.semester_dates import SemesterDates
from app.journal.gradebook.cell_state import LESSON_STATES_WITHOUT_MARKS, LESSON_TYPES
from app.journal.timetable.rules import WeeklyLesson, iterate_pattern_days
from app.kernel.clock import UNIVERSITY_ZONE
from app.regulation.rules import DeadlineCalendar

DAY_OFF, SESSION, MODULE_WEEK, OUTSIDE = "day_off", "session", "module_week", "outside"
NO_LESSONS_IN_MODULE_WEEKS = "NO_LESSONS"
"""Value of the policy `timetable.module_weeks`: no lessons in the module weeks; else `LESSONS`."""

LessonKey = tuple[UUID, date]
"""A generated lesson: its pattern, and the day of the pattern."""


@dataclass(frozen=True, slots=True)
class StudyDays:
    """Which days of a semester have lessons: its dates, the calendars of the department and of the institute, and
    whether the module weeks are without lessons."""

    dates: SemesterDates
    calendars: tuple[DeadlineCalendar, ...]
    skips_module_weeks: bool
    _known: dict[date, tuple[str, Mapping[str, str]] | None] = field(default_factory=dict, compare=False)

    def skip_reason(self, day: date) -> tuple[str, Mapping[str, str]] | None:
        """Return why a day has no lessons (kind, names of a holiday); None for a day of study."""
        if day not in self._known:
            self._known[day] = self._compute_skip_reason(day)
        return self._known[day]

    def _compute_skip_reason(self, day: date) -> tuple[str, Mapping[str, str]] | None:
        dates = self.dates
        if not dates.starts_on <= day <= dates.ends_on:
            return OUTSIDE, {}
        if _is_between(dates.session_from, day, dates.session_until):
            return SESSION, {}
        modules = ((dates.module1_from, dates.module1_until), (dates.module2_from, dates.module2_until))
        if self.skips_module_weeks and any(_is_between(first, day, last) for first, last in modules):
            return MODULE_WEEK, {}
        for calendar in self.calendars:
            off = calendar.day_off_reason(day)
            if off is not None:
                return DAY_OFF, off[1]
        return None


@dataclass(frozen=True, slots=True)
class StoredLesson:
    """A lesson of the journal as it is stored. `key` is None for one that was added singly; `is_touched`: somebody
    described it, took its roll, moved it or entered marks, so that no pattern changes it."""

    id: UUID
    key: LessonKey | None
    starts_at: datetime
    ends_at: datetime
    type: str
    teacher: UUID | None
    room: str
    hours: int
    state: str
    is_touched: bool


@dataclass(frozen=True, slots=True)
class GeneratedLesson:
    """A lesson as its pattern gives it. `id` is that of the stored lesson it changes and `was` its moment; None for a
    new one."""

    key: LessonKey
    offering: UUID
    starts_at: datetime
    ends_at: datetime
    type: str
    teacher: UUID
    room: str
    hours: int
    id: UUID | None = None
    was: datetime | None = None


@dataclass(frozen=True, slots=True)
class HoursOfType:
    """Academic hours of one type: planned (None: without a plan of its own), placed on days, left without a day,
    and the lessons that the patterns could still give."""

    type: str
    planned: int | None
    placed: int
    left: int
    spare_lessons: int


@dataclass(frozen=True, slots=True)
class LessonPlan:
    """What generating does: new lessons, lessons that move with their pattern, lessons that go.

    `skipped` are the days on which a pattern would have had a lesson, with the reason. `left` are planned hours of
    the whole journal without a day.
    """

    new: tuple[GeneratedLesson, ...]
    changed: tuple[GeneratedLesson, ...]
    removed: tuple[StoredLesson, ...]
    hours: tuple[HoursOfType, ...]
    skipped: tuple[tuple[date, str, Mapping[str, str]], ...]
    passed_days: int
    left: int

    @property
    def is_empty(self) -> bool:
        """Return whether nothing would change."""
        return not (self.new or self.changed or self.removed)


@dataclass(slots=True)
class _HourBudget:
    """Hours that may still be placed: by type, or (`by_type` empty) of all types together; None without a plan."""

    by_type: dict[str, int]
    total: int | None

    def take(self, type: str, hours: int) -> bool:
        """Take the hours of a lesson; return False when they are used up."""
        if self.by_type:
            if self.by_type.get(type, 0) < hours:
                return False
            self.by_type[type] -= hours
        elif self.total is not None:
            if self.total < hours:
                return False
            self.total -= hours
        return True

    def spend(self, type: str, hours: int) -> None:
        """Take the hours of a lesson that stays whatever is planned."""
        if self.by_type:
            self.by_type[type] = self.by_type.get(type, 0) - hours
        elif self.total is not None:
            self.total -= hours


def plan_lessons(
    patterns: Sequence[WeeklyLesson],
    days: StudyDays,
    planned: Mapping[str, int],
    planned_total: int,
    stored: Iterable[StoredLesson],
    now: datetime,
    since: date,
) -> LessonPlan:
    """Plan the lessons of one journal. `planned` are hours by type; without them `planned_total` counts for all
    types together, 0 for no limit.

    Lessons before `since` are not generated. A stored lesson that has begun or that somebody touched stays as it is
    and uses hours; cancelled and moved-away lessons use none.
    """
    kept = list(stored)
    fixed = {one.key for one in kept if one.key and is_fixed_lesson(one, now)}
    loose = {one.key: one for one in kept if one.key and not is_fixed_lesson(one, now)}
    budget = _HourBudget(dict(planned), planned_total or None)
    placed: Counter[str] = Counter()
    for one in kept:
        if (one.key is None or one.key in fixed) and one.state not in LESSON_STATES_WITHOUT_MARKS:
            budget.spend(one.type, one.hours)
            placed[one.type] += one.hours
    new, changed, skipped, passed = [], [], {}, 0
    spare: Counter[str] = Counter()
    for day, pattern in _candidates_in_order(patterns):
        reason = days.skip_reason(day)
        if reason is not None:
            skipped[day] = reason
            continue
        key = (pattern.id, day)
        if key in fixed:
            continue
        lesson = _build_lesson(pattern, day)
        if key not in loose and day < since:
            passed += 1
            continue
        if not budget.take(pattern.type, pattern.hours):
            spare[pattern.type] += 1
            continue
        placed[pattern.type] += pattern.hours
        before = loose.pop(key, None)
        if before is None:
            new.append(lesson)
        elif not _is_same(before, lesson):
            changed.append(replace(lesson, id=before.id, was=before.starts_at))
    types = sorted({*planned, *placed, *spare}, key=LESSON_TYPES.index)
    hours = tuple(
        HoursOfType(
            type,
            planned.get(type, 0) if planned else None,
            placed[type],
            max(planned.get(type, 0) - placed[type], 0) if planned else 0,
            spare[type],
        )
        for type in types
    )
    whole = sum(placed.values())
    left = sum(one.left for one in hours) if planned else max(planned_total - whole, 0)
    days_skipped = tuple((day, *skipped[day]) for day in sorted(skipped))
    return LessonPlan(tuple(new), tuple(changed), tuple(loose.values()), hours, days_skipped, passed, left)


def lesson_moment(day: date, at: time) -> datetime:
    """Return a time of a day at the university, in UTC."""
    return datetime.combine(day, at, UNIVERSITY_ZONE).astimezone(UTC)


def _is_between(first: date | None, day: date, last: date | None) -> bool:
    return first is not None and last is not None and first <= day <= last


def is_fixed_lesson(one: StoredLesson, now: datetime) -> bool:
    """Return whether a generated lesson stays as it is, whatever its pattern says."""
    return one.is_touched or one.state != "PLANNED" or one.starts_at <= now


def _candidates_in_order(patterns: Sequence[WeeklyLesson]) -> list[tuple[date, WeeklyLesson]]:
    """Return the days of all patterns in the order in which their lessons take place."""
    found = [(day, pattern) for pattern in patterns for day in iterate_pattern_days(pattern)]
    return sorted(found, key=lambda one: (one[0], one[1].starts_at, one[1].id))


def _build_lesson(pattern: WeeklyLesson, day: date) -> GeneratedLesson:
    return GeneratedLesson(
        (pattern.id, day),
        pattern.offering,
        lesson_moment(day, pattern.starts_at),
        lesson_moment(day, pattern.ends_at),
        pattern.type,
        pattern.teacher,
        pattern.room,
        pattern.hours,
    )


def _is_same(before: StoredLesson, lesson: GeneratedLesson) -> bool:
    """Return whether a stored lesson is as its pattern gives it."""
    return (
        before.starts_at,
        before.ends_at,
        before.type,
        before.teacher,
        before.room,
        before.hours,
    ) == (lesson.starts_at, lesson.ends_at, lesson.type, lesson.teacher, lesson.room, lesson.hours)
