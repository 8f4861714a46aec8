"""Reads of the timetable: journals with their patterns, the bell schedule, lessons as planning needs them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, select

from app.journal.courses.semester_dates import SemesterDates
from app.journal.gradebook.cell_state import TeachingPeriod
from app.journal.semesters.queries import build_semester_dates_of_row
from app.journal.tables import (
    BellPeriod,
    Cell,
    Course,
    JournalTimetable,
    Lesson,
    LessonChange,
    LessonPattern,
    Offering,
    PlannedHours,
    Semester,
    Teaching,
)
from app.journal.timetable.lesson_plan import NO_LESSONS_IN_MODULE_WEEKS, StoredLesson, StudyDays
from app.journal.timetable.rules import BellTimes, WeeklyLesson
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day
from app.kernel.db import db
from app.people import queries as people
from app.people.models import StudyGroup
from app.regulation import queries as regulation

MODULE_WEEKS_POLICY = "timetable.module_weeks"


@dataclass(frozen=True, slots=True)
class TimetabledJournal:
    """A journal with what its timetable needs. `version` is 0 while nobody changed its timetable; the names of
    `changed_by` are loaded by the page."""

    id: UUID
    code: str
    names: Mapping[str, str]
    group: UUID
    group_name: str
    institute: UUID
    department: UUID
    semester: UUID
    semester_names: Mapping[str, str]
    academic_year: str
    dates: SemesterDates
    planned_total: int
    planned: Mapping[str, int]
    teachers: tuple[TeachingPeriod, ...]
    version: int
    changed_by: UUID | None
    changed_at: datetime | None
    generated_version: int | None


@dataclass(frozen=True, slots=True)
class WeeklyLessonRow:
    """A weekly lesson with the names that a page shows. `period` is None when it has times of its own."""

    lesson: WeeklyLesson
    period: int | None
    code: str
    names: Mapping[str, str]
    group_name: str
    institute: UUID
    teacher_name: str


def load_bell_periods() -> list[BellTimes]:
    """Return the bell schedule by number; one statement."""
    found = db.session.execute(
        select(BellPeriod.number, BellPeriod.starts_at, BellPeriod.ends_at).order_by(BellPeriod.number)
    )
    return [BellTimes(*row) for row in found]


def bell_schedule_digest(periods: Sequence[BellTimes]) -> str:
    """Return a digest of the bell schedule, by which a form proves which one it showed."""
    return canonical_sha256(
        [[one.number, one.starts_at.isoformat(), one.ends_at.isoformat()] for one in periods]
    )[:16]


def load_used_period_numbers() -> set[int]:
    """Return the numbers of the periods that patterns use; one statement."""
    used = select(LessonPattern.period).where(LessonPattern.period.is_not(None)).distinct()
    return {number for number in db.session.scalars(used) if number is not None}


def load_timetabled_journals(ids: Collection[UUID]) -> dict[UUID, TimetabledJournal]:
    """Return the journals among `ids` that exist; three statements."""
    wanted = list(ids)
    parts: defaultdict[UUID, list[TeachingPeriod]] = defaultdict(list)
    for part in db.session.scalars(select(Teaching).where(Teaching.offering_id.in_(wanted))):
        parts[part.offering_id].append(
            TeachingPeriod(part.person_id, part.part, part.starts_on, part.ends_on)
        )
    planned: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    hours = select(PlannedHours.offering_id, PlannedHours.type, PlannedHours.hours)
    for offering, type, count in db.session.execute(hours.where(PlannedHours.offering_id.in_(wanted))):
        planned[offering][type] = count
    found = db.session.execute(
        select(Offering, Course, StudyGroup, Semester, JournalTimetable)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .outerjoin(JournalTimetable, JournalTimetable.offering_id == Offering.id)
        .where(Offering.id.in_(wanted))
        .execution_options(populate_existing=True)
    )
    return {
        row.Offering.id: _build_journal(row, tuple(parts[row.Offering.id]), planned[row.Offering.id])
        for row in found
    }


def find_timetabled_journal(id: UUID) -> TimetabledJournal | None:
    """Return one journal with what its timetable needs; None for an unknown one."""
    return load_timetabled_journals([id]).get(id)


def _build_journal(
    row: Any, teachers: tuple[TeachingPeriod, ...], planned: Mapping[str, int]
) -> TimetabledJournal:
    kept = row.JournalTimetable
    return TimetabledJournal(
        id=row.Offering.id,
        code=row.Course.code,
        names=row.Course.names,
        group=row.StudyGroup.id,
        group_name=row.StudyGroup.name,
        institute=row.StudyGroup.unit_id,
        department=row.Course.department_id,
        semester=row.Semester.id,
        semester_names=row.Semester.names,
        academic_year=row.Semester.academic_year,
        dates=build_semester_dates_of_row(row.Semester),
        planned_total=row.Offering.planned_hours,
        planned=dict(planned),
        teachers=teachers,
        version=kept.version if kept else 0,
        changed_by=kept.changed_by if kept else None,
        changed_at=kept.changed_at if kept else None,
        generated_version=kept.generated_version if kept else None,
    )


def load_patterns_of_journals(offerings: Collection[UUID]) -> list[WeeklyLessonRow]:
    """Return the weekly lessons of these journals, by weekday and time; two statements."""
    return _load_pattern_rows(LessonPattern.offering_id.in_(list(offerings)))


def load_patterns_of_semester(
    semester: UUID, *, group: UUID | None = None, teacher: UUID | None = None, room: str | None = None
) -> list[WeeklyLessonRow]:
    """Return the weekly lessons of a semester of one group, one teacher or in one room; two statements."""
    conditions: list[ColumnElement[bool]] = []
    if group is not None:
        conditions.append(Offering.group_id == group)
    if teacher is not None:
        conditions.append(LessonPattern.teacher_id == teacher)
    if room is not None:
        conditions.append(_room_expression() == _room_value(room))
    return _load_pattern_rows(and_(Offering.semester_id == semester, or_(false(), *conditions)))


def load_timetable_versions(rows: Iterable[WeeklyLessonRow]) -> dict[UUID, int]:
    """Return the versions of the timetables of these weekly lessons, by journal; one statement."""
    wanted = {row.lesson.offering for row in rows}
    found = db.session.execute(
        select(JournalTimetable.offering_id, JournalTimetable.version).where(
            JournalTimetable.offering_id.in_(wanted)
        )
    )
    return {row[0]: row[1] for row in found}


def load_patterns_sharing_something(lessons: Iterable[WeeklyLesson]) -> list[WeeklyLessonRow]:
    """Return the weekly lessons, of any semester that runs at the same time, that share the group, the teacher or the
    room with one of these lessons on its weekday; two statements, none without lessons."""
    conditions = [
        and_(
            LessonPattern.weekday == one.weekday,
            LessonPattern.starts_on <= one.last,
            LessonPattern.ends_on >= one.first,
            or_(
                Offering.group_id == one.group,
                LessonPattern.teacher_id == one.teacher,
                and_(literal(one.room.strip() != ""), _room_expression() == _room_value(one.room)),
            ),
        )
        for one in lessons
    ]
    return _load_pattern_rows(or_(*conditions)) if conditions else []


def load_patterns_at_time_of_semester(first: date, last: date) -> list[WeeklyLessonRow]:
    """Return every weekly lesson, of any semester, that has days in this period; two statements."""
    return _load_pattern_rows(and_(LessonPattern.starts_on <= last, LessonPattern.ends_on >= first))


def _room_expression() -> ColumnElement[str]:
    """Return the SQL expression of a room as it is compared, like `rules.room_key`."""
    return func.lower(func.regexp_replace(LessonPattern.room, r"\s", "", "g"))


def _room_value(room: str) -> ColumnElement[str]:
    return func.lower(func.regexp_replace(literal(room), r"\s", "", "g"))


def _load_pattern_rows(condition: ColumnElement[bool]) -> list[WeeklyLessonRow]:
    """Return the weekly lessons of a condition with the names that a page shows; two statements."""
    starts_at = func.coalesce(LessonPattern.starts_at, BellPeriod.starts_at)
    found = db.session.execute(
        select(
            LessonPattern,
            starts_at.label("begins"),
            func.coalesce(LessonPattern.ends_at, BellPeriod.ends_at).label("ends"),
            Offering.group_id,
            Course.code,
            Course.names,
            StudyGroup.name.label("group_name"),
            StudyGroup.unit_id,
            Semester.starts_on.label("week_one"),
        )
        .join(Offering, Offering.id == LessonPattern.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .outerjoin(BellPeriod, BellPeriod.number == LessonPattern.period)
        .where(condition)
        .order_by(LessonPattern.weekday, starts_at, StudyGroup.name, LessonPattern.id)
        .execution_options(populate_existing=True)
    ).all()
    names = people.load_names({row.LessonPattern.teacher_id for row in found})
    return [_build_pattern_row(row, names[row.LessonPattern.teacher_id].short) for row in found]


def _build_pattern_row(row: Any, teacher_name: str) -> WeeklyLessonRow:
    kept = row.LessonPattern
    lesson = _build_weekly_lesson(kept, row.begins, row.ends, row.group_id, row.week_one)
    names = (row.code, row.names, row.group_name, row.unit_id, teacher_name)
    return WeeklyLessonRow(lesson, kept.period, *names)


def _build_weekly_lesson(
    kept: LessonPattern, begins: time, ends: time, group: UUID, week_one: date
) -> WeeklyLesson:
    """Return a stored pattern as the rules need it, with its times and the first day of its semester."""
    return WeeklyLesson(
        id=kept.id,
        offering=kept.offering_id,
        group=group,
        weekday=kept.weekday,
        weeks=kept.weeks,
        starts_at=begins,
        ends_at=ends,
        type=kept.type,
        teacher=kept.teacher_id,
        room=kept.room,
        hours=kept.hours,
        first=kept.starts_on,
        last=kept.ends_on,
        week_one=week_one,
        stream=kept.stream_id,
    )


def load_patterns_for_planning(offerings: Collection[UUID]) -> dict[UUID, list[WeeklyLesson]]:
    """Return all weekly lessons of these journals, by journal; one statement."""
    found: defaultdict[UUID, list[WeeklyLesson]] = defaultdict(list)
    rows = db.session.execute(
        select(
            LessonPattern,
            func.coalesce(LessonPattern.starts_at, BellPeriod.starts_at),
            func.coalesce(LessonPattern.ends_at, BellPeriod.ends_at),
            Offering.group_id,
            Semester.starts_on,
        )
        .join(Offering, Offering.id == LessonPattern.offering_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .outerjoin(BellPeriod, BellPeriod.number == LessonPattern.period)
        .where(LessonPattern.offering_id.in_(list(offerings)))
        .order_by(LessonPattern.id)
        .execution_options(populate_existing=True)
    )
    for kept, begins, ends, group, week_one in rows:
        found[kept.offering_id].append(_build_weekly_lesson(kept, begins, ends, group, week_one))
    return found


def load_stored_lessons(offerings: Collection[UUID]) -> dict[UUID, list[StoredLesson]]:
    """Return the lessons of these journals as planning needs them, by journal and time; one statement."""
    touched = or_(
        Lesson.roll_taken_at.is_not(None),
        Lesson.topic != "",
        Lesson.methods != "",
        Lesson.task != "",
        exists().where(Cell.lesson_id == Lesson.id),
        exists().where(LessonChange.lesson_id == Lesson.id),
    )
    rows = db.session.execute(
        select(
            Lesson.offering_id,
            Lesson.id,
            Lesson.pattern_id,
            Lesson.pattern_day,
            Lesson.starts_at,
            Lesson.ends_at,
            Lesson.type,
            Lesson.teacher_id,
            Lesson.room,
            Lesson.hours,
            Lesson.state,
            touched,
        )
        .where(Lesson.offering_id.in_(list(offerings)))
        .order_by(Lesson.starts_at, Lesson.id)
    )
    found: defaultdict[UUID, list[StoredLesson]] = defaultdict(list)
    for offering, id, pattern, day, *rest in rows:
        key = (pattern, day) if pattern is not None and day is not None else None
        found[offering].append(StoredLesson(id, key, *rest))
    return found


def study_days_of_journal(journal: TimetabledJournal, now: datetime) -> StudyDays:
    """Return which days of the semester have lessons of this journal: by the calendars of the department that teaches
    and of the institute of the group."""
    today = local_day(now)
    department, institute = (
        regulation.load_unit_deadline_calendar(db.session, unit, today)
        for unit in (journal.department, journal.institute)
    )
    policy = institute.policy(MODULE_WEEKS_POLICY)
    calendars = (department, institute)
    return StudyDays(journal.dates, calendars, policy.value == NO_LESSONS_IN_MODULE_WEEKS)
