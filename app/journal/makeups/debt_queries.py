"""Missed lessons that are to be made up, with their deadlines: debts of students and offerings (5.2, 5.3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Date, cast, exists, func, or_, select

from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import ABSENT, ATTENDANCE, LESSON_STATES_WITHOUT_MARKS, CellState
from app.journal.gradebook.load import OfferingState
from app.journal.gradebook.load_cells import build_cell_state
from app.journal.makeups.rules import (
    RESULT_NOT_REQUIRED,
    MakeupRuleState,
    hard_makeup_deadline,
    is_absence_not_made_up,
    is_makeup_still_owed,
    soft_makeup_deadline,
)
from app.journal.tables import (
    Cell,
    ConfirmedExcuse,
    Excuse,
    Lesson,
    MakeupExtension,
    MakeupStage,
    Offering,
    Semester,
)
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.people import queries as people
from app.people.models import Membership
from app.people.rules import LEAVE_ORDER, find_academic_leaves
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
    """Return the debts of this student in all disciplines, oldest lesson first; six statements."""
    return load_makeup_debts_where([Cell.student_id == student], now)


def load_debts_of_students(students: Sequence[UUID], now: datetime) -> list[MakeupDebt]:
    """Return the debts of these students in all disciplines, oldest lesson first; six statements."""
    return load_makeup_debts_where([Cell.student_id.in_(list(students))], now)


def load_debts_in_offerings(offerings: Sequence[UUID], now: datetime) -> list[MakeupDebt]:
    """Return the debts in these journals, oldest lesson first; six statements."""
    return load_makeup_debts_where([Lesson.offering_id.in_(list(offerings))], now)


def load_debts_of_student_at_lessons(
    student: UUID, lessons: Sequence[UUID], now: datetime
) -> list[MakeupDebt]:
    """Return the debts at these lessons, without absences that need not be made up."""
    return load_makeup_debts_where([Cell.student_id == student, Cell.lesson_id.in_(list(lessons))], now)


def load_attendance_at_lessons(student: UUID, lessons: Sequence[UUID]) -> list[MakeupRuleState]:
    """Return the attendance of one student at these lessons as rule input, debts or not, by date."""
    return [debt for debt, _offering in load_attendance_and_journals_at_lessons(student, lessons)]


def load_attendance_and_journals_at_lessons(
    student: UUID, lessons: Sequence[UUID]
) -> list[tuple[MakeupRuleState, OfferingState]]:
    """Return the attendance of one student at these lessons as rule input with its journal, debts or not, by date."""
    return load_attendance_where([Cell.student_id == student, Cell.lesson_id.in_(list(lessons))])


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
    and `Semester`; six statements."""
    wanted = [*conditions, Cell.value == ABSENT, Cell.made_up.is_(False), WAS_GROUP_MEMBER_CONDITION]
    found = load_attendance_where(wanted)
    calendars = {}
    debts = []
    for debt, offering in found:
        if offering.department not in calendars:
            calendars[offering.department] = load_gradebook.load_deadline_calendar(offering, now)
        calendar = calendars[offering.department]
        if is_makeup_still_owed(debt, calendar):
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
        _load_extended_last_makeup_days(students),
        _load_leave_pauses_by_student(students),
    )
    made: list[tuple[MakeupRuleState, OfferingState]] = []
    for lesson, row, ends_on, makeup_until in found:
        offering = offerings[lesson.offering_id]
        cell = build_cell_state(
            load_gradebook.build_lesson_state(lesson, offering), row.student_id, ATTENDANCE, row, True
        )
        since = _first_day_of_makeup_period(cell.lesson.day, row, confirmed.get(row.student_id, ()))
        later = extensions.get((row.student_id, lesson.id))
        pauses = leaves_by_student.get(row.student_id, ())
        made.append((MakeupRuleState(cell, since, makeup_until or ends_on, later, pauses), offering))
    results = _load_makeup_results_without_mark([debt.cell for debt, _offering in made])
    return [(_add_makeup_results_to_debt(debt, results), offering) for debt, offering in made]


