"""Queries of the blockers of closing a sheet: lessons inside their own deadlines, permits, make-up work, open
cases (7.6).

Cases belong to a room above, so `create_app` registers the query of open cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Date, cast, func, select

from app.journal.grade_sheets.closing_rules import (
    CLOSE_AFTER_POLICY,
    LESSON_ENTRY_OPEN_BLOCKER,
    OPEN_PERMITS_BLOCKER,
    ClosingBlocker,
)
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import LESSON_STATES_WITHOUT_MARKS
from app.journal.gradebook.entry_deadlines import lesson_editable_until
from app.journal.makeups.debt_queries import load_makeup_debts_where
from app.journal.tables import Cell, GradeSheet, LateEntryPermit, Lesson, Offering, Semester
from app.kernel.clock import UNIVERSITY_ZONE, local_day, local_noon_in_utc
from app.kernel.db import db
from app.regulation import queries as regulation
from app.regulation.rules import Deadline, compute_deadline

MAKEUP_DAYS_BLOCKER = "makeup_days"
_LESSON_DAY_EXPRESSION = cast(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at), Date)


@dataclass(frozen=True, slots=True)
class SheetCoverage:
    """The coverage of a sheet: its journal, all present and former members of the group, its lessons with
    their days."""

    sheet: UUID
    offering: UUID
    students: tuple[UUID, ...]
    lessons: tuple[tuple[UUID, date], ...]


@dataclass(frozen=True, slots=True)
class BlockingCase:
    """An open case about something the sheet covers; `kind` groups it."""

    id: UUID
    number: str
    kind: str


OpenCaseQuery = Callable[[SheetCoverage], Sequence[BlockingCase]]
open_case_queries: list[OpenCaseQuery] = []
"""Queries of the open cases about a sheet; `create_app` registers one: cases belong to a room above."""


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """A lesson where something may still be entered, and until when; for a permit or make-up work the
    `student`, None for a whole roll."""

    lesson: UUID
    starts_at: datetime
    type: str
    until: datetime
    student: UUID | None = None


@dataclass(frozen=True, slots=True)
class SheetClosingCheck:
    """The day a sheet may be closed, and the present blockers."""

    ended_on: date
    closing_deadline: Deadline
    lessons: tuple[OpenEntry, ...]
    permits: tuple[OpenEntry, ...]
    makeups: tuple[OpenEntry, ...]
    cases: tuple[BlockingCase, ...]

    @property
    def blockers(self) -> tuple[ClosingBlocker, ...]:
        """Return each kind of blocker once, with how many there are; those that are never noted first."""
        timed = (
            (LESSON_ENTRY_OPEN_BLOCKER, self.lessons),
            (OPEN_PERMITS_BLOCKER, self.permits),
            (MAKEUP_DAYS_BLOCKER, self.makeups),
        )
        found = [
            ClosingBlocker(kind, len(lessons), max(one.until for one in lessons))
            for kind, lessons in timed
            if lessons
        ]
        kinds = dict.fromkeys(sorted(case.kind for case in self.cases))
        return (
            *found,
            *(ClosingBlocker(kind, sum(case.kind == kind for case in self.cases)) for kind in kinds),
        )


def load_sheet_closing_check(row: GradeSheet, now: datetime) -> SheetClosingCheck:
    """Return the closing of a sheet; a dozen statements, however many lessons.

    Raises RuntimeError when no query of open cases is registered: no sheet is closed without checking them.
    """
    lessons = _load_lessons_with_last_entry(row)
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    students = tuple(one.id for one in load_gradebook.load_present_and_past_students(offering.group))
    days = tuple((lesson.id, local_day(lesson.starts_at)) for lesson, _entry in lessons)
    reach = SheetCoverage(row.id, row.offering_id, students, days)
    ended_on = _load_semester_end(row)
    return SheetClosingCheck(
        ended_on=ended_on,
        closing_deadline=_sheet_closing_deadline(ended_on),
        lessons=_filter_lessons_open_for_entry(offering, lessons, now),
        permits=_load_open_late_permits(row, now),
        makeups=_load_open_makeups(row, now),
        cases=load_cases_of_coverage(reach),
    )


def load_cases_of_coverage(reach: SheetCoverage) -> tuple[BlockingCase, ...]:
    """Return the open cases about a sheet.

    Raises RuntimeError when no query of open cases is registered: then every case would count as closed.
    """
    if not open_case_queries:
        raise RuntimeError("nobody says which cases are open: create_app was not called")
    return tuple(case for query in open_case_queries for case in query(reach))


def load_earliest_closing_deadline(row: GradeSheet) -> Deadline:
    """Return the last moment at which the sheet is not closed yet, whatever was approved; one statement."""
    return _sheet_closing_deadline(_load_semester_end(row))


def _load_semester_end(row: GradeSheet) -> date:
    return db.session.scalars(
        select(Semester.ends_on)
        .join(Offering, Offering.semester_id == Semester.id)
        .where(Offering.id == row.offering_id)
    ).one()


def _sheet_closing_deadline(ended_on: date) -> Deadline:
    """Return the deadline by the calendar of the university, as the timer of its case is computed."""
    anchor = local_noon_in_utc(ended_on)
    return compute_deadline(
        regulation.load_unit_deadline_calendar(db.session, None, local_day(anchor)),
        CLOSE_AFTER_POLICY,
        anchor,
    )


def load_lessons_open_for_entry(row: GradeSheet, now: datetime) -> tuple[OpenEntry, ...]:
    """Return the lessons under a sheet that are inside their own deadline; four statements.

    What is entered there after the signature of the sheet does not change what was signed.
    """
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    return _filter_lessons_open_for_entry(offering, _load_lessons_with_last_entry(row), now)


def _covered_lesson_conditions(row: GradeSheet) -> list[ColumnElement[bool]]:
    return [
        Lesson.offering_id == row.offering_id,
        Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS),
        row.covers_until >= _LESSON_DAY_EXPRESSION,
    ]


def _load_lessons_with_last_entry(row: GradeSheet) -> list[tuple[Lesson, datetime | None]]:
    """Load the lessons under the sheet, each with the latest first entry that its teacher may still correct
    without a case."""
    last = (
        select(func.max(Cell.first_entered_at))
        .where(Cell.lesson_id == Lesson.id, Cell.change_set_id.is_(None))
        .correlate(Lesson)
        .scalar_subquery()
    )
    found = db.session.execute(
        select(Lesson, last).where(*_covered_lesson_conditions(row)).order_by(Lesson.starts_at, Lesson.id)
    )
    return [(lesson, entry) for lesson, entry in found]


def _filter_lessons_open_for_entry(
    offering: load_gradebook.OfferingState, lessons: Iterable[tuple[Lesson, datetime | None]], now: datetime
) -> tuple[OpenEntry, ...]:
    calendar = load_gradebook.load_deadline_calendar(offering, now)
    found = []
    for lesson, entry in lessons:
        ends = lesson_editable_until(load_gradebook.lesson_state_for_display(lesson), entry, calendar)
        if now <= ends:
            found.append(OpenEntry(lesson.id, lesson.starts_at, lesson.type, ends))
    return tuple(found)


def _load_open_late_permits(row: GradeSheet, now: datetime) -> tuple[OpenEntry, ...]:
    """Load the permits for a late entry under the sheet that have not ended."""
    found = db.session.execute(
        select(
            Lesson.id, Lesson.starts_at, Lesson.type, LateEntryPermit.closes_at, LateEntryPermit.student_id
        )
        .join(LateEntryPermit, LateEntryPermit.lesson_id == Lesson.id)
        .where(*_covered_lesson_conditions(row), LateEntryPermit.closes_at >= now)
        .order_by(Lesson.starts_at, Lesson.id, LateEntryPermit.id)
    )
    return tuple(OpenEntry(*each) for each in found)


def _load_open_makeups(row: GradeSheet, now: datetime) -> tuple[OpenEntry, ...]:
    """Load the missed lessons under the sheet that may still be made up, also by a later day that was allowed
    (5.3.2)."""
    found = load_makeup_debts_where(_covered_lesson_conditions(row), now)
    return tuple(
        OpenEntry(
            debt.lesson,
            debt.rule_state.cell.lesson.starts_at,
            debt.rule_state.cell.lesson.type,
            debt.hard_deadline.moment,
            debt.student,
        )
        for debt in found
        if now <= debt.hard_deadline.moment
    )
