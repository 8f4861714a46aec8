"""Return tasks of a substitute to the holders of the role when a substitution ends (3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select

from app.bpmn import engine
from app.cases.commands.follow_enrolment import resolve_task_owner_again
from app.cases.events import new_task_events
from app.cases.locking import DAMAGE_ERRORS, lock_case
from app.cases.models import Task
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.outbox.post import post_events
from app.people import queries as people


def reassign_substituted_tasks(act: Act, absent: UUID, substitute: UUID) -> int:
    """Reassign the open tasks that the substitute has for the absent person and may not do any more.

    Returns how many were reassigned; a repeat finds none. A damaged case is left to its incident.
    """
    substituted_tasks = (
        Task.assignee == substitute,
        Task.on_behalf_of == absent,
        Task.closed_at.is_(None),
        Task.requester != substitute,
    )
    cases = db.session.scalars(
        select(Task.case_id).where(*substituted_tasks).distinct().order_by(Task.case_id)
    ).all()
    return sum(
        _reassign_substituted_case_tasks(act.with_case(case), case, absent, substitute, substituted_tasks)
        for case in cases
    )


def _reassign_substituted_case_tasks(
    act: Act, case_id: UUID, absent: UUID, substitute: UUID, conditions: Sequence[ColumnElement[bool]]
) -> int:
    """Reassign such tasks of one case and notify the new owners; return how many."""
    locked = lock_case(case_id)
    today, reassigned = local_day(act.at), []
    try:
        variables = engine.read_state_as_step_result(
            locked.load_pinned_diagram().spec, locked.verified_engine_state()
        ).variables
    except DAMAGE_ERRORS:
        return 0
    for task in db.session.scalars(select(Task).where(Task.case_id == case_id, *conditions)).all():
        if not people.is_substitute(substitute, absent, [task.role], today):
            reassigned.append(resolve_task_owner_again(act, locked, task, variables))
    db.session.flush()
    new_tasks = [new_task for new_task in reassigned if new_task is not None]
    post_events(act, new_task_events(locked.case, locked.load_pinned_diagram(), new_tasks))
    return len(new_tasks)
