"""Demo make-up work at every step, created by the commands of the application with acts of the past days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.cases.commands.start import start_case
from app.demo.campus import DemoCampus
from app.demo.corrections import complete_case_tasks
from app.journal.makeups.rules import FORMS_BY_LESSON_TYPE
from app.journal.tables import Cell, Lesson
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import DepterError

WORK_DONE_ANSWERS = {"note": "Тапшырманы аткарып, кафедрага калтырдым."}
ACCEPT_MAKEUP_ANSWERS = {"decision": "approve", "points": "78", "comment": "Теманы жакшы билет."}
REPEAT_MAKEUP_ANSWERS = {"decision": "again", "comment": "Экинчи маселе чечилген эмес, толуктаңыз."}
COMPLETED_STEP_COUNTS = (0, 0, 1, 1, 2, 3, 3, 4)
"""Number of completed steps of each case: requested, task set, work submitted, accepted or returned."""


def seed_makeups(campus: DemoCampus) -> int:
    """Start the cases and complete their steps; return the number of cases."""
    found = list(_missed_lessons(campus))[: len(COMPLETED_STEP_COUNTS)]
    return sum(_run_makeup_case(campus, number, *one) for number, one in enumerate(found))


def _missed_lessons(campus: DemoCampus) -> Iterator[tuple[UUID, UUID, str]]:
    """Yield recent absences at lessons of the demo teacher, the demo student first, each student once."""
    by_login = {login: human for login, human, _role, _name in campus.accounts}
    offerings = [row[0] for row in campus.offerings if row[2] == by_login["teacher"]]
    rows = db.session.execute(
        select(Cell.student_id, Cell.lesson_id, Lesson.type)
        .join(Lesson, Lesson.id == Cell.lesson_id)
        .where(
            Lesson.offering_id.in_(offerings),
            Cell.value == "ABSENT",
            Cell.reason.is_(None),
            Lesson.starts_at > campus.now - timedelta(days=20),
            Lesson.starts_at < campus.now - timedelta(days=3),
        )
        .order_by(Cell.student_id != by_login["student"], Lesson.starts_at.desc(), Cell.student_id)
    ).all()
    seen: set[UUID] = set()
    for student, lesson, kind in rows:
        if student not in seen:
            seen.add(student)
            yield student, lesson, kind


def _run_makeup_case(campus: DemoCampus, number: int, student: UUID, lesson: UUID, kind: str) -> bool:
    """Start one make-up and complete its steps; return whether it was accepted."""
    begun = campus.now - timedelta(hours=4 + 5 * number)
    act = Act(student, None, begun, (RoleAssignment("student"),), locale="ky")
    case = campus.new_id()
    db.session.rollback()
    try:
        with door.write(act):
            start_case(act, case, "makeup", {"makeup": {"lessons": [str(lesson)]}})
    except DepterError:
        return False
    task = {
        "decision": "assign",
        "form": FORMS_BY_LESSON_TYPE[kind][0],
        "topic": "Өтүлгөн теманын негизги түшүнүктөрү",
        "criteria": "Негизги түшүнүктөрдү айтып, бир мисалды чыгаруу.",
        "due_on": local_day(campus.now + timedelta(days=5)).isoformat(),
    }
    steps = (
        task,
        WORK_DONE_ANSWERS,
        ACCEPT_MAKEUP_ANSWERS if number % 2 else REPEAT_MAKEUP_ANSWERS,
        WORK_DONE_ANSWERS,
    )
    complete_case_tasks(case, steps[: COMPLETED_STEP_COUNTS[number]], begun)
    return True
