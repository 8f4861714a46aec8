"""A changed calendar counts open deadlines anew: tasks, timers of diagrams, reminders; in batches, each one act.

A batch locks its cases, as every writer does, in the order of their ids; then it reads what is open, so a completion
that was faster is seen as closed and one that comes later finds the new moment. Where to go on stands in the message
that the batch posts: with Redis wiped, or the process killed, nothing is lost and nothing is done twice.

A case that began while the change was being written may have been counted by the old calendar; some minutes later
those are looked at once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import APPEND, Deed, record_all
from app.audit.record import rows as audit_rows
from app.cases.apply_step import INSERT_TIMERS
from app.cases.assignment import pool_of
from app.cases.calendar_anchors import Restated, anchored_anew, dated_cases, restated
from app.cases.deadline_moves import MovedTerm, all_moved, open_terms, told
from app.cases.deadlines import Due, reminders_of, taken_at_end
from app.cases.events import DEADLINES_MOVED
from app.cases.history import TELL, step_row
from app.cases.models import Case, CaseState, MovedDeadline, Recount, Task, Timer
from app.cases.state import check_of
from app.diagrams.versions import VersionDamaged, load
from app.kernel.act import Act
from app.kernel.db import db, table
from app.kernel.ids import new_id
from app.kernel.prepared import pipelined
from app.outbox.post import News, post, post_all
from app.regulation.queries import book

CONTINUED = "cases.recount.continued"
MOVED = "cases.deadline.moved"
REDATED = "cases.case.redated"
DEADLINE_MOVED = "deadline_moved"
"""The step of a case's history that says so."""
BATCH = 200
AGAIN_AFTER = timedelta(minutes=2)
LONGEST_ACT = timedelta(minutes=10)
"""No transaction lasts longer; what opened so shortly before a change is looked at again."""


def recount(
    act: Act,
    change_id: UUID,
    since: datetime,
    *,
    after: UUID | None = None,
    opened_since: datetime | None = None,
    semester: UUID | None = None,
) -> None:
    """Count anew the open terms of up to `BATCH` cases that end after `since`, beginning behind the case `after`.

    `opened_since` narrows to cases that began later: the second look. With `semester` the anchors that hang on its
    dates are put right first. A repeat finds nothing left to move.
    """
    begun = _begin(act, change_id)
    cases = _lock(since, after, opened_since)
    terms = open_terms(since, cases) if cases else []
    if semester is not None and cases:
        dated = dated_cases(cases, None)
        _restate(act, change_id, restated(list(dated.values())))
        terms = anchored_anew(terms, dated)
    _move(act, change_id, all_moved(terms, book(db.session), act.at) if terms else [])
    given = {"change": str(change_id), "since": since.isoformat()}
    given |= {"semester": str(semester)} if semester is not None else {}
    if len(cases) == BATCH:
        still = {"opened_since": opened_since.isoformat()} if opened_since else {}
        post(act, CONTINUED, {**given, "after": str(cases[-1]), **still})
    else:
        _finish(act, begun, again=given if opened_since is None else None)


def _begin(act: Act, change_id: UUID) -> Recount:
    new = insert(Recount).values(change_id=change_id, begun_at=act.at)
    db.session.execute(new.on_conflict_do_nothing())
    return db.session.get_one(Recount, change_id, populate_existing=True, with_for_update=True)


def _lock(since: datetime, after: UUID | None, opened_since: datetime | None) -> list[UUID]:
    """The next cases with an open term that ends after `since`, locked; one statement."""
    task = exists().where(Task.case_id == Case.id, Task.closed_at.is_(None), Task.due_at >= since)
    timer = exists().where(Timer.case_id == Case.id, Timer.kind == "diagram", Timer.due_at >= since)
    wanted = select(Case.id).where(Case.status.in_(("open", "quarantined")), or_(task, timer))
    if after is not None:
        wanted = wanted.where(Case.id > after)
    if opened_since is not None:
        wanted = wanted.where(Case.opened_at >= opened_since)
    return list(db.session.scalars(wanted.order_by(Case.id).limit(BATCH).with_for_update(of=Case)))


def _restate(act: Act, change_id: UUID, found: Sequence[Restated]) -> None:
    """Write the states that say another anchor now, and that they do; two statements."""
    if not found:
        return
    state = table(CaseState)
    db.session.execute(
        update(state)
        .where(state.c.case_id == bindparam("of_case"))
        .values(body=bindparam("new"), check=bindparam("new_check"), revision=state.c.revision + 1),
        [{"of_case": one.case, "new": one.body, "new_check": check_of(one.body)} for one in found],
    )
    deeds = [
        Deed(REDATED, ("cases.case", one.case), one.before, {**one.after, "change": change_id})
        for one in found
    ]
    record_all(act, deeds)


def _move(act: Act, change_id: UUID, found: Sequence[MovedTerm]) -> None:
    """Write what moved: rows, reminders, list, history and audit; six statements at most, however many terms."""
    if not found:
        return
    tasks = [one for one in found if one.old.of_task]
    timers = [one for one in found if not one.old.of_task]
    if tasks:
        rows = db.session.scalars(select(Task).where(Task.id.in_([one.old.id for one in tasks]))).all()
        by_id = {row.id: row for row in rows}
        reminders = [row for one in tasks for row in _reminders(act, by_id[one.old.id], one)]
        db.session.execute(update(Task), [_task(act, change_id, one) for one in tasks])
        db.session.execute(delete(Timer).where(Timer.task_id.in_(list(by_id)), Timer.kind != "diagram"))
    else:
        reminders = []
    if timers:
        db.session.execute(update(Timer), [_timer(one) for one in timers])
    listed = told(found)
    db.session.execute(insert(MovedDeadline), [_listed(act, change_id, one) for one in listed])
    with pipelined() as wire:
        wire.send(INSERT_TIMERS, *reminders)
        wire.send(TELL, *(_step(act, change_id, one) for one in listed))
        wire.send(APPEND, *(row for one in found for row in _audited(act, change_id, one)))


