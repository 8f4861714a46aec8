"""Generation of the lessons of an opening, by the run of the timetable that the worker goes through."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, select

from app.journal.opening.queries import load_opening
from app.journal.semesters.queries import find_semester
from app.journal.tables import Course, LessonPattern, Offering, TimetableRun
from app.journal.timetable.generation_commands import start_timetable_run
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing


def generate_opening_lessons(act: Act, opening: UUID) -> str:
    """Let the worker generate the lessons of the semester of an opening from today, or from its first day, on.

    Returns `started`, `running` while the lessons of this semester are generated already, or `nothing` when no journal
    of the department has weekly lessons. One run covers every department: lessons that exist are not made twice.
    Raises Missing, Denied (not the academic office).
    """
    row = load_opening(opening)
    semester = find_semester(row.semester_id)
    if semester is None:
        raise Missing
    weekly = (
        select(Offering.id)
        .join(Course, Course.id == Offering.course_id)
        .where(
            Course.department_id == row.department_id,
            Offering.semester_id == row.semester_id,
            Offering.state == "DRAFT",
            exists().where(LessonPattern.offering_id == Offering.id),
        )
    )
    if db.session.scalar(weekly.limit(1)) is None:
        return "nothing"
    running = select(TimetableRun.id).where(
        TimetableRun.semester_id == row.semester_id, TimetableRun.state == "RUNNING"
    )
    if db.session.scalar(running) is not None:
        return "running"
    since = max(local_day(act.at), semester.dates.starts_on)
    start_timetable_run(act, opening, row.semester_id, None, since)
    return "started"
