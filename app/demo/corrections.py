"""Demo cases at every step of the late correction, created by the commands of the application with acts of
the past days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.commands.complete import complete_task
from app.cases.commands.start import start_case
from app.cases.commands.withdraw import withdraw_case_by_requester
from app.cases.models import Task
from app.demo.campus import DemoCampus
from app.journal.tables import Cell, Lesson
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.db import db
from app.kernel.errors import DepterError
from app.people import queries as people

APPROVE_ANSWERS = {"decision": "approve"}
RETURN_ANSWERS = {"decision": "return", "reason": "Далил тиркелген эмес: барактын сканын кошуңуз."}
REJECT_ANSWERS = {"decision": "reject", "reason": "Журналдын көчүрмөсү боюнча студент сабакта болгон эмес."}
RECLASSIFY_ANSWERS = {
    "decision": "reclassify",
    "reason": "Бул баанын өзүн өзгөртүү, комиссиянын чечими керек.",
}
SCENARIOS: tuple[tuple[dict[str, str], ...], ...] = (
    (),
    (),
    (),
    (APPROVE_ANSWERS,),
    (APPROVE_ANSWERS,),
    (APPROVE_ANSWERS, APPROVE_ANSWERS),
    (APPROVE_ANSWERS, APPROVE_ANSWERS),
    (APPROVE_ANSWERS, APPROVE_ANSWERS, APPROVE_ANSWERS),
    (APPROVE_ANSWERS, APPROVE_ANSWERS, APPROVE_ANSWERS, APPROVE_ANSWERS),
    (APPROVE_ANSWERS, APPROVE_ANSWERS, APPROVE_ANSWERS, APPROVE_ANSWERS),
    (APPROVE_ANSWERS, RETURN_ANSWERS),
    (RETURN_ANSWERS,),
    (REJECT_ANSWERS,),
    (APPROVE_ANSWERS, APPROVE_ANSWERS, REJECT_ANSWERS),
    (APPROVE_ANSWERS, APPROVE_ANSWERS, RECLASSIFY_ANSWERS),
)
REASONS = (
    "Тилкени жаңылып алгам: студент сабакта болгон, тапшырманы аткарган.",
    "Тизмеде окшош фамилия бар, белги башка студентке коюлуп калган.",
    "Тутум токтоп калып, белги эки жолу сакталды.",
)


def seed_corrections(campus: DemoCampus) -> int:
    """Start the cases and complete their steps; return the number of cases."""
    made = 0
    cells = _absences_past_deadline(campus)
    for number, scenario in enumerate((*SCENARIOS, None)):
        found = next(cells, None)
        if found is None:
            break
        lesson, student, teacher = found
        begun = campus.now - timedelta(hours=6 + 5 * number)
        case = campus.new_id()
        if _start_correction(campus, case, lesson, student, teacher, begun, REASONS[number % len(REASONS)]):
            made += 1
            if scenario is None:
                _withdraw_case(teacher, case, begun + timedelta(hours=1))
            else:
                complete_case_tasks(case, scenario, begun)
    return made


def _absences_past_deadline(campus: DemoCampus) -> Iterator[tuple[UUID, UUID, UUID]]:
    """Yield absences past their deadline, those of the demo teacher first."""
    old = campus.now - timedelta(days=12)
    order = sorted(campus.offerings, key=lambda row: row[2] != _load_demo_teacher_id(campus))
    per_offering = 6
    for offering, _group, teacher, _department in order[:6]:
        found = db.session.execute(
            select(Cell.lesson_id, Cell.student_id)
            .join(Lesson, Lesson.id == Cell.lesson_id)
            .where(Lesson.offering_id == offering, Cell.kind == "ATTENDANCE", Lesson.ends_at < old)
            .order_by(Lesson.starts_at, Cell.id)
            .limit(per_offering)
        ).all()
        for lesson, student in found:
            yield lesson, student, teacher


def _load_demo_teacher_id(campus: DemoCampus) -> UUID:
    """Return the person of the demo teacher."""
    return next(human for login, human, _role, _name in campus.accounts if login == "teacher")


def _start_correction(
    campus: DemoCampus, case: UUID, lesson: UUID, student: UUID, teacher: UUID, at: datetime, reason: str
) -> bool:
    """Start a correction; return whether it was accepted."""
    edit = {
        "lesson": str(lesson),
        "student": str(student),
        "kind": "ATTENDANCE",
        "version": 1,
        "new": "PRESENT",
    }
    answers = {"change_set": [edit], "error_kind": "wrong_date_or_column", "reason": reason}
    act = Act(teacher, None, at, (RoleAssignment("teacher"),), locale="ky")
    try:
        with door.write(act):
            start_case(act, case, "late_correction", answers)
    except DepterError:
        return False
    return True


def complete_case_tasks(case: UUID, steps: tuple[dict[str, str], ...], begun: datetime) -> None:
    """Complete tasks one after another, each by a permitted person, 50 minutes apart."""
    for number, answers in enumerate(steps):
        at = begun + timedelta(minutes=50 * (number + 1))
        task = db.session.scalar(select(Task).where(Task.case_id == case, Task.closed_at.is_(None)))
        if task is None:
            return
        person = task.assignee or _find_pool_member(task, at)
        act = Act(person, None, at, (RoleAssignment(task.role, task.unit_id),), locale="ky")
        task_answers: dict[str, Any] = dict(answers)
        task_id = task.id
        db.session.rollback()
        with door.write(act):
            complete_task(act, task_id, task_answers)


def _find_pool_member(task: Task, at: datetime) -> UUID:
    """Return a person of the pool of the task."""
    found = people.load_role_holders(task.role, task.unit_id, at.date())
    return next(one.person for one in found if one.unit == task.unit_id and one.person not in task.excluded)


def _withdraw_case(teacher: UUID, case: UUID, at: datetime) -> None:
    """Withdraw the case in the name of the teacher."""
    act = Act(teacher, None, at, (RoleAssignment("teacher"),), locale="ky")
    with door.write(act):
        withdraw_case_by_requester(act, case, "Өзүм жаңылыптырмын, белги туура экен.")
