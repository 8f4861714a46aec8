"""Attendance statistics of a journal: how often each student has each status (4.2.4 b). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.journal.gradebook.cell_state import ABSENT, EXCUSED, MADE_UP, NOT_RECORDED, PRESENT, SICK
from app.journal.gradebook_views.grid import GridLessonColumn, GridStudentRow
from app.kernel.clock import local_day

COUNTED_STATUSES = (PRESENT, ABSENT, EXCUSED, SICK, MADE_UP, NOT_RECORDED)
"""Statuses of annex 2 in its order, and lessons whose attendance is not recorded yet."""


@dataclass(frozen=True, slots=True)
class StudentAttendanceCounts:
    """How many lessons of one student have each of `COUNTED_STATUSES`.

    `refused` of the absences have a reason that the directorate did not confirm, the others none confirmed yet.
    """

    student: UUID
    name: str
    by_status: Mapping[str, int]
    refused: int


def count_attendance(
    rows: Sequence[GridStudentRow],
    lessons: Sequence[GridLessonColumn],
    is_refused: Callable[[UUID, UUID, date], bool],
) -> list[StudentAttendanceCounts]:
    """Return the counts of each student of a grid, in its order. Lessons outside the membership do not count.

    `is_refused` says of (lesson, student, day) whether a reason was refused there.
    """
    return [
        StudentAttendanceCounts(
            row.student,
            row.name,
            _count_statuses(row),
            sum(
                cell.status == ABSENT and is_refused(lesson.id, row.student, local_day(lesson.starts_at))
                for lesson, cell in zip(lessons, row.cells, strict=True)
            ),
        )
        for row in rows
    ]


def sum_counts(counts: Sequence[StudentAttendanceCounts]) -> Mapping[str, int]:
    """Return the counts of all students together."""
    return {status: sum(one.by_status[status] for one in counts) for status in COUNTED_STATUSES}


def _count_statuses(row: GridStudentRow) -> Mapping[str, int]:
    found = Counter(cell.status for cell in row.cells)
    return {status: found[status] for status in COUNTED_STATUSES}
