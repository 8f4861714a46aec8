"""Demo appeals against results of the first module: one decided, with its correction at the office; one of
the demo student at its secretary, after the deadline and with a reason; one question to the teacher."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.commands.complete import complete_task
from app.cases.commands.start import start_case
from app.cases.models import Case, Task
from app.demo.campus import DemoCampus
from app.journal.appeals.hearing_queries import find_latest_hearing_stage
from app.journal.appeals.queries import load_result_deadline_calendar
from app.journal.appeals.rules import HEARING_NOTICE_POLICY
from app.journal.grade_sheets.line_queries import find_current_result
from app.journal.tables import GradeSheet, Result
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_time
from app.kernel.db import db
from app.regulation.rules import compute_deadline

APPEAL_REASON = (
    "Экинчи маселе толук чыгарылган, бирок ага балл берилген эмес. Ишимди кайра карап берүүңүздөрдү суранам."
)
LATE_APPEAL_REASON = "Ведомость жарыяланган күндөрү ооруканада болгом, натыйжаны кийин гана көрдүм."
PROTOCOL_REASON = "Комиссия жазуу ишин карап, экинчи маселенин туура чыгарылганын аныктады."


def seed_appeals(campus: DemoCampus) -> int:
    """Start the cases and complete their tasks; return the number of cases."""
    results = _load_results_to_appeal(campus)
    waiting, to_decide, to_ask = results[:3]
    begun = to_decide.published_at + timedelta(hours=3)
    _run_appeal_to_decision(campus, to_decide, begun)
    _start_result_case(campus, "appeal", waiting, campus.now - timedelta(hours=5), late=LATE_APPEAL_REASON)
    _start_result_case(
        campus, "result_dispute", to_ask, campus.now - timedelta(hours=4), late=LATE_APPEAL_REASON
    )
    return 3


def _load_results_to_appeal(campus: DemoCampus) -> list[Result]:
    """Return results of the sheet of the demo student and teacher that may still rise, the student's own
    first."""
    by_login = {login: human for login, human, _role, _name in campus.accounts}
    mine = [
        (offering, group)
        for offering, group, lecturer, _department in campus.offerings
        if lecturer == by_login["teacher"] and by_login["student"] in campus.students[group]
    ]
    offering, group = mine[0]
    sheet = db.session.scalars(select(GradeSheet.id).where(GradeSheet.offering_id == offering)).first()
    found = [find_current_result(sheet, student) for student in campus.students[group]] if sheet else []
    graded = [one for one in found if one is not None and one.entered is not None and one.entered <= 8]
    db.session.expunge_all()
    db.session.rollback()
    return graded


def _start_result_case(campus: DemoCampus, name: str, result: Result, at: datetime, **more: Any) -> UUID:
    """Start a case about a result in the name of the student; return its id."""
    act = Act(result.student_id, None, at, (RoleAssignment("student"),), locale="ky")
    case = campus.new_id()
    with door.write(act):
        start_case(act, case, name, {"appeal": {"result": str(result.id)}, "reason": APPEAL_REASON, **more})
    return case


def _run_appeal_to_decision(campus: DemoCampus, result: Result, at: datetime) -> None:
    """Complete an appeal: admitted, heard the next working day, decided for the student by majority, signed by the
    chair."""
    case = _start_result_case(campus, "appeal", result, at)
    _complete_only_open_task(case, at + timedelta(hours=1), decision="admit")
    notice = compute_deadline(
        load_result_deadline_calendar(result, at), HEARING_NOTICE_POLICY, at + timedelta(hours=2)
    )
    held = notice.moment.replace(hour=at.hour, minute=at.minute, second=0)
    hearing = {"at": local_time(held).strftime("%Y-%m-%dT%H:%M"), "place": "205-кабинет", "conflicts": []}
    _complete_only_open_task(case, at + timedelta(hours=2), decision="schedule", hearing=hearing)
    _complete_only_open_task(
        case,
        at + timedelta(hours=3),
        note="Экинчи маселенин жолу кыска жазылган, ошондуктан балл кемитилген.",
    )
    votes = _build_majority_votes(case)
    points = int(result.entered or 0) + 1
    later = held + timedelta(hours=1)
    _complete_only_open_task(
        case, later, decision="complete", protocol={"votes": votes}, points=points, motive=PROTOCOL_REASON
    )
    _complete_only_open_task(case, later + timedelta(hours=1), decision="approve")


def _build_majority_votes(case: UUID) -> list[dict[str, str]]:
    """Return votes of the commission: all for more points, the last member against."""
    appeal = UUID(db.session.scalars(select(Case.subject).where(Case.id == case)).one()["appeal"])
    hearing = find_latest_hearing_stage(appeal)
    persons = [str(hearing.chair_id), *hearing.members] if hearing else []
    db.session.rollback()
    cast = ["RAISE"] * (len(persons) - 1) + ["KEEP"]
    return [{"person": person, "vote": vote} for person, vote in zip(persons, cast, strict=True)]


def _complete_only_open_task(case: UUID, at: datetime, **answers: Any) -> None:
    """Complete the only open task in the name of its assignee."""
    db.session.rollback()
    task = db.session.scalars(select(Task).where(Task.case_id == case, Task.closed_at.is_(None))).one()
    act = Act(task.assignee, None, at, (RoleAssignment(task.role, task.unit_id),), locale="ky")
    id = task.id
    db.session.rollback()
    with door.write(act):
        complete_task(act, id, answers)
