"""Due moments: reminders are told in batches, timers of a diagram move their case one act at a time.

A timer row exists exactly while its timer runs, so a row that is due and still there has to be served. Nothing
here sleeps or repeats by itself; the clock of the worker calls `fire_due`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.bpmn import engine
from app.bpmn.engine import Step
from app.bpmn.errors import Stalled
from app.bpmn.model import Model
from app.cases.apply_step import advance
from app.cases.assignment import pool_of
from app.cases.events import TASK_ESCALATED, TASK_REMINDED
from app.cases.incidents import record_incident
from app.cases.locking import DAMAGES, lock_case
from app.cases.models import Case, Task, Timer
from app.cases.service_tasks import caller
from app.cases.transitions import Moved
from app.diagrams.versions import load
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError
from app.outbox.post import News, post, post_all

Write = Callable[[Act], AbstractContextManager[Session]]
LATER = timedelta(minutes=5)
"""How long a timer that could not be served waits before it is tried again."""


@dataclass(frozen=True, slots=True)
class Fired:
    """How many reminders were told, how many cases moved, how many could not."""

    reminded: int
    moved: int
    failed: int


def fire_due(write: Write, now: datetime, limit: int = 100) -> Fired:
    """Serve what is due. `write` is `kernel.door.write`: one act for the reminders, one for each moved case."""
    with write(Act.system(now)) as _:
        reminded = remind(Act.system(now), limit)
    moved = failed = 0
    for _ in range(limit):
        served = _fire_one(write, now)
        if served is None:
            break
        moved, failed = (moved + 1, failed) if served else (moved, failed + 1)
    return Fired(reminded, moved, failed)


def remind(act: Act, limit: int = 100) -> int:
    """Tell the owners of up to `limit` tasks that time passes; three statements and one a pool. The last second of a
    term still belongs to it: it is over after that."""
    due = (
        select(Timer.id)
        .where(Timer.due_at <= act.at, Timer.kind != "diagram")
        .where(or_(Timer.kind != "overdue", Timer.due_at < act.at))
        .order_by(Timer.due_at, Timer.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = delete(Timer).where(Timer.id.in_(due)).returning(Timer.task_id, Timer.kind).cte("gone")
    rows = db.session.execute(
        select(Task, gone.c.kind).join(gone, gone.c.task_id == Task.id).where(Task.closed_at.is_(None))
    ).all()
    pools: dict[tuple[str, UUID | None], list[UUID]] = {}
    news: list[News] = []
    for task, kind in rows:
        recipients = [task.assignee] if task.assignee else _pool(act, pools, task)
        news.append((TASK_REMINDED, {**_about(task, recipients), "kind": kind}, None))
    post_all(act, news)
    return len(rows)


def _pool(act: Act, pools: dict[tuple[str, UUID | None], list[UUID]], task: Task) -> list[UUID]:
    key = (task.role, task.unit_id)
    if key not in pools:
        pools[key] = pool_of(act, *key)
    return [person for person in pools[key] if person not in set(task.excluded)]


def _about(task: Task, recipients: Collection[UUID]) -> dict[str, Any]:
    model = load(task.version_id).model
    return {
        "case": str(task.case_id),
        "number": task.number,
        "process": dict(model.titles),
        "title": dict(model.user_tasks[task.element].titles),
        "subject": task.subject,
        "task": str(task.id),
        "clause": task.clause,
        "due_at": task.due_at.isoformat(),
        "recipients": sorted(str(person) for person in recipients),
        "url": f"/tasks/{task.id}",
    }


def _fire_one(write: Write, now: datetime) -> bool | None:
    """True: a case moved. False: it could not, and the timer waits. None: nothing is due."""
    found: list[tuple[UUID, UUID]] = []
    try:
        with write(Act.system(now)):
            due = _claim(now)
            if due is None:
                return None
            found.append(due)
            _fire(Act.system(now), *due)
        return True
    except Exception as error:
        if not found:
            raise
        with write(Act.system(now)):
            _postpone(Act.system(now), *found[0], error)
        return False


def _claim(now: datetime) -> tuple[UUID, UUID] | None:
    """The first timer whose moment has passed and whose case nobody holds, with that case locked: case first, as
    every writer does. The last second of a term still belongs to it."""
    row = db.session.execute(
        select(Timer.id, Timer.case_id)
        .join(Case, Case.id == Timer.case_id)
        .where(Timer.due_at < now, Timer.kind == "diagram", Case.status == "open")
        .order_by(Timer.due_at, Timer.id)
        .limit(1)
        .with_for_update(of=Case, skip_locked=True)
    ).one_or_none()
    return (row.id, row.case_id) if row else None


def _fire(act: Act, timer_id: UUID, case_id: UUID) -> None:
    timer = db.session.scalar(select(Timer).where(Timer.id == timer_id))
    if timer is None or timer.key is None:
        return
    locked = lock_case(case_id)
    published = locked.published()
    act = act.under(case_id)
    drawn = published.model.timers[timer.element]
    attached = published.model.user_tasks.get(drawn.attached_to)
    moved = Moved(
        kind="escalated" if drawn.interrupting and attached else "timer",
        element=attached.id if attached else drawn.id,
        task_id=timer.task_id,
        role=published.model.lane_of(attached.id).role if attached else None,
        answers={"timer": drawn.id, "policy": drawn.policy},
        clause=attached.clause if attached else published.model.clause,
    )
    call = caller(act, locked.case, published.model, locked.history)
    step = engine.fire(published.spec, locked.body(), timer.key, call)
    advance(act, locked.case, published, step, locked.history, moved)
    if moved.kind == "escalated":
        _tell_of_escalation(act, timer.task_id, _how(published.model, step))


def _how(model: Model, step: Step) -> str:
    """What the end of a term did: a deputy decides, the case went on to another step, or it ended."""
    if any(model.user_tasks[token.element].assign == "deputy" for token in step.opened):
        return "deputy"
    return "went_on" if step.opened else "ended"


def _tell_of_escalation(act: Act, task_id: UUID | None, how: str) -> None:
    """Who let the term pass and who asked learn what became of it (4.4.2)."""
    task = db.session.get(Task, task_id) if task_id else None
    if task is not None:
        late = [task.assignee] if task.assignee else _pool(act, {}, task)
        about = _about(task, {*late, task.requester})
        post(act, TASK_ESCALATED, {**about, "kind": how, "url": f"/cases/{task.case_id}"})


def _postpone(act: Act, timer_id: UUID, case_id: UUID, error: Exception) -> None:
    """Nothing of the failed act is left; the timer is tried later, and the case has an incident."""
    db.session.execute(
        update(Timer).where(Timer.id == timer_id).values(attempts=Timer.attempts + 1, due_at=act.at + LATER)
    )
    damaged = isinstance(error, (*DAMAGES, Stalled))
    code = error.code if isinstance(error, DepterError) else "cases.timer.failed"
    detail = {"timer": str(timer_id), "error": f"{type(error).__name__}: {error}"[:500]}
    record_incident(act, case_id, code, detail, quarantine=damaged)
