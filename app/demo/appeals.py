"""Appeals of the demo against results of the first module: one decided, its correction before the office; the one of
the demo's student before its secretary, after the term and with words why; a question to the teacher."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.commands.complete import complete_task
from app.cases.commands.start import start_case
from app.cases.models import Case, Task
from app.demo.campus import Campus
from app.journal.appeals.hearing_queries import latest_hearing
from app.journal.grade_sheets.queries import current_result
from app.journal.tables import GradeSheet, Result
from app.kernel import door
from app.kernel.act import Act, Hat
from app.kernel.clock import local
from app.kernel.db import db

WHY = (
    "Экинчи маселе толук чыгарылган, бирок ага балл берилген эмес. Ишимди кайра карап берүүңүздөрдү суранам."
)
LATE = "Ведомость жарыяланган күндөрү ооруканада болгом, натыйжаны кийин гана көрдүм."
MOTIVE = "Комиссия жазуу ишин карап, экинчи маселенин туура чыгарылганын аныктады."


def tell(campus: Campus) -> int:
    """Lead each to its step; answers how many cases there are."""
    results = _results(campus)
    waiting, decided, asked = results[:3]
    begun = decided.published_at + timedelta(hours=3)
    _decided(campus, decided, begun)
    _start(campus, "appeal", waiting, campus.now - timedelta(hours=5), late=LATE)
    _start(campus, "result_dispute", asked, campus.now - timedelta(hours=4), late=LATE)
    return 3


def _results(campus: Campus) -> list[Result]:
    """The results that may still rise of the sheet of the demo's student and teacher, his own first."""
    by_login = {login: human for login, human, _role, _name in campus.accounts}
    mine = [
        (offering, group)
        for offering, group, lecturer, _department in campus.offerings
        if lecturer == by_login["teacher"] and by_login["student"] in campus.students[group]
    ]
    offering, group = mine[0]
    sheet = db.session.scalars(select(GradeSheet.id).where(GradeSheet.offering_id == offering)).first()
    found = [current_result(sheet, student) for student in campus.students[group]] if sheet else []
    graded = [one for one in found if one is not None and one.entered is not None and one.entered <= 8]
    db.session.expunge_all()
    db.session.rollback()
    return graded


def _start(campus: Campus, name: str, result: Result, at: datetime, **more: Any) -> UUID:
    act = Act(result.student_id, None, at, (Hat("student"),), locale="ky")
    case = campus.id()
    with door.write(act):
        start_case(act, case, name, {"appeal": {"result": str(result.id)}, "reason": WHY, **more})
    return case


def _decided(campus: Campus, result: Result, at: datetime) -> None:
    """Admitted, heard the day after, decided for the student by most votes, signed by the chair."""
    case = _start(campus, "appeal", result, at)
    _step(case, at + timedelta(hours=1), decision="admit")
    held = at + timedelta(days=1)
    hearing = {"at": local(held).strftime("%Y-%m-%dT%H:%M"), "place": "205-кабинет", "conflicts": []}
    _step(case, at + timedelta(hours=2), decision="schedule", hearing=hearing)
    _step(
        case,
        at + timedelta(hours=3),
        note="Экинчи маселенин жолу кыска жазылган, ошондуктан балл кемитилген.",
    )
    votes = _votes(case)
    points = int(result.entered or 0) + 1
    later = held + timedelta(hours=1)
    _step(case, later, decision="complete", protocol={"votes": votes}, points=points, motive=MOTIVE)
    _step(case, later + timedelta(hours=1), decision="approve")


def _votes(case: UUID) -> list[dict[str, str]]:
    """Everybody for more points, the last of the members against it."""
    appeal = UUID(db.session.scalars(select(Case.subject).where(Case.id == case)).one()["appeal"])
    hearing = latest_hearing(appeal)
    persons = [str(hearing.chair_id), *hearing.members] if hearing else []
    db.session.rollback()
    cast = ["RAISE"] * (len(persons) - 1) + ["KEEP"]
    return [{"person": person, "vote": vote} for person, vote in zip(persons, cast, strict=True)]


def _step(case: UUID, at: datetime, **answers: Any) -> None:
    """The one open task, by whom it was given to."""
    db.session.rollback()
    task = db.session.scalars(select(Task).where(Task.case_id == case, Task.closed_at.is_(None))).one()
    act = Act(task.assignee, None, at, (Hat(task.role, task.unit_id),), locale="ky")
    id = task.id
    db.session.rollback()
    with door.write(act):
        complete_task(act, id, answers)
