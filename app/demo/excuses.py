"""Demo excuses at every step, and a late entry, created by the commands of the application with acts of the
past days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.commands.start import start_case
from app.demo.campus import DemoCampus
from app.demo.corrections import complete_case_tasks
from app.demo.paper import make_one_page_pdf
from app.files.store import FileStore
from app.journal.tables import Cell, Lesson
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import DepterError

REGISTER_ANSWERS = {"decision": "complete"}
CONFIRM_ANSWERS = {"decision": "approve"}
INQUIRE_ANSWERS = {"decision": "inquire", "reason": "Мөөр башка мекеменики, документ бергенден сурайбыз."}
RETURN_EXCUSE_ANSWERS = {"decision": "return", "reason": "Документтин экинчи бети жок, толук тиркеңиз."}
REJECT_EXCUSE_ANSWERS = {"decision": "reject", "reason": "Документ башка күндөргө берилген."}
SCENARIOS: tuple[tuple[dict[str, str], ...], ...] = (
    (),
    (),
    (REGISTER_ANSWERS,),
    (REGISTER_ANSWERS,),
    (REGISTER_ANSWERS, CONFIRM_ANSWERS),
    (REGISTER_ANSWERS, CONFIRM_ANSWERS),
    (REGISTER_ANSWERS, INQUIRE_ANSWERS),
    (RETURN_EXCUSE_ANSWERS,),
    (REGISTER_ANSWERS, REJECT_EXCUSE_ANSWERS),
)
DOCUMENTS = (
    ("medical", "М-2041", "№ 2 үй-бүлөлүк медицина борбору"),
    ("event", "Б-118", "ОшТУ, спорт бөлүмү"),
    ("medical", "М-2107", "№ 2 үй-бүлөлүк медицина борбору"),
    ("other", "К-9", "Айыл өкмөтү"),
)
LATE_ENTRY_REASON = "Айылдагы практикада болдум, интернет жок эле; тизме кагазда."


def seed_excuses(campus: DemoCampus, data: Path) -> int:
    """Start the cases and complete their steps; return the number of cases."""
    store, absent = FileStore(data), list(_students_with_recent_absence(campus))[: len(SCENARIOS)]
    made = sum(_run_excuse_case(campus, store, number, found) for number, found in enumerate(absent))
    return made + _request_roll_late_entry(campus)


def _students_with_recent_absence(campus: DemoCampus) -> Iterator[tuple[UUID, date]]:
    """Yield students with a recent absence, each once, the demo student and his group first."""
    mine = next(human for login, human, _role, _name in campus.accounts if login == "student")
    near = next(students for students in campus.students.values() if mine in students)
    found = db.session.execute(
        select(Cell.student_id, Lesson.starts_at)
        .join(Lesson, Lesson.id == Cell.lesson_id)
        .where(
            Cell.kind == "ATTENDANCE",
            Cell.value == "ABSENT",
            Lesson.starts_at < campus.now - timedelta(days=2),
            Lesson.starts_at > campus.now - timedelta(days=20),
        )
        .order_by(
            Cell.student_id != mine, Cell.student_id.not_in(near), Lesson.starts_at.desc(), Cell.student_id
        )
    ).all()
    seen: set[UUID] = set()
    for student, starts_at in found:
        if student not in seen:
            seen.add(student)
            yield student, local_day(starts_at)


def _run_excuse_case(campus: DemoCampus, store: FileStore, number: int, found: tuple[UUID, date]) -> bool:
    """Start an excuse with a document and complete its steps; return whether it was accepted."""
    student, day = found
    ground, paper, issuer = DOCUMENTS[number % len(DOCUMENTS)]
    begun = campus.now - timedelta(hours=5 + 4 * number)
    act = Act(student, None, begun, (RoleAssignment("student"),), locale="ky")
    answers: dict[str, Any] = {
        "period": {"from": day.isoformat(), "to": day.isoformat()},
        "ground": ground,
        "document_number": paper,
        "document_date": day.isoformat(),
        "issuer": issuer,
        "note": "Кечиккенимдин себеби: документти кеч алдым.",
    }
    case = campus.new_id()
    db.session.rollback()
    try:
        with door.write(act):
            scan = BytesIO(make_one_page_pdf(f"Demo document {number + 1}", f"Day: {day.isoformat()}"))
            answers["files"] = [
                store.store_upload(act, campus.new_id(), f"документ-{number + 1}.pdf", scan).id
            ]
            start_case(act, case, "excuse", answers)
    except DepterError:
        return False
    complete_case_tasks(case, SCENARIOS[number], begun)
    return True


def _request_roll_late_entry(campus: DemoCampus) -> int:
    """Request late entry of a roll by the demo teacher; return the number of cases."""
    teacher = next(human for login, human, _role, _name in campus.accounts if login == "teacher")
    offerings = [row[0] for row in campus.offerings if row[2] == teacher]
    lesson = db.session.scalar(
        select(Lesson.id)
        .where(
            Lesson.offering_id.in_(offerings),
            Lesson.roll_taken_at.is_(None),
            Lesson.ends_at < campus.now - timedelta(days=9),
            Lesson.type != "INDEPENDENT_WORK",
        )
        .order_by(Lesson.starts_at.desc())
        .limit(1)
    )
    if lesson is None:
        return 0
    begun: datetime = campus.now - timedelta(hours=3)
    act = Act(teacher, None, begun, (RoleAssignment("teacher"),), locale="ky")
    entries = [{"lesson": str(lesson), "student": None, "kind": "ATTENDANCE"}]
    db.session.rollback()
    try:
        with door.write(act):
            start_case(act, campus.new_id(), "late_entry", {"entries": entries, "reason": LATE_ENTRY_REASON})
    except DepterError:
        return 0
    return 1
