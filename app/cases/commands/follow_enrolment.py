"""What an order about a student means for the cases about him: they follow him, wait, or end (cross-cutting 9, 10).

Decided by what he is today, not by which message came, so news that come twice or late do nothing twice. A case about
several students goes on where it is: it is not one student's matter.
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
"""The start fact that names whose directorate a case is a matter of."""
CLAUSE = "2.1"


def follow_students(act: Act, students: Sequence[UUID]) -> int:
    """Look at every running case about one of these students; answers how many there were. Two statements when none."""
    stays = people.stays_of(students)
    found = db.session.execute(
        select(Case.id, Case.about)
        .where(Case.about.overlap(list(students)), Case.closed_at.is_(None))
        .order_by(Case.id)
    ).all()
    for case_id, persons in found:
        if len(persons) == 1:
            _follow(act, case_id, stays[persons[0]])
    return len(found)


def _follow(act: Act, case_id: UUID, stays: Sequence[Stay]) -> None:
    locked = lock_case(case_id)
    now = standing(stays, local_day(act.at))
    more = {"order": now.order} if now.order else {}
    start = next((one for one in operations.STARTS.values() if one.diagram == locked.case.diagram), None)
    waits = start is not None and start.for_student
    if now.kind == LEFT and waits:
        why = "cases.moot.graduated" if now.ended_as == GRADUATE else "cases.moot.expelled"
        end_locked(act, locked, MOOT, Ground(why, CLAUSE, more))
    elif now.kind == ON_LEAVE and waits:
        suspend(act, locked, Ground("cases.suspended.leave", CLAUSE, more))
    elif now.kind == BELONGS:
        _go_on(act, locked, stays, now)


def _go_on(act: Act, locked: Locked, stays: Sequence[Stay], now: Standing) -> None:
    """He studies: what waited for him goes on, where his directorate is now. A damaged case is left to its incident."""
    more = {"order": now.order} if now.order else {}
    left = [(first, back) for first, back, _order in leaves(stays) if back and back <= local_day(act.at)]
    try:
        if left and left[-1][1]:
            ground = Ground("cases.resumed.returned", CLAUSE, more)
            resume(act, locked, ground, left[-1][0], left[-1][1])
        if len(now.units) == 1:
            move(act, locked, next(iter(now.units)), Ground("cases.moved.transferred", CLAUSE, more))
    except DAMAGES:
        return


def move(act: Act, locked: Locked, unit: UUID, ground: Ground) -> bool:
    """Give the case to another directorate: its open tasks there, its scope, its facts; answers whether it moved.

    Approvals that were given stand: they are an office's, not a building's. Terms go on as they ran.
    """
    case, published = locked.case, locked.load_version()
    known = engine.look(published.spec, locked.checked_state()).facts.get(INSTITUTE)
    if case.closed_at is not None or known is None or known == str(unit):
        return False
    act, old = act.under(case.id), UUID(known)
    facts, _fresh = keep_facts(locked, published, {INSTITUTE: str(unit)})
    before = holders_of(case.id)
    units = list(dict.fromkeys(unit if one == old else one for one in case.units))
    db.session.execute(update(Case).where(Case.id == case.id).values(units=units))
    waits = Task.closed_at.is_(None) | (Task.closed_how == ASIDE)
    openings = [
        hand_over(act, locked, task, facts)
        for task in db.session.scalars(select(Task).where(Task.case_id == case.id, waits))
        if published.model.lane_of(task.element).scope == INSTITUTE
    ]
    db.session.flush()
    said = {**ground.as_json(), "from": known, "to": str(unit)}
    tell(act, case.id, "moved", answers=said, clause=ground.clause)
    record(act, MOVED, ("cases.case", case.id), None, {"number": case.number, **said}, ground.clause)
    told = recipients(case.requester, *case.about, *before)
    post(act, MOVED, {**about(locked), **ground.as_json(), "recipients": told})
    post_all(act, opened_news(case, published, [one for one in openings if one is not None]))
    return True


def hand_over(act: Act, locked: Locked, task: Task, facts: Mapping[str, Any]) -> Opening | None:
    """Find the owner of one open task anew, as its step says; None when it is a named person's and stays his."""
    case, model = locked.case, locked.load_version().model
    approved = rules.approvers(locked.history, model)
    owner = owner_of(act, case, model, model.user_tasks[task.element], facts, approved)
    same_person = not owner.pooled and owner.assignee == task.assignee
    task.unit_id, task.assignee, task.on_behalf_of = owner.unit, owner.assignee, owner.on_behalf_of
    task.pooled, task.excluded = owner.pooled, sorted(owner.excluded)
    if owner.is_missing:
        detail = {"element": task.element, "role": owner.role}
        record_incident(act, case.id, "cases.task.nobody", detail, quarantine=False)
    token = OpenTask(task.key, task.element)
    return None if same_person else Opening(task.id, token, owner, Due(task.due_at, task.policy, {}))
