"""Rows of open tasks and timers on another version: same task, same deadline, other keys.

A task keeps its owner as long as its lane asks for the same people. A timer of the same element keeps its moment; a
timer that the version adds is counted from the moment its task opened; one that it does not have ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from app.bpmn.engine import OpenTask, OpenTimer, StepResult
from app.bpmn.model import ProcessModel
from app.cases import rules
from app.cases.assignment import resolve_task_owner
from app.cases.case_record import CaseRecord
from app.cases.deadlines import (
    DueDate,
    compute_due_date,
    deadline_anchor_moment_or_now,
    is_task_closed_by_timer_at_deadline,
)
from app.cases.events import new_task_events
from app.cases.migration import reasons
from app.cases.migration.facts import DIAGRAM_TIMER_KIND
from app.cases.migration.reasons import CaseStays
from app.cases.models import History, Task, Timer
from app.cases.transitions import NewTask
from app.diagrams.versions import PublishedDiagram
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id
from app.outbox.post import post_events


def move_open_tasks_to_version(
    act: Act,
    case: CaseRecord,
    pinned: ProcessModel,
    target: PublishedDiagram,
    result: StepResult,
    history: Sequence[rules.HistoryEntry],
) -> list[Task]:
    """Write the open tasks for the other version and return them; notify people who get one. Raises CaseStays."""
    tasks = db.session.scalars(
        select(Task)
        .where(Task.case_id == case.id, Task.closed_at.is_(None))
        .order_by(Task.opened_at, Task.id)
    ).all()
    keys = _task_or_timer_keys_by_element(result.open_tasks)
    iterations = rules.current_element_iterations(history, target.model)
    approvers = rules.valid_approver_ids(history, target.model)
    announced: list[NewTask] = []
    for task in tasks:
        element = target.model.user_tasks[task.element]
        task.key = keys[task.element].pop(0)
        task.version_id = target.id
        task.clause = element.clause or target.model.clause
        task.iteration = iterations.get(task.element, 1)
        if not _is_step_for_same_people(pinned, target.model, task.element):
            announced += _reassign_task_to_new_lane(act, case, target, task, result.variables, approvers)
        _add_or_delete_overdue_reminder(act, case, pinned, target.model, task)
    db.session.flush()
    post_events(act, new_task_events(case, target, announced))
    return list(tasks)


def _task_or_timer_keys_by_element(items: Iterable[OpenTask | OpenTimer]) -> Mapping[str, list[str]]:
    """Return the keys of open tasks or timers by element, in the order of the engine."""
    keys: defaultdict[str, list[str]] = defaultdict(list)
    for item in items:
        keys[item.element].append(item.key)
    return keys


def _is_step_for_same_people(pinned: ProcessModel, target: ProcessModel, element: str) -> bool:
    """Return whether a step asks the same people on both versions: role, scope, assignment and approval."""
    before, after = pinned.user_tasks.get(element), target.user_tasks[element]
    if before is None:
        return False
    lanes = pinned.lanes[before.lane], target.lanes[after.lane]
    return (lanes[0].role, lanes[0].scope, before.assign, before.approves) == (
        lanes[1].role,
        lanes[1].scope,
        after.assign,
        after.approves,
    )


def _reassign_task_to_new_lane(
    act: Act,
    case: CaseRecord,
    target: PublishedDiagram,
    task: Task,
    variables: Mapping[str, Any],
    approvers: frozenset[UUID],
) -> list[NewTask]:
    """Give the task to the people of its new lane; return it when somebody else has it now. Raises CaseStays."""
    element = target.model.user_tasks[task.element]
    owner = resolve_task_owner(act, case, target.model, element, variables, approvers)
    if owner.is_missing:
        raise CaseStays(reasons.NOBODY_FOR_TASK, step=task.element, role=owner.role)
    same = owner.role == task.role and owner.unit == task.unit_id and owner.assignee == task.assignee
    task.role, task.unit_id, task.pooled = owner.role, owner.unit, owner.pooled
    task.assignee, task.on_behalf_of = owner.assignee, owner.on_behalf_of
    task.excluded = sorted(owner.excluded)
    token = OpenTask(task.key, task.element)
    return [] if same else [NewTask(task.id, token, owner, DueDate(task.due_at, task.policy, {}))]


def _add_or_delete_overdue_reminder(
    act: Act, case: CaseRecord, pinned: ProcessModel, target: ProcessModel, task: Task
) -> None:
    """Remind of the end of the deadline unless a timer closes the task at that moment."""
    before, after = (is_task_closed_by_timer_at_deadline(model, task.element) for model in (pinned, target))
    if after and not before:
        db.session.execute(delete(Timer).where(Timer.task_id == task.id, Timer.kind == "overdue"))
    elif before and not after and task.due_at > act.at:
        db.session.add(
            _build_timer_row(
                case, task, task.element, None, "overdue", task.policy, task.opened_at, task.due_at
            )
        )


def move_timers_to_version(
    act: Act, case: CaseRecord, target: ProcessModel, result: StepResult, tasks: Sequence[Task]
) -> list[dict[str, str]]:
    """Write the timers of the diagram for the other version; return those that ended, as the history keeps them."""
    rows = db.session.scalars(
        select(Timer)
        .where(Timer.case_id == case.id, Timer.kind == DIAGRAM_TIMER_KIND)
        .order_by(Timer.due_at, Timer.id)
    ).all()
    keys = _task_or_timer_keys_by_element(result.open_timers)
    ended: list[dict[str, str]] = []
    for row in rows:
        if keys[row.element]:
            row.key = keys[row.element].pop(0)
        else:
            ended.append(_ended_timer_as_history_json(row))
            db.session.delete(row)
    new_keys = [(element, key) for element, left in keys.items() for key in left]
    former = _load_timers_ended_by_moves(case.id) if new_keys else {}
    tasks_by_element = {task.element: task for task in tasks}
    for element, key in new_keys:
        task = tasks_by_element.get(target.timers[element].attached_to)
        db.session.add(
            _build_timer_added_by_version(act, case, target, result.variables, element, key, task, former)
        )
    db.session.flush()
    return ended


def _ended_timer_as_history_json(row: Timer) -> dict[str, str]:
    """Return a timer as the history keeps it, so that a move back gives it its moment again."""
    return {
        "element": row.element,
        "task": str(row.task_id) if row.task_id else "",
        "policy": row.policy,
        "anchor": row.anchor.isoformat(),
        "due_at": row.due_at.isoformat(),
    }


def _load_timers_ended_by_moves(case_id: UUID) -> Mapping[tuple[str, str, str], Mapping[str, str]]:
    """Return the timers that earlier moves of the case ended, the latest of each, by element, task and policy."""
    entries = db.session.scalars(
        select(History.answers)
        .where(History.case_id == case_id, History.answers.has_key("timers_ended"))
        .order_by(History.id)
    )
    return {
        (timer["element"], timer["task"], timer["policy"]): timer
        for answers in entries
        for timer in answers["timers_ended"]
    }


def _build_timer_added_by_version(
    act: Act,
    case: CaseRecord,
    target: ProcessModel,
    variables: Mapping[str, Any],
    element: str,
    key: str,
    task: Task | None,
    former: Mapping[tuple[str, str, str], Mapping[str, str]],
) -> Timer:
    """Return the row of a timer that the other version adds, with the moment it had before if a move ended it."""
    timer = target.timers[element]
    known = former.get((element, str(task.id) if task else "", timer.policy))
    if known is not None:
        anchor, due_at = (datetime.fromisoformat(known[name]) for name in ("anchor", "due_at"))
    else:
        anchor = deadline_anchor_moment_or_now(variables, timer.anchor, task.opened_at if task else act.at)
        due_at = compute_due_date(task.unit_id if task else None, timer.policy, anchor).moment
    return _build_timer_row(case, task, element, key, DIAGRAM_TIMER_KIND, timer.policy, anchor, due_at)


def _build_timer_row(
    case: CaseRecord,
    task: Task | None,
    element: str,
    key: str | None,
    kind: str,
    policy: str,
    anchor: datetime,
    due_at: datetime,
) -> Timer:
    return Timer(
        id=new_id(),
        case_id=case.id,
        task_id=task.id if task else None,
        key=key,
        element=element,
        kind=kind,
        policy=policy,
        anchor=anchor,
        due_at=due_at,
    )
