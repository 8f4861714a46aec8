"""The grid of one offering, students down and lessons across, in a constant number of statements and without
texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_act_may_teach_as
from app.journal.gradebook.cell_state import ATTENDANCE, GRADE, CellState, LessonState, attendance_status
from app.journal.gradebook.entry_deadlines import (
    EntryDeadline,
    attendance_entry_deadline,
    cell_entry_deadline,
)
from app.journal.gradebook.entry_rules import refusal_to_record_mark, refusal_to_take_roll
from app.journal.gradebook.load import GroupStudent, OfferingState
from app.journal.gradebook.load_cells import CellKey, build_cell_state
from app.journal.late_entry.rules import refusal_to_request_late_roll_entry
from app.journal.tables import Cell, Lesson
from app.journal.transfers.transferred_marks import FormerJournalMarks, load_former_journal_marks
from app.kernel.act import Act
from app.kernel.db import db
from app.people import queries as people
from app.regulation.rules import DeadlineCalendar

CellRowsByKey = Mapping[CellKey, Any]
GRID_CELL_COLUMNS = (
    Cell.lesson_id,
    Cell.student_id,
    Cell.kind,
    Cell.value,
    Cell.reason,
    Cell.made_up,
    Cell.version,
    Cell.first_entered_at,
    Cell.first_entered_by,
    Cell.changed_at,
    Cell.change_set_id,
    Cell.excused_id,
)
ABSENT_STATUSES = frozenset({"ABSENT", "EXCUSED", "SICK"})
"""Statuses of a lesson that is missed and not made up."""


@dataclass(frozen=True, slots=True)
class GridLessonColumn:
    """A column. `can_take_roll`: the viewer may take the roll now; `can_request_late_roll`: the viewer may
    request a late entry; `closing` is the deadline of its attendance."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    type: str
    state: str
    topic: str
    takes_roll: bool
    roll_taken_at: datetime | None
    roll_taken_by: str
    roll_late: bool
    closing: EntryDeadline
    can_take_roll: bool
    can_request_late_roll: bool


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell: attendance as annex 2 displays it, the grade, both versions, and what the viewer may not
    change now: "" | "a" attendance | "g" grade | "ag" both. `applicable` is False outside the student's
    membership."""

    status: str
    version: int
    grade: str
    grade_version: int
    lock: str
    applicable: bool


@dataclass(frozen=True, slots=True)
class GridStudentRow:
    """A row. `absences` counts the displayed absences; `points` is the sum of the displayed grades and of
    those in `carried`, the journals of earlier groups."""

    student: UUID
    name: str
    cells: Sequence[GridCell]
    absences: int
    points: str
    carried: Sequence[FormerJournalMarks] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """The journal of one offering for one viewer at one moment. `teaches`: the viewer is a teacher of
    it, so cells may be open to him."""

    offering: OfferingState
    teacher: str
    lessons: Sequence[GridLessonColumn]
    rows: Sequence[GridStudentRow]
    teaches: bool


def build_gradebook_grid(offering: OfferingState, viewer: Act, lesson: UUID | None = None) -> Grid:
    """Build the grid for a viewer who may read the offering (checked by the caller); with `lesson` only that
    column."""
    wanted = select(Lesson).where(Lesson.offering_id == offering.id).order_by(Lesson.starts_at, Lesson.id)
    if lesson is not None:
        wanted = wanted.where(Lesson.id == lesson)
    lessons = list(db.session.scalars(wanted))
    students = load_gradebook.load_present_and_past_students(offering.group)
    states = [load_gradebook.build_lesson_state(one, offering) for one in lessons]
    builder = GridCellBuilder(
        offering,
        viewer,
        load_gradebook.load_deadline_calendar(offering, viewer.at),
        load_grid_cell_rows(lessons),
    )
    names = people.load_names(
        {one.roll_taken_by for one in lessons if one.roll_taken_by}
        | {part.person for part in offering.teachers}
    )
    previous = load_former_journal_marks(offering.id, students, offering.starts_on)
    built = [(student, [builder.build_grid_cell(one, student) for one in states]) for student in students]
    return Grid(
        offering=offering,
        teacher=", ".join(dict.fromkeys(names[part.person].short for part in offering.teachers)),
        lessons=[
            _build_grid_column(row, one, builder, names) for row, one in zip(lessons, states, strict=True)
        ],
        rows=[
            _build_grid_row(one, cells, previous.get(one.id, ()))
            for one, cells in built
            if any(_needs_student_row(cell) for cell in cells)
        ],
        teaches=bool(builder.persons & {part.person for part in offering.teachers}),
    )


def load_grid_cell_rows(lessons: Sequence[Lesson]) -> CellRowsByKey:
    """Load every row of these lessons, as plain tuples; one statement."""
    found = db.session.execute(
        select(*GRID_CELL_COLUMNS).where(Cell.lesson_id.in_([lesson.id for lesson in lessons]))
    )
    return {(row.lesson_id, row.student_id, row.kind): row for row in found}


class GridCellBuilder:
    """Builder of grid cells for one viewer. Equal cells are decided once, because most cells of a grid are
    equal."""

    def __init__(
        self, offering: OfferingState, viewer: Act, calendar: DeadlineCalendar, marks: CellRowsByKey
    ) -> None:
        self.offering = offering
        self.viewer = viewer
        self.persons = persons_act_may_teach_as(viewer)
        self.calendar = calendar
        self.marks = marks
        self._locked: dict[tuple[Any, ...], bool] = {}
        self._blank: dict[tuple[UUID, bool], GridCell] = {}

    def build_grid_cell(self, lesson: LessonState, student: GroupStudent) -> GridCell:
        """Return one cell of the grid."""
        applicable = student.is_member_on(lesson.day)
        attendance = self.marks.get((lesson.id, student.id, ATTENDANCE))
        grade = self.marks.get((lesson.id, student.id, GRADE))
        if attendance is None and grade is None:
            blank = self._blank.get((lesson.id, applicable))
            if blank is not None:
                return blank
        cell = self._build_cell_from_rows(lesson, student.id, attendance, grade, applicable)
        if attendance is None and grade is None:
            self._blank[lesson.id, applicable] = cell
        return cell

    def _build_cell_from_rows(
        self,
        lesson: LessonState,
        student: UUID,
        attendance: Row[Any] | None,
        grade: Row[Any] | None,
        applicable: bool,
    ) -> GridCell:
        mark = build_cell_state(lesson, student, ATTENDANCE, attendance, applicable)
        points = build_cell_state(lesson, student, GRADE, grade, applicable)
        return GridCell(
            status=attendance_status(mark),
            version=mark.version,
            grade=points.value or "",
            grade_version=points.version,
            lock="a" * self._is_cell_locked(mark) + "g" * self._is_cell_locked(points),
            applicable=applicable,
        )

    def _is_cell_locked(self, cell: CellState) -> bool:
        """Return whether the viewer may not change the cell now, even with a reason."""
        settled = cell.is_absence_settled
        entered = (cell.first_entered_at, cell.first_entered_by, cell.corrected_at)
        key = (cell.lesson.id, cell.kind, cell.applicable, settled, *entered)
        if key not in self._locked:
            refusal = refusal_to_record_mark(
                cell, self.persons, self.offering.teachers, self.calendar, self.viewer.at, "a reason"
            )
            self._locked[key] = refusal is not None
        return self._locked[key]


def _needs_student_row(cell: GridCell) -> bool:
    """Return whether the student needs a row for this cell: a member on that day, or a mark written before a
    transfer order."""
    return cell.applicable or bool(cell.version or cell.grade_version)


def _build_grid_column(
    row: Lesson, lesson: LessonState, builder: GridCellBuilder, names: Mapping[UUID, people.PersonName]
) -> GridLessonColumn:
    rule_input = (lesson, builder.persons, builder.offering.teachers, builder.calendar, builder.viewer.at)
    return GridLessonColumn(
        id=row.id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        type=row.type,
        state=row.state,
        topic=row.topic,
        takes_roll=lesson.takes_roll,
        roll_taken_at=row.roll_taken_at,
        roll_taken_by=names[row.roll_taken_by].short if row.roll_taken_by else "",
        roll_late=row.roll_late,
        closing=_column_deadline(lesson, builder),
        can_take_roll=refusal_to_take_roll(*rule_input) is None,
        can_request_late_roll=refusal_to_request_late_roll_entry(*rule_input) is None,
    )


def _column_deadline(lesson: LessonState, builder: GridCellBuilder) -> EntryDeadline:
    """Return the deadline for entering while the roll is not taken, else for correcting it, the same for
    every student."""
    if lesson.roll_taken_at is None:
        return attendance_entry_deadline(lesson, builder.calendar, builder.viewer.at)
    unmarked = CellState(lesson, lesson.id, ATTENDANCE)
    return cell_entry_deadline(unmarked, builder.calendar, builder.viewer.at)


def _build_grid_row(
    student: GroupStudent, cells: Sequence[GridCell], carried: Sequence[FormerJournalMarks]
) -> GridStudentRow:
    own = sum((Decimal(cell.grade) for cell in cells if cell.grade), Decimal(0))
    points = own + sum((one.points for one in carried), Decimal(0))
    absences = sum(cell.status in ABSENT_STATUSES for cell in cells)
    return GridStudentRow(student.id, student.name, cells, absences, format(points.normalize(), "f"), carried)
