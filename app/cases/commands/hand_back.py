"""A substitution is over: what lies in the substitute's hands goes back to who holds the role now (3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select

from app.bpmn import engine
from app.cases.commands.follow_enrolment import hand_over
from app.cases.events import opened_news
from app.cases.locking import DAMAGES, lock_case
from app.cases.models import Task
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.outbox.post import post_all
from app.people import queries as people


def hand_back(act: Act, absent: UUID, substitute: UUID) -> int:
    """Find owners anew for the open tasks that the substitute has in the place of the absent one and may not take any
    more; answers how many went on. A repeat finds none. A damaged case is left to its incident."""
    mine = (
        Task.assignee == substitute,
        Task.on_behalf_of == absent,
        Task.closed_at.is_(None),
        Task.requester != substitute,
    )
    cases = db.session.scalars(select(Task.case_id).where(*mine).distinct().order_by(Task.case_id)).all()
    return sum(_of_case(act.under(case), case, absent, substitute, mine) for case in cases)


def _of_case(
    act: Act, case_id: UUID, absent: UUID, substitute: UUID, mine: Sequence[ColumnElement[bool]]
) -> int:
    locked = lock_case(case_id)
    today, moved = local_day(act.at), []
    try:
        facts = engine.look(locked.load_version().spec, locked.checked_state()).facts
    except DAMAGES:
        return 0
    for task in db.session.scalars(select(Task).where(Task.case_id == case_id, *mine)).all():
        if not people.stands_in(substitute, absent, [task.role], today):
            moved.append(hand_over(act, locked, task, facts))
    db.session.flush()
    openings = [one for one in moved if one is not None]
    post_all(act, opened_news(locked.case, locked.load_version(), openings))
    return len(openings)
