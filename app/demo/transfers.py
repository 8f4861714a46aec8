"""Demo transfer of a student to another group in the middle of the semester, by the command of the
application."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.demo.campus import DemoCampus
from app.journal.tables import Offering
from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.people.commands import start_group_membership

TRANSFER_ORDER_NUMBER = "231-С"
TRANSFERRED_DAYS_AGO = 3


def seed_student_transfer(campus: DemoCampus) -> int:
    """Transfer one student to a group that has one of his disciplines, if possible in a journal of the demo
    teacher; return 0, as an order is no case."""
    found = _find_transfer_groups(campus)
    if found is not None:
        old, new = found
        student = campus.students[old][3]
        act = Act.by_system(campus.now)
        db.session.rollback()
        with door.write(act):
            since = campus.today - timedelta(days=TRANSFERRED_DAYS_AGO)
            start_group_membership(act, campus.new_id(), student, new, since, TRANSFER_ORDER_NUMBER)
    return 0


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
