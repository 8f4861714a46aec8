"""Missed lessons that are to be made up, with their deadlines: debts of students and offerings (5.2, 5.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Date, cast, exists, func, or_, select

from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import ABSENT, ATTENDANCE, LESSON_STATES_WITHOUT_MARKS, CellState
from app.journal.gradebook.load import OfferingState
from app.journal.gradebook.load_cells import build_cell_state
from app.journal.makeups.rules import (
    MakeupRuleState,
    hard_makeup_deadline,
    is_absence_not_made_up,
    is_owed,
    soft_makeup_deadline,
)
from app.journal.tables import Cell, ConfirmedExcuse, Lesson, MakeupExtension, MakeupStage, Offering, Semester
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.people import queries as people
from app.people.models import Membership
from app.people.rules import LEAVE_ORDER, academic_leaves
from app.regulation.rules import Deadline, DeadlineCalendar, PausePeriod

ASSUMED_OPEN_LEAVE_LENGTH = timedelta(days=365)
"""Assumed length of a leave without a known end: one year, the longest granted at once."""
_LESSON_DAY_EXPRESSION = cast(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at), Date)
WAS_GROUP_MEMBER_CONDITION = exists().where(
    Membership.group_id == Offering.group_id,
    Membership.person_id == Cell.student_id,
    Membership.starts_on <= _LESSON_DAY_EXPRESSION,
    or_(Membership.ends_on.is_(None), Membership.ends_on >= _LESSON_DAY_EXPRESSION),
)
"""SQL condition that the student belonged to the group on the day of the lesson
(2.1b); other days are no debt."""


@dataclass(frozen=True, slots=True)
class MakeupDebt:
    """One line of the log of make-up work: the absence, its two deadlines and the latest stage."""

    rule_state: MakeupRuleState
    offering: OfferingState
    soft_deadline: Deadline
    hard_deadline: Deadline
    latest_stage: MakeupStage | None
    calendar: DeadlineCalendar

    @property
    def lesson(self) -> UUID:
        """Return the id of the missed lesson."""
        return self.rule_state.cell.lesson.id

    @property
    def student(self) -> UUID:
        """Return the id of the student."""
        return self.rule_state.cell.student


def load_debts_of_student(student: UUID, now: datetime) -> list[MakeupDebt]:
    """Return the debts of this student in all disciplines, oldest lesson first; five statements."""
    return load_makeup_debts_where([Cell.student_id == student], now)


def load_debts_of_students(students: Sequence[UUID], now: datetime) -> list[MakeupDebt]:
    """Return the debts of these students in all disciplines, oldest lesson first; five statements."""
    return load_makeup_debts_where([Cell.student_id.in_(list(students))], now)


def load_debts_in_offerings(offerings: Sequence[UUID], now: datetime) -> list[MakeupDebt]:
    """Return the debts in these journals, oldest lesson first; five statements."""
    return load_makeup_debts_where([Lesson.offering_id.in_(list(offerings))], now)


def load_debts_of_student_at_lessons(
    student: UUID, lessons: Sequence[UUID], now: datetime
) -> list[MakeupDebt]:
    """Return the debts at these lessons, without absences that need not be made up."""
    return load_makeup_debts_where([Cell.student_id == student, Cell.lesson_id.in_(list(lessons))], now)


def load_attendance_at_lessons(student: UUID, lessons: Sequence[UUID]) -> list[MakeupRuleState]:
    """Return the attendance of one student at these lessons as rule input, debts or not, by date."""
    conditions = [Cell.student_id == student, Cell.lesson_id.in_(list(lessons))]
    return [debt for debt, _offering in load_attendance_where(conditions)]


def load_absences_of_student(
    student: UUID, lessons: Sequence[UUID] | None = None
) -> list[tuple[MakeupRuleState, OfferingState]]:
    """Return every absence of the student (with `lessons`: of these) on days of membership, oldest first."""
    wanted = [
        Cell.student_id == student,
        Cell.value == ABSENT,
        Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS),
        WAS_GROUP_MEMBER_CONDITION,
    ]
    if lessons is not None:
        wanted.append(Cell.lesson_id.in_(list(lessons)))
    return load_attendance_where(wanted)


def load_makeup_debts_where(conditions: Sequence[ColumnElement[bool]], now: datetime) -> list[MakeupDebt]:
    """Return the debts among the absences of these conditions on `Cell`, `Lesson`
    and `Semester`; five statements."""
    wanted = [*conditions, Cell.value == ABSENT, Cell.made_up.is_(False), WAS_GROUP_MEMBER_CONDITION]
    found = load_attendance_where(wanted)
    calendars = {}
    debts = []
    for debt, offering in found:
        if offering.department not in calendars:
            calendars[offering.department] = load_gradebook.load_deadline_calendar(offering, now)
        calendar = calendars[offering.department]
        if is_owed(debt, calendar):
            debts.append(
                MakeupDebt(
                    debt,
                    offering,
                    soft_makeup_deadline(debt, calendar),
                    hard_makeup_deadline(debt, calendar),
                    None,
                    calendar,
                )
            )
    stages = _load_latest_makeup_stages(debts)
    return [replace(one, latest_stage=stages.get((one.lesson, one.student))) for one in debts]


def load_attendance_where(
    conditions: Sequence[ColumnElement[bool]],
) -> list[tuple[MakeupRuleState, OfferingState]]:
    """Load attendance of these conditions as rule input with its journal, oldest lesson first."""
    found = db.session.execute(
        select(Lesson, Cell, Semester.ends_on, Semester.makeup_until)
        .join(Lesson, Lesson.id == Cell.lesson_id)
        .join(Offering, Offering.id == Lesson.offering_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .where(Cell.kind == ATTENDANCE, *conditions)
        .order_by(Lesson.starts_at, Lesson.id, Cell.student_id)
    ).all()
    offerings = load_gradebook.load_offerings({row.Lesson.offering_id for row in found})
    students = {row.Cell.student_id for row in found}
    confirmed, extensions, leaves_by_student = (
        _load_excuse_confirmations(students),
        _load_extended_last_days(students),
        _load_leave_pauses_by_student(students),
    )
    made: list[tuple[MakeupRuleState, OfferingState]] = []
    for lesson, row, ends_on, makeup_until in found:
        offering = offerings[lesson.offering_id]
        cell = build_cell_state(
            load_gradebook.build_lesson_state(lesson, offering), row.student_id, ATTENDANCE, row, True
        )
        since = _first_day_of_makeup_term(cell.lesson.day, row, confirmed.get(row.student_id, ()))
        later = extensions.get((row.student_id, lesson.id))
        pauses = leaves_by_student.get(row.student_id, ())
        made.append((MakeupRuleState(cell, since, makeup_until or ends_on, later, pauses), offering))
    # Needs the loaded cells: most journals have no signed sheet and skip the statement.
    waiting = _load_lessons_with_accepted_work([debt.cell for debt, _offering in made])
    return [
        (replace(debt, work_accepted=(debt.cell.student, debt.cell.lesson.id) in waiting), offering)
        for debt, offering in made
    ]


def _load_lessons_with_accepted_work(cells: Sequence[CellState]) -> set[tuple[UUID, UUID]]:
    """Return (student, lesson) of absences under a signed sheet whose make-up work was accepted.

    One statement, none when no sheet is signed.
    """
    fixed = [cell for cell in cells if cell.lesson.sheet is not None and is_absence_not_made_up(cell)]
    if not fixed:
        return set()
    found = db.session.execute(
        select(MakeupStage.student_id, MakeupStage.lessons).where(
            MakeupStage.student_id.in_({cell.student for cell in fixed}),
            MakeupStage.result == "DONE",
        )
    )
    return {(student, lesson) for student, lessons in found for lesson in lessons}


def _load_excuse_confirmations(students: set[UUID]) -> dict[UUID, list[ConfirmedExcuse]]:
    """Return the confirmations by student; one statement."""
    by_student: dict[UUID, list[ConfirmedExcuse]] = {}
    for one in db.session.scalars(select(ConfirmedExcuse).where(ConfirmedExcuse.student_id.in_(students))):
        by_student.setdefault(one.student_id, []).append(one)
    return by_student


def _load_leave_pauses_by_student(students: set[UUID]) -> dict[UUID, tuple[PausePeriod, ...]]:
    """Return the academic leaves by student, during which the fourteen days pause
    (cross-cutting 6); one statement."""
    return {
        student: tuple(_build_leave_pause(*leave) for leave in academic_leaves(stays))
        for student, stays in people.load_enrolment_periods(students).items()
        if any(stay.ended_as == LEAVE_ORDER for stay in stays)
    }


def _build_leave_pause(first: date, back: date | None, order: str) -> PausePeriod:
    """Return a leave as a pause of the deadline calendar."""
    begins, ends = (
        datetime.combine(day, time(), UNIVERSITY_ZONE)
        for day in (first, back or first + ASSUMED_OPEN_LEAVE_LENGTH)
    )
    return PausePeriod(begins.astimezone(UTC), ends.astimezone(UTC), "leave", order)


def _load_extended_last_days(students: set[UUID]) -> dict[tuple[UUID, UUID], date]:
    """Return the latest personal last day by (student, lesson) (5.3.2)."""
    days: dict[tuple[UUID, UUID], date] = {}
    decided = select(MakeupExtension).where(MakeupExtension.student_id.in_(students))
    for one in db.session.scalars(decided.order_by(MakeupExtension.until)):
        # Ascending by day, so the latest one stands.
        days |= {(one.student_id, lesson): one.until for lesson in one.lessons}
    return days


def _first_day_of_makeup_term(day: date, row: Cell, excused: Sequence[ConfirmedExcuse]) -> date:
    """Return the day from which the 14 days are counted (cross-cutting 6, P26).

    The day of the lesson, the end of the confirmed excuse on which its reason rests, or the day
    an excuse over it was revoked.
    """
    confirmed = next((one for one in excused if one.id == row.excused_id), None)
    if confirmed is not None:
        return max(day, confirmed.ends_on)
    revoked = [
        local_day(one.revoked_at)
        for one in excused
        if one.revoked_at is not None and one.starts_on <= day <= one.ends_on
    ]
    return max(revoked, default=day)


def _load_latest_makeup_stages(debts: Sequence[MakeupDebt]) -> dict[tuple[UUID, UUID], MakeupStage]:
    """Return the latest stage by (lesson, student); one statement."""
    if not debts:
        return {}
    offerings, students = {one.offering.id for one in debts}, {one.student for one in debts}
    found = db.session.scalars(
        select(MakeupStage)
        .where(MakeupStage.offering_id.in_(offerings), MakeupStage.student_id.in_(students))
        .order_by(MakeupStage.made_at, MakeupStage.id)
    )
    # Ascending by creation, so the latest one stands.
    return {(lesson, step.student_id): step for step in found for lesson in step.lessons}
