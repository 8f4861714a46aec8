"""Reads of reminders, in batches by id: lessons without roll or grades, open absences, returns to study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, and_, any_, cast, exists, func, literal, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import aliased

from app.journal.excuses.queries import load_directorate_deadline_calendar
from app.journal.excuses.rules import excuse_submit_deadline
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import (
    ABSENT,
    ATTENDANCE,
    GRADE,
    LESSON_STATES_WITHOUT_MARKS,
    LESSON_TYPES_WITHOUT_ROLL,
    PRESENT,
    LessonState,
)
from app.journal.gradebook.entry_deadlines import ATTENDANCE_ENTRY_TERM_POLICY
from app.journal.gradebook.load import OfferingState
from app.journal.makeups.debt_queries import MakeupDebt, load_makeup_debts_where
from app.journal.reminders.rules import MAX_REMINDED_LESSON_AGE, STAGE_OVER
from app.journal.tables import Cell, Excuse, Lesson, MakeupExtension, Offering, Reminder, Semester
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.people.models import Membership, StudyGroup
from app.regulation.rules import Deadline, DeadlineCalendar

MAX_REMINDED_ABSENCE_AGE = timedelta(days=21)
"""Maximum age of an absence considered: older ones precede any return within three working days."""


@dataclass(frozen=True, slots=True)
class LessonMissingEntry:
    """A lesson with a missing entry, its journal and the calendar of its department."""

    facts: LessonState
    offering: OfferingState
    deadline_calendar: DeadlineCalendar

    @property
    def teachers(self) -> tuple[UUID, ...]:
        """Return the teachers of the parts that fit its type on its day, else
        everybody who teaches the journal then."""
        running = [part for part in self.offering.teachers if part.covers(self.facts.day)]
        own = [
            part for part in running if part.part in _TEACHER_PARTS_BY_LESSON_TYPE.get(self.facts.type, ())
        ]
        return tuple(dict.fromkeys(part.person for part in own or running))


_TEACHER_PARTS_BY_LESSON_TYPE: Mapping[str, tuple[str, ...]] = {
    "LECTURE": ("LECTURER", "SUBSTITUTE"),
    "PRACTICE": ("PRACTICE", "SUBSTITUTE"),
    "LAB": ("LAB", "SUBSTITUTE"),
}


def _is_in_open_journal() -> Any:
    """Return the SQL condition that the journal of a lesson takes marks: nobody is reminded of what is refused."""
    return ~exists().where(Offering.id == Lesson.offering_id, Offering.state != "OPEN")


def load_lessons_to_remind_of_roll(
    now: datetime, after: tuple[datetime, UUID] | None, limit: int
) -> list[LessonMissingEntry]:
    """Return ended lessons without a roll and without a reminder of the
    breach, oldest first, after `after`."""
    begins = tuple_(Lesson.starts_at, Lesson.id) > tuple_(*map(literal, after)) if after else true()
    reminded = exists().where(
        Reminder.lesson_id == Lesson.id,
        Reminder.term == ATTENDANCE_ENTRY_TERM_POLICY,
        Reminder.stage == STAGE_OVER,
    )
    return _load_lessons_missing_entry(
        select(Lesson)
        .where(
            Lesson.roll_taken_at.is_(None),
            Lesson.starts_at >= now - MAX_REMINDED_LESSON_AGE,
            Lesson.starts_at < now,
            Lesson.ends_at <= now,
            Lesson.type.not_in(LESSON_TYPES_WITHOUT_ROLL),
            Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS),
            begins,
            ~reminded,
            _is_in_open_journal(),
        )
        .order_by(Lesson.starts_at, Lesson.id)
        .limit(limit),
        now,
    )


def load_lessons_without_grades(now: datetime, after: UUID, limit: int) -> list[LessonMissingEntry]:
    """Return recent lessons with a task and without any grade, by id after `after`."""
    graded = exists().where(Cell.lesson_id == Lesson.id, Cell.kind == GRADE)
    return _load_lessons_missing_entry(
        select(Lesson)
        .where(
            Lesson.starts_at >= now - MAX_REMINDED_LESSON_AGE,
            Lesson.starts_at < now,
            Lesson.task != "",
            Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS),
            Lesson.id > after,
            ~graded,
            _is_in_open_journal(),
        )
        .order_by(Lesson.id)
        .limit(limit),
        now,
    )


def _load_lessons_missing_entry(wanted: Any, now: datetime) -> list[LessonMissingEntry]:
    """Return the lessons of a statement with journal and calendar."""
    found = db.session.scalars(wanted).all()
    offerings = load_gradebook.load_offerings({lesson.offering_id for lesson in found})
    calendars = {
        one.department: load_gradebook.load_deadline_calendar(one, now) for one in offerings.values()
    }
    held = []
    for lesson in found:
        offering = offerings[lesson.offering_id]
        held.append(
            LessonMissingEntry(
                load_gradebook.build_lesson_state(lesson, offering), offering, calendars[offering.department]
            )
        )
    return held


def load_students_with_open_absences(after: UUID, limit: int) -> list[UUID]:
    """Return students with an absence that is not made up, by id after `after`;
    one statement on a partial index."""
    owing = Cell.value == ABSENT, ~Cell.made_up, Cell.student_id > after
    return list(
        db.session.scalars(
            select(Cell.student_id).distinct().where(*owing).order_by(Cell.student_id).limit(limit)
        )
    )


def load_open_makeup_debts(students: Sequence[UUID], now: datetime) -> list[MakeupDebt]:
    """Return debts of these students that can still be made up, while they belong to the group.

    The semester's last date is to come, or an extension was granted.
    """
    today = local_day(now)
    allowed = exists().where(
        MakeupExtension.student_id == Cell.student_id,
        MakeupExtension.until >= today,
        any_(MakeupExtension.lessons) == Lesson.id,
    )
    belongs = exists().where(
        Membership.group_id == Offering.group_id,
        Membership.person_id == Cell.student_id,
        Membership.starts_on <= today,
        or_(Membership.ends_on.is_(None), Membership.ends_on >= today),
    )
    last = func.coalesce(Semester.makeup_until, Semester.ends_on)
    return load_makeup_debts_where([Cell.student_id.in_(students), or_(last >= today, allowed), belongs], now)


@dataclass(frozen=True, slots=True)
class StudyReturn:
    """A student's return to study, and the deadline of the document for the absence (4.2.3)."""

    student: UUID
    returned_on: date
    document_deadline: Deadline
    deadline_calendar: DeadlineCalendar


