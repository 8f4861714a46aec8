"""Demo orders about students, by the process itself: one transfer in the middle of the semester that was signed and
concerns marks made after it, and a leave that waits for the academic office."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.cases.commands.start import start_case
from app.demo.campus import DemoCampus
from app.demo.corrections import complete_case_tasks
from app.journal.tables import Offering
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.db import db
from app.people.models import Membership, RoleGrant, StudyGroup
from app.people.order_rules import LEAVE, SIGNED_HERE, TRANSFER_GROUP

TRANSFER_ORDER_NUMBER, LEAVE_ORDER_NUMBER = "231-С", "236-С"
TRANSFERRED_DAYS_AGO = 3
APPROVALS = ({"decision": "approve"}, {"decision": "approve"})
"""The check of the academic office and the signature of the rector."""


def seed_student_transfer(campus: DemoCampus) -> int:
    """Transfer one student to a group that has one of his disciplines, if possible in a journal of the demo
    teacher, and draft a leave of another; return how many cases began."""
    found = _find_transfer_groups(campus)
    if found is None:
        return 0
    old, new = found
    since = campus.today - timedelta(days=TRANSFERRED_DAYS_AGO)
    line = {"student": str(campus.students[old][3]), "group": str(new)}
    _run_order(campus, TRANSFER_GROUP, TRANSFER_ORDER_NUMBER, line, since, APPROVALS)
    away = campus.today + timedelta(days=7)
    line = {"student": str(campus.students[new][-1]), "until": (away + timedelta(days=365)).isoformat()}
    _run_order(campus, LEAVE, LEAVE_ORDER_NUMBER, line, away, ())
    return 2


def _run_order(
    campus: DemoCampus, kind: str, number: str, line: dict[str, str], since: Any, steps: tuple[Any, ...]
) -> None:
    """Draft an order about one student by the directorate of his institute, and complete its steps."""
    unit = _load_institute_of_student(UUID(line["student"]))
    by = _load_directorate_member(unit)
    begun = campus.now - timedelta(hours=4 if steps else 2)
    act = Act(by, None, begun, (RoleAssignment("directorate", unit),), locale="ky")
    answers: dict[str, Any] = {
        "contingent_order": {"kind": kind, "entries": [line]},
        "order_no": number,
        "order_date": local_day(begun).isoformat(),
        "effective_on": since.isoformat(),
        "signature": SIGNED_HERE,
        "reason": "Студенттин арызы боюнча.",
    }
    case = campus.new_id()
    db.session.rollback()
    with door.write(act):
        start_case(act, case, "contingent_order", answers)
    complete_case_tasks(case, steps, begun)


def _load_institute_of_student(student: UUID) -> UUID:
    """Return the institute of a student's present group."""
    return db.session.execute(
        select(StudyGroup.unit_id)
        .join(Membership, Membership.group_id == StudyGroup.id)
        .where(Membership.person_id == student, Membership.ends_on.is_(None))
    ).scalar_one()


def _load_directorate_member(unit: UUID) -> UUID:
    """Return a member of the directorate of an institute who is no deputy."""
    return db.session.scalars(
        select(RoleGrant.person_id)
        .where(RoleGrant.role == "directorate", RoleGrant.unit_id == unit)
        .order_by(RoleGrant.deputy, RoleGrant.person_id)
        .limit(1)
    ).one()


def _find_transfer_groups(campus: DemoCampus) -> tuple[UUID, UUID] | None:
    """Return two groups with the same discipline, preferring a second one taught by the demo teacher; None if
    there are none."""
    teacher = {login: human for login, human, _role, _name in campus.accounts}["teacher"]
    lecturers = {row[0]: row[2] for row in campus.offerings}
    here, there = aliased(Offering), aliased(Offering)
    rows = db.session.execute(
        select(here.group_id, there.group_id, there.id)
        .join(there, there.course_id == here.course_id)
        .where(here.group_id != there.group_id)
        .order_by(here.id, there.id)
    ).all()
    ordered = sorted(rows, key=lambda row: lecturers[row[2]] != teacher)
    return (ordered[0][0], ordered[0][1]) if ordered else None
