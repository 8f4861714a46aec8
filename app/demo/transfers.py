"""A student who was moved to another group in the middle of the semester, by the product's own command."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.demo.campus import Campus
from app.journal.tables import Offering
from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.people.commands import set_membership

ORDER = "231-С"
DAYS_AGO = 3


def tell(campus: Campus) -> int:
    """Move one student to a group that has one of his disciplines, where possible to a journal of the demo's teacher;
    answers 0: an order is no case."""
    found = _pair(campus)
    if found is not None:
        old, new = found
        student = campus.students[old][3]
        act = Act.system(campus.now)
        db.session.rollback()
        with door.write(act):
            since = campus.today - timedelta(days=DAYS_AGO)
            set_membership(act, campus.id(), student, new, since, ORDER)
    return 0


def _pair(campus: Campus) -> tuple[UUID, UUID] | None:
    """Two groups with the same discipline, the second one's journal kept by the demo's teacher if he has such a one."""
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
