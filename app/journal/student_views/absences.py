"""Queries of the absences of a student with what each still needs and by when (6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.journal.excuses.queries import load_days_present_after, load_directorate_deadline_calendar
from app.journal.excuses.refused_lessons import RefusedLesson, load_refused_lessons
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import CellState, attendance_status
from app.journal.gradebook.load import OfferingState
from app.journal.makeups.debt_queries import load_absences_of_student
from app.journal.student_views.absence_needs import (
    AbsenceNeed,
    compute_absence_needs,
    first_present_day_after,
)


@dataclass(frozen=True, slots=True)
class MissedLesson:
    """One missed lesson: its cell, the status of annex 2, the day of return (None: still away), what it
    needs, whether its work was accepted after a sheet over it was signed (5.4.3), and whether it was declared
    not required (5.2). `refused` is the decision not to confirm a reason for this lesson (4.2.4)."""

    cell: CellState
    offering: OfferingState
    status: str
    returned_on: date | None
    needs: tuple[AbsenceNeed, ...]
    accepted: bool = False
    waived: bool = False
    refused: RefusedLesson | None = None

    @property
    def lesson(self) -> UUID:
        """Return the id of the missed lesson."""
        return self.cell.lesson.id

    @property
    def day(self) -> date:
        """Return the day of the missed lesson."""
        return self.cell.lesson.day

    @property
    def unconfirmed(self) -> bool:
        """Return whether the absence has no confirmed reason and is not made up."""
        return self.cell.reason is None and not self.cell.made_up


def load_missed_lessons(
    student: UUID, now: datetime, lessons: Sequence[UUID] | None = None
) -> list[MissedLesson]:
    """Return every lesson the student missed while belonging to the group (with `lessons`: among these),
    newest first.

    Up to seven statements, and those for the deadline calendar of each department and institute.
    """
    found = load_absences_of_student(student, lessons)
    first = min((debt.cell.lesson.day for debt, _offering in found), default=None)
    present = load_days_present_after(student, first) if first else []
    refused = load_refused_lessons([student]) if found else {}
    absences = []
    for debt, offering in found:
        return_day = first_present_day_after(present, debt.cell.lesson.day)
        calendar, office = (
            load_gradebook.load_deadline_calendar(offering, now),
            load_directorate_deadline_calendar(offering.institute, now),
        )
        needs = compute_absence_needs(debt, return_day, calendar, office, now)
        absences.append(
            MissedLesson(
                cell=debt.cell,
                offering=offering,
                status=attendance_status(debt.cell),
                returned_on=return_day,
                needs=needs,
                accepted=debt.work_accepted,
                waived=debt.work_waived,
                refused=(refused.get((debt.cell.lesson.id, student)) if debt.cell.reason is None else None),
            )
        )
    return absences[::-1]
