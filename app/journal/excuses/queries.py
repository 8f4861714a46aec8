"""Reads of excuses: covered lessons, days of presence, directorate and its calendar, rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, Select, and_, cast, func, or_, select

from app.journal.excuses.rules import LESSON_WITHOUT_MARK, state_of_attendance_in_excuse_period
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import ATTENDANCE, PRESENT, CellState
from app.journal.gradebook.confirmed_reasons import load_confirmed_excuses
from app.journal.gradebook.load import OfferingState
from app.journal.gradebook.load_cells import build_cell_state
from app.journal.tables import Cell, ConfirmedExcuse, Excuse, ExcuseDoubt, Lesson, Offering
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people.models import Membership, StudyGroup
from app.regulation import queries as regulation
from app.regulation.rules import DeadlineCalendar

LESSON_DAY_EXPRESSION = cast(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at), Date)


@dataclass(frozen=True, slots=True)
class LessonInExcusePeriod:
    """One lesson in the period of an excuse: the attendance of the student and its
    state (`rules.EXCUSE_PERIOD_LESSON_STATES`)."""

    offering: OfferingState
    cell: CellState
    row_id: UUID | None
    state: str

    @property
    def lesson_student_key(self) -> str:
        """Return the key of lesson and student."""
        return f"{self.cell.lesson.id}:{self.cell.student}"


def load_lessons_in_excuse_period(
    students: Iterable[UUID], starts_on: date, ends_on: date
) -> list[LessonInExcusePeriod]:
    """Return every lesson of these students in the period, of all disciplines, by date.

    Two statements. Only days on which a student belonged to the group count (2.1b).
    """
    wanted = list(students)
    found = db.session.execute(
        select(Lesson, Membership.person_id, Cell)
        .join(Offering, Offering.id == Lesson.offering_id)
        .join(
            Membership,
            and_(
                Membership.group_id == Offering.group_id,
                Membership.person_id.in_(wanted),
                Membership.starts_on <= LESSON_DAY_EXPRESSION,
                or_(Membership.ends_on.is_(None), Membership.ends_on >= LESSON_DAY_EXPRESSION),
            ),
        )
        .outerjoin(
            Cell,
            and_(
                Cell.lesson_id == Lesson.id,
                Cell.student_id == Membership.person_id,
                Cell.kind == ATTENDANCE,
            ),
        )
        .where(starts_on <= LESSON_DAY_EXPRESSION, ends_on >= LESSON_DAY_EXPRESSION)
        .order_by(Lesson.starts_at, Lesson.id, Membership.person_id)
    ).all()
    offerings = load_gradebook.load_offerings({row.Lesson.offering_id for row in found})
    met = []
    for lesson, student, row in found:
        offering = offerings[lesson.offering_id]
        cell = build_cell_state(
            load_gradebook.build_lesson_state(lesson, offering), student, ATTENDANCE, row, True
        )
        state = state_of_attendance_in_excuse_period(cell)
        if state is not None:
            met.append(LessonInExcusePeriod(offering, cell, row.id if row else None, state))
    return met


def find_first_day_present_after(student: UUID, ends_on: date) -> date | None:
    """Return the first day after the period on which the student was present; None before it (4.2.3)."""
    return db.session.scalar(_days_present_after_statement(student, ends_on).limit(1))


def load_days_present_after(student: UUID, after: date) -> list[date]:
    """Return the days after `after` on which the student was present, in order; one statement."""
    return list(db.session.scalars(_days_present_after_statement(student, after).distinct()))


def _days_present_after_statement(student: UUID, after: date) -> Select[date]:
    """Select the days after `after` with a present mark, or with a roll and no mark."""
    # A roll stores only absences: no mark after the roll means present.
    rolled = and_(Lesson.roll_taken_at.is_not(None), Cell.value.is_(None))
    return (
        select(LESSON_DAY_EXPRESSION)
        .join(Offering, Offering.id == Lesson.offering_id)
        .join(
            Membership,
            and_(
                Membership.group_id == Offering.group_id,
                Membership.person_id == student,
                Membership.starts_on <= LESSON_DAY_EXPRESSION,
                or_(Membership.ends_on.is_(None), Membership.ends_on >= LESSON_DAY_EXPRESSION),
            ),
        )
        .outerjoin(
            Cell,
            and_(Cell.lesson_id == Lesson.id, Cell.student_id == student, Cell.kind == ATTENDANCE),
        )
        .where(after < LESSON_DAY_EXPRESSION, or_(Cell.value == PRESENT, rolled))
        .order_by(LESSON_DAY_EXPRESSION)
    )


def load_deciding_institute_id(students: Sequence[UUID], on: date) -> UUID:
    """Return the one institute whose directorate decides about these students (4.2.4).

    Raise Missing when there is none or more than one.
    """
    found = set(
        db.session.scalars(
            select(StudyGroup.unit_id)
            .join(Membership, Membership.group_id == StudyGroup.id)
            .where(
                Membership.person_id.in_(list(students)),
                Membership.starts_on <= on,
                or_(Membership.ends_on.is_(None), Membership.ends_on >= on),
            )
        )
    )
    if len(found) != 1:
        raise Missing
    return found.pop()


def load_directorate_deadline_calendar(institute: UUID, now: datetime) -> DeadlineCalendar:
    """Return the deadline calendar of the directorate's office, where documents are submitted."""
    return regulation.load_unit_deadline_calendar(db.session(), institute, local_day(now))


def load_last_excused_days(students: Iterable[UUID], day: date) -> dict[UUID, date]:
    """Return the last day of absence by student, for those covered by a confirmed
    excuse on this day; one statement."""
    return {
        student: max(excused.ends_on for excused, _left_out in found)
        for student, found in load_confirmed_excuses(students, day, day).items()
    }


def load_excuse_row(id: UUID) -> Excuse:
    """Return the excuse; raise Missing."""
    row = db.session.get(Excuse, id)
    if row is None:
        raise Missing
    return row


def load_confirmed_excuse_row(id: UUID) -> ConfirmedExcuse:
    """Return the confirmation for one student; raise Missing."""
    row = db.session.get(ConfirmedExcuse, id)
    if row is None:
        raise Missing
    return row


def load_excuse_doubt_row(id: UUID) -> ExcuseDoubt:
    """Return the doubt about a confirmed excuse; raise Missing."""
    row = db.session.get(ExcuseDoubt, id)
    if row is None:
        raise Missing
    return row


def load_revocable_lessons(row: ConfirmedExcuse) -> list[LessonInExcusePeriod]:
    """Return the lessons to which this confirmation gives a reason or would give one, by date.

    These are absences whose reason rests on it, and lessons of its period without a mark yet. Two statements.
    """
    left_out = set(load_excuse_row(row.excuse_id).left_out)
    return [
        one
        for one in load_lessons_in_excuse_period([row.student_id], row.starts_on, row.ends_on)
        if one.lesson_student_key not in left_out
        and str(one.cell.lesson.id) not in row.revoked_lessons
        and (one.cell.excuse_id == row.id or one.state == LESSON_WITHOUT_MARK)
    ]