def _task(act: Act, change_id: UUID, one: MovedTerm) -> dict[str, Any]:
    """The task's new end, with its computation and what it was before."""
    said = one.new.as_json()
    before = {"kind": "moved", "at": one.old.due_at.isoformat(), "change": str(change_id)}
    return {
        "id": one.old.id,
        "due_at": one.new.moment,
        "computation": {**said, "steps": [*said["steps"], before]},
    }


def _timer(one: MovedTerm) -> dict[str, Any]:
    return {"id": one.old.id, "due_at": one.new.moment, "anchor": one.old.anchor, "attempts": 0}


def _reminders(act: Act, task: Task, one: MovedTerm) -> list[dict[str, Any]]:
    """The reminders that lie ahead; for one whose moment has passed, the news of the move is the reminder."""
    due = Due(one.new.moment, task.policy, {})
    kinds = reminders_of(due, task.opened_at, overdue=not _taken(task))
    return [
        {
            "id": new_id(),
            "case_id": task.case_id,
            "task_id": task.id,
            "key": None,
            "element": task.element,
            "kind": kind,
            "policy": at.policy,
            "anchor": task.opened_at,
            "due_at": at.moment,
        }
        for kind, at in kinds
        if at.moment > act.at
    ]


def _taken(task: Task) -> bool:
    """Whether a timer takes the task away at its end; of a version that cannot be read IT has heard already."""
    try:
        return taken_at_end(load(task.version_id).model, task.element)
    except VersionDamaged:
        return True


def _listed(act: Act, change_id: UUID, one: MovedTerm) -> dict[str, Any]:
    return {
        "id": new_id(),
        "change_id": change_id,
        "case_id": one.old.case,
        "task_id": one.old.task,
        "element": one.old.element,
        "due_before": one.old.due_at,
        "due_after": one.new.moment,
        "at": act.at,
    }


def _step(act: Act, change_id: UUID, one: MovedTerm) -> dict[str, Any]:
    answers = {
        "before": one.old.due_at.isoformat(),
        "after": one.new.moment.isoformat(),
        "change": str(change_id),
    }
    return step_row(
        act,
        one.old.case,
        DEADLINE_MOVED,
        element=one.old.element,
        task_id=one.old.task,
        answers=answers,
        clause=one.new.clause,
    )


def _audited(act: Act, change_id: UUID, one: MovedTerm) -> list[dict[str, Any]]:
    before = {"element": one.old.element, "due_at": one.old.due_at}
    after = {"element": one.old.element, "due_at": one.new.moment, "change": change_id}
    deed = Deed(MOVED, ("cases.case", one.old.case), before, after, one.new.clause)
    return audit_rows(act.under(one.old.case), [deed])


def _finish(act: Act, begun: Recount, again: dict[str, Any] | None) -> None:
    """The last batch of a look: tell the owners what moved in it; after the first look, arrange for the second."""
    _tell_owners(act, begun.change_id, begun.finished_at)
    if again is not None and begun.finished_at is None:
        since = (begun.begun_at - LONGEST_ACT).isoformat()
        post(act, CONTINUED, {**again, "opened_since": since}, not_before=act.at + AGAIN_AFTER)
    begun.finished_at = act.at
    db.session.flush()


def _tell_owners(act: Act, change_id: UUID, told_until: datetime | None) -> None:
    """One notice a person, however many of his tasks moved; two statements and one a pool."""
    wanted = (
        select(Task, MovedDeadline.due_before)
        .join(MovedDeadline, MovedDeadline.task_id == Task.id)
        .where(
            MovedDeadline.change_id == change_id,
            MovedDeadline.element == Task.element,
            Task.closed_at.is_(None),
        )
        .order_by(Task.due_at, Task.id)
    )
    if told_until is not None:
        wanted = wanted.where(MovedDeadline.at > told_until)
    theirs: dict[UUID, list[tuple[Task, datetime]]] = {}
    pools: dict[tuple[str, UUID | None], list[UUID]] = {}
    for task, before in db.session.execute(wanted):
        for person in _owners(act, task, pools):
            theirs.setdefault(person, []).append((task, before))
    post_all(act, [_news(person, tasks) for person, tasks in theirs.items()])


def _owners(act: Act, task: Task, pools: dict[tuple[str, UUID | None], list[UUID]]) -> list[UUID]:
    if task.assignee is not None:
        return [task.assignee]
    key = (task.role, task.unit_id)
    if key not in pools:
        pools[key] = pool_of(act, *key)
    return [person for person in pools[key] if person not in set(task.excluded)]


def _news(person: UUID, tasks: Sequence[tuple[Task, datetime]]) -> News:
    first, before = tasks[0]
    about: dict[str, Any] = {
        "recipients": [str(person)],
        "kind": "many",
        "count": len(tasks),
        "url": "/inbox",
    }
    if len(tasks) == 1:
        model = load(first.version_id).model
        about |= {
            "kind": "one",
            "case": str(first.case_id),
            "number": first.number,
            "process": dict(model.titles),
            "title": dict(model.user_tasks[first.element].titles),
            "subject": first.subject,
            "clause": first.clause,
            "due_at": first.due_at.isoformat(),
            "due_before": before.isoformat(),
            "url": f"/tasks/{first.id}",
        }
    return (DEADLINES_MOVED, about, None)
