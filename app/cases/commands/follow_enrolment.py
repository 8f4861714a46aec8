"""Apply orders about students to their open cases: transfer, suspend, resume or close (cross-cutting 9, 10).

Decided by the student's current enrolment, not by the event, so repeated or late events change nothing twice.
A case about several students is left unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app import operations
from app.audit.record import record
from app.bpmn import engine
from app.bpmn.engine import OpenTask
from app.cases import rules
from app.cases.assignment import owner_of
from app.cases.commands.close_from_outside import MOOT, Ground, about, end_locked, holders_of
from app.cases.commands.revalidate import keep_facts
from app.cases.commands.suspend import ASIDE, resume, suspend
from app.cases.deadlines import Due
from app.cases.events import opened_news, recipients
from app.cases.history import tell
from app.cases.incidents import record_incident
from app.cases.locking import DAMAGES, Locked, lock_case
from app.cases.models import Case, Task
from app.cases.transitions import Opening
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.outbox.post import post, post_all
from app.people import queries as people
from app.people.rules import BELONGS, GRADUATE, LEFT, ON_LEAVE, Standing, Stay, leaves, standing

MOVED = "cases.case.moved"
INSTITUTE = "start.student_institute"
"""The start variable that names the institute whose directorate handles a case."""
CLAUSE = "2.1"


def follow_students(act: Act, students: Sequence[UUID]) -> int:
    """Apply the current enrolment to every open case about one of these students; return how many cases.

    Two statements when there are none.
    """
    periods = people.stays_of(students)
    found = db.session.execute(
        select(Case.id, Case.about)
        .where(Case.about.overlap(list(students)), Case.closed_at.is_(None))
        .order_by(Case.id)
    ).all()
    for case_id, persons in found:
        if len(persons) == 1:
            _follow_case(act, case_id, periods[persons[0]])
    return len(found)


def _follow_case(act: Act, case_id: UUID, periods: Sequence[Stay]) -> None:
    """Close, suspend or continue one case by the student's enrolment status today."""
    locked = lock_case(case_id)
    status = standing(periods, local_day(act.at))
    details = {"order": status.order} if status.order else {}
    start = next((one for one in operations.STARTS.values() if one.diagram == locked.case.diagram), None)
    for_student = start is not None and start.for_student
    if status.kind == LEFT and for_student:
        why = "cases.moot.graduated" if status.ended_as == GRADUATE else "cases.moot.expelled"
        end_locked(act, locked, MOOT, Ground(why, CLAUSE, details))
    elif status.kind == ON_LEAVE and for_student:
        suspend(act, locked, Ground("cases.suspended.leave", CLAUSE, details))
    elif status.kind == BELONGS:
        _continue_case(act, locked, periods, status)


def _continue_case(act: Act, locked: Locked, periods: Sequence[Stay], status: Standing) -> None:
    """Resume the case of a student who is back, and transfer it to his current directorate.

    A damaged case is left to its incident.
    """
    details = {"order": status.order} if status.order else {}
    finished_leaves = [
        (first, back) for first, back, _order in leaves(periods) if back and back <= local_day(act.at)
    ]
    try:
        if finished_leaves and finished_leaves[-1][1]:
            reason = Ground("cases.resumed.returned", CLAUSE, details)
            resume(act, locked, reason, finished_leaves[-1][0], finished_leaves[-1][1])
        if len(status.units) == 1:
            move(act, locked, next(iter(status.units)), Ground("cases.moved.transferred", CLAUSE, details))
    except DAMAGES:
        return


def move(act: Act, locked: Locked, unit: UUID, reason: Ground) -> bool:
    """Transfer the case to another directorate (tasks, units, start variable); return whether it changed.

    Approvals already given stay valid, because they belong to an office. Deadlines do not change.
    """
    case, published = locked.case, locked.pinned_version()
    current = engine.look(published.spec, locked.checked_state()).facts.get(INSTITUTE)
    if case.closed_at is not None or current is None or current == str(unit):
        return False
    act, old = act.under(case.id), UUID(current)
    variables, _changed = keep_facts(locked, published, {INSTITUTE: str(unit)})
    assignees = holders_of(case.id)
    units = list(dict.fromkeys(unit if unit_id == old else unit_id for unit_id in case.units))
    db.session.execute(update(Case).where(Case.id == case.id).values(units=units))
    unfinished = Task.closed_at.is_(None) | (Task.closed_how == ASIDE)
    new_tasks = [
        hand_over(act, locked, task, variables)
        for task in db.session.scalars(select(Task).where(Task.case_id == case.id, unfinished))
        if published.model.lane_of(task.element).scope == INSTITUTE
    ]
    db.session.flush()
    details = {**reason.as_json(), "from": current, "to": str(unit)}
    tell(act, case.id, "moved", answers=details, clause=reason.clause)
    record(act, MOVED, ("cases.case", case.id), None, {"number": case.number, **details}, reason.clause)
    everybody = recipients(case.requester, *case.about, *assignees)
    post(act, MOVED, {**about(locked), **reason.as_json(), "recipients": everybody})
    post_all(act, opened_news(case, published, [new_task for new_task in new_tasks if new_task is not None]))
    return True


def hand_over(act: Act, locked: Locked, task: Task, variables: Mapping[str, Any]) -> Opening | None:
    """Resolve the owner of one open task again; return the task to announce, None when its assignee stays."""
    case, model = locked.case, locked.pinned_version().model
    approvers = rules.approvers(locked.history, model)
    owner = owner_of(act, case, model, model.user_tasks[task.element], variables, approvers)
    same_person = not owner.pooled and owner.assignee == task.assignee
    task.unit_id, task.assignee, task.on_behalf_of = owner.unit, owner.assignee, owner.on_behalf_of
    task.pooled, task.excluded = owner.pooled, sorted(owner.excluded)
    if owner.is_missing:
        detail = {"element": task.element, "role": owner.role}
        record_incident(act, case.id, "cases.task.nobody", detail, quarantine=False)
    token = OpenTask(task.key, task.element)
    return None if same_person else Opening(task.id, token, owner, Due(task.due_at, task.policy, {}))
