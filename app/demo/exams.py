"""Demo exam timetable, set by the academic office with the command of the application; one group has no days
yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from uuid import UUID

from app.demo.campus import DemoCampus
from app.journal.exams import queries as exam_queries
from app.journal.exams.commands import set_exam_days
from app.journal.exams.rules import MAX_EXAMS_AT_ONCE, SubmittedExamDay, exam_period
from app.journal.semesters.queries import load_all_semesters
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.db import db
from app.regulation.queries import load_regulation_snapshot
from app.regulation.term_book import RegulationSnapshot

EXAM_DAYS_DECIDED_AGO = timedelta(days=10)
"""Time since the office decided; the number of days is also the seed of the ids."""


def seed_exam_days(campus: DemoCampus) -> None:
    """Set the days of all groups but the last, two working days apart within a group."""
    by_login = {login: human for login, human, _role, _name in campus.accounts}
    office = Act(
        by_login["office"],
        None,
        campus.now - EXAM_DAYS_DECIDED_AGO,
        (RoleAssignment("academic_office"),),
        locale="ky",
    )
    db.session.rollback()
    semester = load_all_semesters()[0]
    rows = exam_queries.load_exam_timetable(semester.id, MAX_EXAMS_AT_ONCE).rows
    days = list(_plan_exam_days(load_regulation_snapshot(db.session), rows, *exam_period(semester.dates)))
    db.session.rollback()
    change = UUID(int=Random(EXAM_DAYS_DECIDED_AGO.days).getrandbits(128), version=4)
    with door.write(office):
        set_exam_days(office, change, semester.id, days)


def _plan_exam_days(
    known: RegulationSnapshot, rows: tuple[exam_queries.ExamRow, ...], first: date, last: date
) -> Iterator[SubmittedExamDay]:
    """Yield the exam day of each offering."""
    waiting = max(row.group for row in rows)
    place: dict[str, int] = {}
    for row in rows:
        if row.group == waiting:
            continue
        terms = known.calendar_of_unit(row.department, first)
        work = [day for day in _days_between(first, last) if terms.is_workday(day)]
        number = place.get(row.group, 0)
        place[row.group] = number + 1
        yield SubmittedExamDay(row.offering, work[(2 * number) % len(work)], None)


def _days_between(first: date, last: date) -> Iterator[date]:
    """Yield the days from first to last, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