def _add_makeup_results_to_debt(
    debt: MakeupRuleState, results: Mapping[tuple[UUID, UUID], Collection[str | None]]
) -> MakeupRuleState:
    """Return the debt with what was decided about it without changing its mark.

    Accepted work leaves an absence only under a signed sheet (5.4.3); a mark set again later owes it anew.
    """
    found = results.get((debt.cell.student, debt.cell.lesson.id), ())
    return replace(
        debt,
        work_accepted="DONE" in found and debt.cell.lesson.sheet is not None,
        work_waived=RESULT_NOT_REQUIRED in found,
    )


def _load_makeup_results_without_mark(cells: Sequence[CellState]) -> dict[tuple[UUID, UUID], set[str | None]]:
    """Return the results of make-up work by (student, lesson), for absences that are not made up.

    One statement, none when there is no such absence.
    """
    absent = [cell for cell in cells if is_absence_not_made_up(cell)]
    if not absent:
        return {}
    found = db.session.execute(
        select(MakeupStage.student_id, MakeupStage.lessons, MakeupStage.result).where(
            MakeupStage.student_id.in_({cell.student for cell in absent}),
            MakeupStage.result.in_(("DONE", RESULT_NOT_REQUIRED)),
        )
    )
    results: dict[tuple[UUID, UUID], set[str | None]] = {}
    for student, lessons, result in found:
        for lesson in lessons:
            results.setdefault((student, lesson), set()).add(result)
    return results


def _load_excuse_confirmations(
    students: set[UUID],
) -> dict[UUID, list[tuple[ConfirmedExcuse, frozenset[str]]]]:
    """Return the confirmations by student, each with the places it does not cover; one statement."""
    by_student: dict[UUID, list[tuple[ConfirmedExcuse, frozenset[str]]]] = {}
    found = db.session.execute(
        select(ConfirmedExcuse, Excuse.left_out)
        .join(Excuse, Excuse.id == ConfirmedExcuse.excuse_id)
        .where(ConfirmedExcuse.student_id.in_(students))
    )
    for one, left_out in found:
        by_student.setdefault(one.student_id, []).append((one, frozenset(left_out)))
    return by_student


def _load_leave_pauses_by_student(students: set[UUID]) -> dict[UUID, tuple[PausePeriod, ...]]:
    """Return the academic leaves by student, during which the fourteen days pause
    (cross-cutting 6); one statement."""
    return {
        student: tuple(_build_leave_pause(*leave) for leave in find_academic_leaves(stays))
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


def _load_extended_last_makeup_days(students: set[UUID]) -> dict[tuple[UUID, UUID], date]:
    """Return the latest personal last day by (student, lesson) (5.3.2)."""
    days: dict[tuple[UUID, UUID], date] = {}
    decided = select(MakeupExtension).where(MakeupExtension.student_id.in_(students))
    for one in db.session.scalars(decided.order_by(MakeupExtension.until)):
        # Ascending by day, so the latest one stands.
        days |= {(one.student_id, lesson): one.until for lesson in one.lessons}
    return days


def _first_day_of_makeup_period(
    day: date, row: Cell, excused: Sequence[tuple[ConfirmedExcuse, frozenset[str]]]
) -> date:
    """Return the day from which the 14 days are counted (cross-cutting 6, P26).

    The day of the lesson, the end of the confirmed excuse on which its reason rests, or the day
    an excuse over it was revoked.
    """
    confirmed = next((one for one, _left_out in excused if one.id == row.excused_id), None)
    if confirmed is not None:
        return max(day, confirmed.ends_on)
    place = f"{row.lesson_id}:{row.student_id}"
    revoked = [
        local_day(at)
        for one, left_out in excused
        if one.starts_on <= day <= one.ends_on
        and place not in left_out
        and (at := _excuse_revoked_at_for_lesson(one, row)) is not None
    ]
    return max(revoked, default=day)


def _excuse_revoked_at_for_lesson(excused: ConfirmedExcuse, row: Cell) -> datetime | None:
    """Return when the excuse was revoked for the lesson of this cell, as a whole or alone; None if it was not."""
    alone = excused.revoked_lessons.get(str(row.lesson_id))
    return datetime.fromisoformat(alone) if alone else excused.revoked_at


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
