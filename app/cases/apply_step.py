"""Turns one step of the engine into rows: state, tasks, timers, history, audit, outbox, all in the running act.

Here two worlds meet: the engine says which elements opened and closed, the university says who has to act on
them and by when. Everything is read first; then all writes travel together in one round trip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Delete, Text, any_, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from app.audit.record import APPEND, Deed
from app.audit.record import rows as audit_rows
from app.audit.words import sealed
from app.bpmn.engine import OpenTask
from app.bpmn.engine import Step as EngineStep
from app.cases import rules
from app.cases.assignment import owner_of
from app.cases.case_record import SAVE_CASE, HeldCase, saving
from app.cases.deadlines import Due, anchored, due_for, reminders_of, taken_at_end
from app.cases.events import opened_news, outcome_news
from app.cases.history import TELL
from app.cases.incidents import record_incident
from app.cases.models import CaseState, Draft, Task, Timer
from app.cases.state import check_of
from app.cases.transitions import Moved, Opening
from app.diagrams.versions import Published
from app.kernel.act import Act
from app.kernel.db import table
from app.kernel.ids import new_id
from app.kernel.prepared import Prepared, PreparedInsert, Wire, pipelined
from app.outbox.post import POST
from app.outbox.post import rows as message_rows


def advance(
    act: Act,
    case: HeldCase,
    published: Published,
    step: EngineStep,
    history: Sequence[rules.Step],
    moved: Moved,
) -> tuple[Opening, ...]:
    """Write everything that follows from one engine step; answers what it opened.

    The caller holds the lock of the case, and `case` already carries a new subject where the step made one.
    """
    extended = [*history, _told(act, case, step, moved)]
    openings = tuple(_opening(act, case, published, step, extended, token) for token in step.opened)
    present = rules.rounds(extended, published.model)
    _settle_case(act, case, published, step)
    tasks = [_task_row(act, case, published, opening, present) for opening in openings]
    timers = _timer_rows(act, case, published, step, openings)
    told = _history_rows(act, case, step, moved)
    deeds = audit_rows(act, [_deed(case, published, step, moved)])
    news = [
        *opened_news(case, published, openings),
        *outcome_news(act, case, published, step, moved, openings),
    ]
    with pipelined() as wire:
        if case.changed:
            wire.send(SAVE_CASE, saving(case))
        _write_state(wire, case, step, moved)
        _close(wire, act, case, step, moved)
        wire.send(_OPEN, *tasks)
        wire.send(INSERT_TIMERS, *timers)
        wire.send(TELL, *told)
        wire.send(APPEND, *deeds)
        wire.send(POST, *message_rows(act, news))
    for opening in openings:
        if opening.owner.nobody:
            detail = {"element": opening.token.element, "role": opening.owner.role}
            record_incident(act, case.id, "cases.task.nobody", detail, quarantine=False)
    return openings


def _told(act: Act, case: HeldCase, step: EngineStep, moved: Moved) -> rules.Step:
    return rules.Step(
        kind=moved.kind,
        person=act.person,
        on_behalf_of=act.on_behalf_of,
        role=moved.role,
        element=moved.element,
        round=moved.round,
        approves=moved.approves,
        decision=moved.decision,
        subject_hash=case.subject_hash,
        at=act.at,
        opened=tuple(token.element for token in step.opened),
    )


def _opening(
    act: Act,
    case: HeldCase,
    published: Published,
    step: EngineStep,
    history: Sequence[rules.Step],
    token: OpenTask,
) -> Opening:
    model = published.model
    element = model.user_tasks[token.element]
    owner = owner_of(act, case, model, element, step.facts, rules.approvers(history, model))
    anchor = anchored(step.facts, element.anchor, act.at)
    return Opening(new_id(), token, owner, due_for(owner.unit, element.deadline, anchor))


def _task_row(
    act: Act, case: HeldCase, published: Published, opening: Opening, present: Mapping[str, int]
) -> dict[str, Any]:
    element = published.model.user_tasks[opening.token.element]
    owner = opening.owner
    return {
        "id": opening.id,
        "case_id": case.id,
        "key": opening.token.key,
        "element": element.id,
        "round": present.get(element.id, 1),
        "diagram": case.diagram,
        "version_id": case.version_id,
        "number": case.number,
        "clause": element.clause or published.model.clause,
        "role": owner.role,
        "unit_id": owner.unit,
        "assignee": owner.assignee,
        "on_behalf_of": owner.on_behalf_of,
        "pooled": owner.pooled,
        "excluded": sorted(owner.excluded),
        "requester": case.requester,
        "requester_name": case.requester_name,
        "subject": case.subject,
        "subject_hash": case.subject_hash,
        "search": case.search,
        "opened_at": act.at,
        "due_at": opening.due.moment,
        "policy": opening.due.policy,
        "computation": opening.due.computation,
        "closed_at": None,
        "closed_by": None,
        "closed_how": None,
    }


def _timer_rows(
    act: Act, case: HeldCase, published: Published, step: EngineStep, openings: Sequence[Opening]
) -> list[dict[str, Any]]:
    units = {opening.token.element: opening.owner.unit for opening in openings}
    tasks = {opening.token.element: opening.id for opening in openings}
    rows = []
    for timer in step.timers_opened:
        drawn = published.model.timers[timer.element]
        attached = drawn.attached_to
        since = anchored(step.facts, drawn.anchor, act.at)
        due = due_for(units.get(attached), timer.policy, since)
        rows.append(_timer(since, case, "diagram", timer.element, due, tasks.get(attached), timer.key))
    for opening in openings:
        waits = not taken_at_end(published.model, opening.token.element)
        for kind, due in reminders_of(opening.due, act.at, overdue=waits):
            rows.append(_timer(act.at, case, kind, opening.token.element, due, opening.id, None))
    return rows


def _timer(
    anchor: datetime, case: HeldCase, kind: str, element: str, due: Due, task_id: UUID | None, key: str | None
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "case_id": case.id,
        "task_id": task_id,
        "key": key,
        "element": element,
        "kind": kind,
        "policy": due.policy,
        "anchor": anchor,
        "due_at": due.moment,
    }


def _history_rows(act: Act, case: HeldCase, step: EngineStep, moved: Moved) -> list[dict[str, Any]]:
    told = {
        "case_id": case.id,
        "at": act.at,
        "kind": moved.kind,
        "person": act.person,
        "on_behalf_of": act.on_behalf_of,
        "role": moved.role,
        "element": moved.element,
        "task_id": moved.task_id,
        "round": moved.round,
        "approves": moved.approves,
        "decision": moved.decision,
        "answers": dict(moved.answers),
        "opened": [token.element for token in step.opened],
        "words": sealed(act.person, moved.words),
        "subject_hash": case.subject_hash,
        "clause": moved.clause,
        "given": moved.given,
    }
    bare = {
        "person": None,
        "on_behalf_of": None,
        "role": None,
        "task_id": None,
        "approves": False,
        "given": None,
    }
    rows = [told]
    for called in step.services_called:
        service = {"kind": "service", "element": called.element, "decision": called.outcome}
        rows.append({**told, **bare, **service, "answers": {}, "opened": [], "words": None})
    if step.done:
        ended = {"kind": "ended", "element": step.end, "decision": case.outcome}
        rows.append({**told, **bare, **ended, "answers": {}, "opened": [], "words": None})
    return rows


def _deed(case: HeldCase, published: Published, step: EngineStep, moved: Moved) -> Deed:
    after: dict[str, Any] = {
        "number": case.number,
        "diagram": case.diagram,
        "version": published.sha256,
        "element": moved.element,
        "task": moved.task_id,
        "decision": moved.decision,
        "answers": dict(moved.answers),
        "opened": [token.element for token in step.opened],
        "services": {called.element: called.outcome for called in step.services_called},
        "subject": case.subject_hash,
        "outcome": case.outcome if step.done else None,
    }
    return Deed(FACTS[moved.kind], ("cases.case", case.id), None, after, moved.clause)


STARTED = "started"

FACTS: Mapping[str, str] = {
    "started": "cases.case.started",
    "completed": "cases.task.completed",
    "timer": "cases.timer.fired",
    "escalated": "cases.task.escalated",
}
"""How each kind of step is named in the audit."""


def _settle_case(act: Act, case: HeldCase, published: Published, step: EngineStep) -> None:
    if step.done:
        end = published.model.ends.get(step.end or "")
        case.close("done", (end.outcome if end else "") or "done", act.at)
    if any(published.model.user_tasks[token.element].rework for token in step.opened):
        case.next_round()


_TASK_ROW = tuple(column.name for column in table(Task).columns)
_state = table(CaseState)
_task = table(Task)
_timer_table = table(Timer)


def _write_state(wire: Wire, case: HeldCase, step: EngineStep, moved: Moved) -> None:
    body, check = step.state, check_of(step.state)
    if moved.kind == STARTED:
        wire.send(_FIRST_STATE, {"case_id": case.id, "body": body, "check": check, "revision": 0})
    else:
        wire.send(_SAVE_STATE, {"of_case": case.id, "new_body": body, "new_check": check})


_FIRST_STATE = PreparedInsert(CaseState, "case_id", "body", "check", "revision")
_SAVE_STATE = Prepared(
    update(_state)
    .where(_state.c.case_id == bindparam("of_case"))
    .values(body=bindparam("new_body"), check=bindparam("new_check"), revision=_state.c.revision + 1)
)


def _close(wire: Wire, act: Act, case: HeldCase, step: EngineStep, moved: Moved) -> None:
    """Close the tasks the engine closed, and drop their timers and those of the diagram that stopped."""
    if not step.closed and not step.timers_closed:
        return
    given = {
        "of_case": case.id,
        "task_keys": [token.key for token in step.closed],
        "timer_keys": [timer.key for timer in step.timers_closed],
        "moment": act.at,
        "person": act.person,
        "how": moved.decision or moved.kind,
        "form": moved.task_id,
    }
    wire.send(_CLOSE, given)


def _closing() -> Delete:
    """One statement for tasks, timers and the draft."""
    keys = bindparam("task_keys", type_=ARRAY(Text))
    stopped = bindparam("timer_keys", type_=ARRAY(Text))
    closed = (
        update(_task)
        .where(
            _task.c.case_id == bindparam("of_case"), _task.c.key == any_(keys), _task.c.closed_at.is_(None)
        )
        .values(closed_at=bindparam("moment"), closed_by=bindparam("person"), closed_how=bindparam("how"))
        .returning(_task.c.id)
        .cte("closed")
    )
    drafts = delete(table(Draft)).where(table(Draft).c.form == bindparam("form")).cte("drafts")
    mine = _timer_table.c.task_id.in_(select(closed.c.id))
    return (
        delete(_timer_table)
        .where(_timer_table.c.case_id == bindparam("of_case"), or_(_timer_table.c.key == any_(stopped), mine))
        .add_cte(closed, drafts)
    )


_OPEN = PreparedInsert(Task, *_TASK_ROW)
INSERT_TIMERS = PreparedInsert(
    Timer, "id", "case_id", "task_id", "key", "element", "kind", "policy", "anchor", "due_at"
)
_CLOSE = Prepared(_closing())
