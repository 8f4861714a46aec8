"""Reads of disputed marks for cases and the form (6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.journal.disputes.rules import (
    GRADE_REVIEWER_POLICY,
    mark_dispute_deadline,
    reviewing_office_of_dispute,
)
from app.journal.excuses.case_subjects import build_journal_scope_of_offering
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import CellState, is_teacher_on_day
from app.journal.gradebook.load import OfferingState
from app.journal.gradebook.load_cells import load_cell_states_with_rows
from app.journal.tables import Cell, Dispute, Lesson
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people import queries as people
from app.regulation.rules import Deadline, DeadlineCalendar


@dataclass(frozen=True, slots=True)
class DisputableMark:
    """A mark with its publication and the deadline to dispute it; both None while nothing is entered."""

    cell: CellState
    offering: OfferingState
    published_at: datetime | None
    deadline: Deadline | None


def load_disputable_mark(lesson_id: UUID | None, student: UUID, kind: str, now: datetime) -> DisputableMark:
    """Return the mark of a student; raise Missing.

    A saved mark is visible at once (6.1), so its publication is its latest change.
    """
    lesson = db.session.get(Lesson, lesson_id) if lesson_id else None
    if lesson is None:
        raise Missing
    offering = load_gradebook.load_offerings([lesson.offering_id])[lesson.offering_id]
    (found,) = load_cell_states_with_rows(offering, [lesson], [(lesson.id, student, kind)])
    published = _mark_publication_time(found.cell, found.row)
    due = mark_dispute_deadline_or_none(
        found.cell, found.row, load_gradebook.load_deadline_calendar(offering, now)
    )
    return DisputableMark(found.cell, offering, published, due)


def mark_dispute_deadline_or_none(
    cell: CellState, row: Cell | None, calendar: DeadlineCalendar
) -> Deadline | None:
    """Return the deadline to dispute this mark (6.2); None while nothing is entered."""
    published = _mark_publication_time(cell, row)
    return mark_dispute_deadline(published, calendar) if published else None


def _mark_publication_time(cell: CellState, row: Cell | None) -> datetime | None:
    """Return when the present value became visible: the latest change, or the roll for a value set by it."""
    if cell.value is None:
        return None
    return row.changed_at if row is not None and not cell.is_present_by_roll_only else cell.first_entered_at


@dataclass(frozen=True, slots=True)
class DisputeScope:
    """Units and persons of a dispute; `teacher` entered the mark and still teaches
    there, else it is the main teacher; `reviewer` considers what the teacher does not solve."""

    department: UUID
    institute: UUID
    student: UUID
    teacher: UUID
    reviewer: str


def load_dispute_scope(id: UUID, now: datetime) -> DisputeScope:
    """Return the units and persons of a dispute; raise Missing."""
    row = load_dispute_row(id)
    found = load_disputable_mark(row.lesson_id, row.student_id, row.kind, now)
    scope = build_journal_scope_of_offering(found.offering)
    calendar = load_gradebook.load_deadline_calendar(found.offering, now)
    author = found.cell.first_entered_by
    own = author and is_teacher_on_day(found.offering.teachers, frozenset({author}), local_day(now))
    return DisputeScope(
        department=scope.department,
        institute=scope.institute,
        student=row.student_id,
        teacher=author if own and author else scope.main_teacher,
        reviewer=reviewing_office_of_dispute(row.kind, calendar.policy(GRADE_REVIEWER_POLICY).value),
    )


def describe_dispute(id: UUID, now: datetime) -> dict[str, Any]:
    """Return a dispute as JSON: {kind: "dispute", course, group, offering, student, student_id, lesson,
    date, lesson_type, mark, value, late}. Raise Missing."""
    row = load_dispute_row(id)
    found = load_disputable_mark(row.lesson_id, row.student_id, row.kind, now)
    lesson = found.cell.lesson
    return {
        "kind": "dispute",
        "course": dict(found.offering.names),
        "group": found.offering.group_name,
        "offering": str(row.offering_id),
        "student": people.load_names([row.student_id])[row.student_id].short,
        "student_id": str(row.student_id),
        "lesson": str(row.lesson_id),
        "date": lesson.day.isoformat(),
        "lesson_type": lesson.type,
        "mark": row.kind,
        "value": found.cell.reason or found.cell.value or "",
        "late": row.late,
    }


def load_dispute_row(id: UUID) -> Dispute:
    """Return the dispute; raise Missing."""
    row = db.session.get(Dispute, id)
    if row is None:
        raise Missing
    return row