def load_study_returns(students: Sequence[UUID], now: datetime) -> list[StudyReturn]:
    """Return the returns of these students after absences without excuse and document; two statements.

    An absence and the first presence on a later day belong together, whatever lies between (4.2.3).
    """
    absent = _absent_days_statement(students, now).subquery()
    back, offering, stay = aliased(Lesson), aliased(Offering), aliased(Membership)
    mark, day = aliased(Cell), cast(func.timezone(UNIVERSITY_ZONE.key, back.starts_at), Date)
    first = (
        select(func.min(day))
        .select_from(back)
        .join(offering, offering.id == back.offering_id)
        .join(
            stay,
            and_(
                stay.group_id == offering.group_id,
                stay.person_id == absent.c.student,
                stay.starts_on <= day,
                or_(stay.ends_on.is_(None), stay.ends_on >= day),
            ),
        )
        .outerjoin(
            mark,
            and_(mark.lesson_id == back.id, mark.student_id == absent.c.student, mark.kind == ATTENDANCE),
        )
        .where(
            back.starts_at > now - MAX_REMINDED_ABSENCE_AGE,
            back.starts_at <= now,
            day > absent.c.day,
            or_(mark.value == PRESENT, and_(back.roll_taken_at.is_not(None), mark.value.is_(None))),
        )
        .scalar_subquery()
    )
    found = db.session.execute(select(absent.c.student, absent.c.institute, first.label("back")).distinct())
    returns = []
    for student, institute, returned_on in found.all():
        if returned_on is not None:
            calendar = load_directorate_deadline_calendar(institute, now)
            due = excuse_submit_deadline(returned_on, calendar)
            if due is not None:
                returns.append(StudyReturn(student, returned_on, due, calendar))
    return returns


def _absent_days_statement(students: Sequence[UUID], now: datetime) -> Any:
    """Select recent days of absence without a reason and without a document,
    by student, with the institute."""
    day = cast(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at), Date)
    excused = exists().where(
        # "@>" uses the GIN index on students; "= ANY" would not.
        Excuse.students.op("@>", is_comparison=True)(array([Cell.student_id])),
        Excuse.starts_on <= day,
        Excuse.ends_on >= day,
    )
    return (
        select(Cell.student_id.label("student"), day.label("day"), StudyGroup.unit_id.label("institute"))
        .join(Lesson, Lesson.id == Cell.lesson_id)
        .join(Offering, Offering.id == Lesson.offering_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(
            Cell.student_id.in_(students),
            Cell.value == ABSENT,
            Cell.made_up.is_(False),
            Cell.reason.is_(None),
            Lesson.starts_at > now - MAX_REMINDED_ABSENCE_AGE,
            Lesson.starts_at <= now,
            Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS),
            ~excused,
        )
        .distinct()
    )
