"""The day of a teacher: the lessons of today, and earlier ones whose roll is still to be taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import exists, func, or_, select

from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import LESSON_STATES_WITHOUT_MARKS, LESSON_TYPES_WITHOUT_ROLL
from app.journal.gradebook.entry_deadlines import EntryDeadline, attendance_entry_deadline
from app.journal.gradebook.entry_rules import JOURNAL_STATE_REFUSALS
from app.journal.tables import Course, Lesson, Offering, Teaching
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.people.models import StudyGroup

MISSED_ROLL_LOOK_BACK = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class TodayLesson:
    """A lesson of the day. `state`: done (roll taken), open, late (24 hours are over), lost (closed), later,
    none (takes no roll, or is not held), shut (the journal takes no marks, as one that is not open yet)."""

    id: UUID
    offering: UUID
    names: Mapping[str, str]
    group: str
    starts_at: datetime
    ends_at: datetime
    type: str
    topic: str
    room: str
    state: str
    roll_taken_at: datetime | None
    closing: EntryDeadline


def load_today_and_unrolled_lessons(
    person: UUID, now: datetime
) -> tuple[list[TodayLesson], list[TodayLesson]]:
    """Return the lessons of this day, and earlier ones without a roll that can still be taken, oldest first.

    Two statements, and those for the deadline calendar of each department.
    """
    day_start = datetime.combine(local_day(now), time.min, UNIVERSITY_ZONE)
    day_end = day_start + timedelta(days=1)
    without_roll = (
        Lesson.roll_taken_at.is_(None)
        & Lesson.type.not_in(LESSON_TYPES_WITHOUT_ROLL)
        & Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS)
    )
    lesson_day = func.date(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at))
    found = db.session.execute(
        select(Lesson, Course.names, StudyGroup.name, Offering.state.label("journal_state"))
        .join(Offering, Offering.id == Lesson.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(
            Lesson.starts_at >= day_start - MISSED_ROLL_LOOK_BACK,
            Lesson.starts_at < day_end,
            or_(Lesson.starts_at >= day_start, without_roll),
            or_(Lesson.teacher_id.is_(None), Lesson.teacher_id == person),
            exists().where(
                Teaching.offering_id == Lesson.offering_id,
                Teaching.person_id == person,
                Teaching.starts_on <= lesson_day,
                or_(Teaching.ends_on.is_(None), Teaching.ends_on >= lesson_day),
            ),
        )
        .order_by(Lesson.starts_at, Lesson.id)
    ).all()
    offerings = load_gradebook.load_offerings({row.Lesson.offering_id for row in found})
    by_department = {
        one.department: load_gradebook.load_deadline_calendar(one, now)
        for one in {o.department: o for o in offerings.values()}.values()
    }
    lessons = []
    for lesson, names, group, journal_state in found:
        offering = offerings[lesson.offering_id]
        closing = attendance_entry_deadline(
            load_gradebook.build_lesson_state(lesson, offering), by_department[offering.department], now
        )
        takes_marks = journal_state not in JOURNAL_STATE_REFUSALS
        state = _roll_state_of_today_lesson(lesson, closing, now, takes_marks=takes_marks)
        lessons.append(_build_today_lesson(lesson, names, group, closing, state))
    earlier = [one for one in lessons if one.starts_at < day_start and one.state in ("open", "late")]
    return [one for one in lessons if one.starts_at >= day_start], earlier


def _build_today_lesson(
    lesson: Lesson, names: Mapping[str, str], group: str, closing: EntryDeadline, state: str
) -> TodayLesson:
    return TodayLesson(
        id=lesson.id,
        offering=lesson.offering_id,
        names=names,
        group=group,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        type=lesson.type,
        topic=lesson.topic,
        room=lesson.room,
        state=state,
        roll_taken_at=lesson.roll_taken_at,
        closing=closing,
    )


def _roll_state_of_today_lesson(
    lesson: Lesson, closing: EntryDeadline, now: datetime, *, takes_marks: bool
) -> str:
    if lesson.state in LESSON_STATES_WITHOUT_MARKS or lesson.type in LESSON_TYPES_WITHOUT_ROLL:
        return "none"
    if lesson.roll_taken_at is not None:
        return "done"
    if not takes_marks:
        return "shut"
    if now < lesson.starts_at:
        return "later"
    if not closing.open:
        return "lost"
    return "late" if closing.late else "open"
