"""Demo rows for the patterns of an auditor: a grade corrected twice and over the passing points, approvals within
seconds, a substitute of an absent head, an approver who left the day after, and a grade entered at night."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Numeric, cast, select

from app.cases.commands.complete import complete_task
from app.cases.commands.start import start_case
from app.cases.models import Task
from app.demo.campus import DemoCampus, add_invented_person
from app.demo.corrections import APPROVE_ANSWERS, complete_case_tasks
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.tables import Cell, Lesson
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import DepterError
from app.people import queries as people
from app.people.commands import grant_role, name_substitute

FIRST_CORRECTION, SECOND_CORRECTION = timedelta(days=6), timedelta(days=4)
"""How long ago the two corrections of one grade began."""
SECONDS_TO_APPROVE = 12
LOW_GRADE = Decimal(60)
MARKED_AT = time(23, 40)
REASON = "Иштин упайы туура эмес көчүрүлгөн: барак кафедрада сакталат."
AWAY = "Иш сапары."


def seed_patterns(campus: DemoCampus) -> int:
    """Seed what the patterns show; return the number of cases."""
    _mark_at_night(campus)
    for offering, _group, teacher, department in campus.offerings[:8]:
        for lesson, student, version in _low_grades(campus, offering):
            case = campus.new_id()
            begun = campus.now - FIRST_CORRECTION
            _name_substitute_of_head(campus, department, teacher, begun)
            if not _start_correction(case, teacher, _edit(lesson, student, version, "75"), begun):
                continue
            _approve_in_seconds(case, _hire_who_leaves(campus, begun), begun)
            again, later = campus.new_id(), campus.now - SECOND_CORRECTION
            if _start_correction(again, teacher, _edit(lesson, student, version + 1, "80"), later):
                complete_case_tasks(again, (APPROVE_ANSWERS,) * 4, later)
                return 2
            return 1
    return 0


def _low_grades(campus: DemoCampus, offering: UUID) -> list[tuple[UUID, UUID, int]]:
    """Return lesson, student and version of some old grades below the passing points."""
    rows = db.session.execute(
        select(Cell.lesson_id, Cell.student_id, Cell.version)
        .join(Lesson, Lesson.id == Cell.lesson_id)
        .where(
            Lesson.offering_id == offering,
            Cell.kind == "GRADE",
            cast(Cell.value, Numeric) < LOW_GRADE,
            Lesson.ends_at < campus.now - timedelta(days=12),
        )
        .order_by(Lesson.starts_at.desc(), Cell.id)
        .limit(3)
    )
    return [(row.lesson_id, row.student_id, row.version) for row in rows]


def _edit(lesson: UUID, student: UUID, version: int, new: str) -> dict[str, Any]:
    return {"lesson": str(lesson), "student": str(student), "kind": "GRADE", "version": version, "new": new}


def _start_correction(case: UUID, teacher: UUID, edit: dict[str, Any], at: datetime) -> bool:
    """Start a correction; return whether it was accepted."""
    act = Act(teacher, None, at, (RoleAssignment("teacher"),), locale="ky")
    answers = {"change_set": [edit], "error_kind": "typo", "reason": REASON}
    try:
        with door.write(act):
            start_case(act, case, "late_correction", answers)
    except DepterError:
        return False
    return True


def _name_substitute_of_head(campus: DemoCampus, department: UUID, teacher: UUID, at: datetime) -> None:
    """Let another teacher of the department stand in for its head on this day."""
    head, day = campus.heads[department], local_day(at)
    found = people.load_role_holders("teacher", department, day)
    substitute = next(one.person for one in found if one.person not in (head, teacher))
    act = Act(
        head, None, at - timedelta(days=1), (RoleAssignment("department_head", department),), locale="ky"
    )
    db.session.rollback()
    with door.write(act):
        name_substitute(act, campus.new_id(), substitute, "department_head", day, day, AWAY)


def _hire_who_leaves(campus: DemoCampus, at: datetime) -> UUID:
    """Add a member of the academic office whose role ends the day after; return his id."""
    person, day = add_invented_person(campus), local_day(at)
    act = Act.by_system(at)
    with door.write(act):
        campus.insert_all_rows()
        since = day - timedelta(days=90)
        grant_role(act, campus.new_id(), person, "academic_office", None, since, day + timedelta(days=1))
    return person


def _approve_in_seconds(case: UUID, of_office: UUID, begun: datetime) -> None:
    """Complete the steps one after another, each some seconds after it opened."""
    at = begun
    while task := db.session.scalar(select(Task).where(Task.case_id == case, Task.closed_at.is_(None))):
        at += timedelta(seconds=SECONDS_TO_APPROVE)
        person = of_office if task.role == "academic_office" else task.assignee or _pool_member(task, at)
        act = Act(person, task.on_behalf_of, at, (RoleAssignment(task.role, task.unit_id),), locale="ky")
        task_id = task.id
        db.session.rollback()
        with door.write(act):
            complete_task(act, task_id, dict(APPROVE_ANSWERS))


def _pool_member(task: Task, at: datetime) -> UUID:
    """Return a person of the pool of a task."""
    found = people.load_role_holders(task.role, task.unit_id, local_day(at))
    return next(one.person for one in found if one.unit == task.unit_id and one.person not in task.excluded)


def _mark_at_night(campus: DemoCampus) -> None:
    """Enter a grade late in the evening of the day of a lesson, the latest one where the rules permit it."""
    offerings = {offering: teacher for offering, _group, teacher, _department in campus.offerings}
    empty = (
        select(Lesson.id, Lesson.offering_id, Lesson.starts_at, Cell.student_id)
        .join(Cell, (Cell.lesson_id == Lesson.id) & (Cell.kind == "ATTENDANCE"))
        .where(
            Lesson.ends_at < campus.now - timedelta(days=1),
            Lesson.ends_at > campus.now - timedelta(days=9),
            ~select(Cell.id)
            .where(Cell.lesson_id == Lesson.id, Cell.kind == "GRADE")
            .correlate(Lesson)
            .exists(),
        )
        .order_by(Lesson.starts_at.desc(), Cell.id)
        .limit(20)
    )
    for lesson, offering, starts_at, student in db.session.execute(empty).all():
        night = datetime.combine(local_day(starts_at), MARKED_AT, UNIVERSITY_ZONE).astimezone(UTC)
        act = Act(offerings[offering], None, night, (RoleAssignment("teacher"),), locale="ky")
        db.session.rollback()
        try:
            with door.write(act):
                record_mark(act, CellEdit(lesson, student, "GRADE", "64", 0))
        except DepterError:
            continue
        return
