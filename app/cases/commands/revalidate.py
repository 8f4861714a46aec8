"""The journal changed: cases about the same students are asked whether they still stand (`operations.Standing`).

What was overtaken ends by itself with its reason; where a term is counted from another moment now, its rows move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app import operations
from app.audit.record import record
from app.bpmn import engine
from app.cases.commands.close_from_outside import Ground, about, end_locked, holders_of
from app.cases.commands.reschedule_reminders import remind_anew
from app.cases.deadlines import anchored, due_for
from app.cases.events import recipients
from app.cases.history import tell
from app.cases.locking import DAMAGES, Locked, lock_case
from app.cases.models import Case, CaseState, Task, Timer
from app.cases.state import check_of
from app.diagrams.versions import Published
from app.kernel.act import Act
from app.kernel.db import db
from app.outbox.post import post

RETIMED = "cases.case.retimed"


def reconsider(act: Act, students: Sequence[UUID]) -> int:
    """Ask every running case about one of these students; answers how many ended. One statement when there is none.

    Cases are locked one after the other in the order of their ids. A case that cannot be read is left to its incident.
    """
    asking = [start.diagram for start in operations.STARTS.values() if start.standing]
    found = db.session.scalars(
        select(Case.id)
        .where(Case.about.overlap(list(students)), Case.closed_at.is_(None), Case.diagram.in_(asking))
        .order_by(Case.id)
    ).all()
    return sum(_ask(act, case_id) for case_id in found)


def _ask(act: Act, case_id: UUID) -> bool:
    locked = lock_case(case_id)
    case = locked.case
    stands = next((one.standing for one in operations.STARTS.values() if one.diagram == case.diagram), None)
    if case.closed_at is not None or case.subject_id is None or stands is None:
        return False
    found = stands(case.subject_id, case.subject, act.at)
    if found.outcome is not None and (not found.before or _is_at(case_id, found.before)):
        return end_locked(act, locked, found.outcome, Ground(found.why, found.clause))
    if found.facts and case.status != "quarantined":
        try:
            restate(act, locked, {f"start.{name}": value for name, value in found.facts.items()})
        except DAMAGES:
            return False
    return False


def _is_at(case_id: UUID, elements: Sequence[str]) -> bool:
    """Whether the case stands at one of these steps, put aside by a leave or not."""
    waits = Task.closed_at.is_(None) | (Task.closed_how == "suspended")
    at = select(Task.id).where(Task.case_id == case_id, Task.element.in_(elements), waits)
    return db.session.scalar(at.limit(1)) is not None


def restate(act: Act, locked: Locked, facts: Mapping[str, Any]) -> None:
    """Give the case these start facts, and move the terms that are counted from them; nothing when all are known."""
    published = locked.load_version()
    known, fresh = keep_facts(locked, published, facts)
    if fresh:
        _retime(act.under(locked.case.id), locked, published, known, fresh)


def keep_facts(
    locked: Locked, published: Published, facts: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Write these start facts into the state; answers all facts as they are now, and those that were not known."""
    body = locked.checked_state()
    known = engine.look(published.spec, body).facts
    fresh = {name: value for name, value in facts.items() if known.get(name) != value}
    if not fresh:
        return known, fresh
    step = engine.restate(published.spec, body, fresh)
    db.session.execute(
        update(CaseState)
        .where(CaseState.case_id == locked.case.id)
        .values(body=step.state, check=check_of(step.state), revision=CaseState.revision + 1)
    )
    return step.facts, fresh


def _retime(
    act: Act, locked: Locked, published: Published, facts: Mapping[str, Any], fresh: Mapping[str, Any]
) -> None:
    case = locked.case
    moved = []
    tasks = db.session.scalars(select(Task).where(Task.case_id == case.id, Task.closed_at.is_(None))).all()
    for task in tasks:
        element = published.model.user_tasks[task.element]
        if element.anchor not in fresh:
            continue
        due = due_for(task.unit_id, element.deadline, anchored(facts, element.anchor, task.opened_at))
        task.due_at, task.computation = due.moment, due.computation
        escalates = bool(published.model.boundary(task.element))
        remind_anew(act, task, due, overdue=not escalates)
        moved.append({"task": task.element, "due": due.moment.isoformat()})
    for timer in db.session.scalars(select(Timer).where(Timer.case_id == case.id, Timer.kind == "diagram")):
        drawn = published.model.timers[timer.element]
        if drawn.anchor in fresh:
            unit = next((task.unit_id for task in tasks if task.id == timer.task_id), None)
            timer.anchor = anchored(facts, drawn.anchor, timer.anchor)
            timer.due_at = due_for(unit, timer.policy, timer.anchor).moment
    db.session.flush()
    said = {"why": "cases.retimed.counted_anew", "facts": dict(fresh), "moved": moved}
    tell(act, case.id, "retimed", answers=said, clause="5.3.1")
    record(act, RETIMED, ("cases.case", case.id), None, {"number": case.number, **said}, "5.3.1")
    if moved:
        told = recipients(*case.about, *holders_of(case.id))
        post(act, RETIMED, {**about(locked), "due_at": moved[0]["due"], "recipients": told})
