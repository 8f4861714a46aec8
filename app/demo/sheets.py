"""Demo grade sheets of the first module, created three weeks ago, filled, signed and led to their state by
the commands of the application. The clock creates those of the second module; approved ones wait for the end
of the semester (7.6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, update

from app.cases.commands.complete import complete_task
from app.cases.commands.start import start_follow_up_case_once
from app.cases.models import Task
from app.demo.campus import DemoCampus
from app.demo.corrections import APPROVE_ANSWERS, complete_case_tasks
from app.journal.grade_sheets.entry_commands import SheetEntryEdit, create_due_sheets, enter_sheet_points
from app.journal.grade_sheets.list_queries import load_sheet_case_scope
from app.journal.grade_sheets.queries import compute_sheet_from_journal, load_grade_sheet, sheet_lines_to_sign
from app.journal.grading.scheme_commands import SyllabusCriteria, write_syllabus_criteria
from app.journal.grading.scheme_queries import load_scheme_version_of_offering
from app.journal.tables import GradeSheet
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.outbox.models import Message

SHEET_CREATED_EVENT = "journal.sheet.created"
SHEETS_CREATED_AGO = timedelta(weeks=3)
ASSESSMENT_CRITERIA = (
    "Учурдагы баа: ар бир тапшырма 100 балл менен бааланат, орточосу модулдун 20 баллын берет.\n"
    "Аралык текшерүү: жазуу жүзүндө, 10 балл. Кечиккен тапшырма мөөнөттөн кийин кабыл алынбайт."
)
EXTRA_CRITERIA = "Себепсиз калтырылган ар бир лабораториялык сабак үчүн жазуу жүзүндөгү кыска отчет."


def seed_sheets_and_criteria(campus: DemoCampus) -> int:
    """Create the sheets and complete their steps; return their number. Every fifth waits for the head of
    department, every seventh for the office; criteria are written for the journals of the demo teacher."""
    monday = campus.now - timedelta(days=campus.today.weekday()) - SHEETS_CREATED_AGO
    act = Act.by_system(monday)
    with door.write(act):
        create_due_sheets(act)
        delivered = update(Message).where(Message.event_type == SHEET_CREATED_EVENT).values(done_at=act.at)
        db.session.execute(delivered)
    rows = db.session.scalars(select(GradeSheet.id).order_by(GradeSheet.number)).all()
    for number, sheet in enumerate(rows):
        _run_sheet_case(campus, sheet, monday + timedelta(days=2, minutes=7 * number), number)
    _write_journal_criteria(campus)
    return len(rows)


def _run_sheet_case(campus: DemoCampus, sheet: UUID, at: datetime, number: int) -> None:
    """Start the case of a sheet, enter points, sign it and complete its steps."""
    db.session.rollback()
    case, teacher = campus.new_id(), load_sheet_case_scope(sheet).teacher
    system = Act.by_system(at)
    with door.write(system):
        start_follow_up_case_once(system, case, "grade_sheet", {"sheet": str(sheet)}, teacher)
    act = Act(teacher, None, at, (RoleAssignment("teacher"),), locale="ky")
    with door.write(act):
        enter_sheet_points(act, sheet, _random_midterm_edits(campus, sheet, at))
    with door.write(act):
        found = compute_sheet_from_journal(load_grade_sheet(sheet), at)
        seen = canonical_sha256(sheet_lines_to_sign(found))
        task = db.session.scalars(select(Task.id).where(Task.case_id == case, Task.closed_at.is_(None))).one()
        complete_task(act, task, {"signing": {"seen": seen}})
    steps = 0 if number % 5 == 4 else 1 if number % 7 == 6 else 2
    complete_case_tasks(case, (APPROVE_ANSWERS, APPROVE_ANSWERS)[:steps], at)


def _random_midterm_edits(campus: DemoCampus, sheet: UUID, at: datetime) -> list[SheetEntryEdit]:
    """Return midterm points for everybody on the sheet; a few did not attend."""
    lines = compute_sheet_from_journal(load_grade_sheet(sheet), at).lines
    edits = []
    for line in lines:
        came = campus.random.random() < 0.95
        points = Decimal(campus.random.randint(4, 10)) if came else None
        edits.append(SheetEntryEdit(line.student, "GRADED" if came else "NOT_ATTENDED", points, 0))
    return edits


def _write_journal_criteria(campus: DemoCampus) -> None:
    """Write criteria for the journals of the demo teacher."""
    by_login = {login: human for login, human, _role, _name in campus.accounts}
    act = Act(
        by_login["teacher"], None, campus.now - timedelta(weeks=8), (RoleAssignment("teacher"),), locale="ky"
    )
    for offering, _group, lecturer, _department in campus.offerings:
        if lecturer == by_login["teacher"]:
            db.session.rollback()
            scheme = load_scheme_version_of_offering(offering).id
            with door.write(act):
                write_syllabus_criteria(
                    act, offering, SyllabusCriteria(scheme, ASSESSMENT_CRITERIA, EXTRA_CRITERIA, 0)
                )
