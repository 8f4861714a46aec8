"""Reschedule open deadlines of tasks, diagram timers and reminders after a change of the calendar.

Each batch of cases is one act. It locks its cases in the order of their ids, then reads what is open. So a
task completed before is seen as closed, and one completed later sees its new due date. The event posted by a
batch says where to continue: when Redis is wiped or the process killed, nothing is lost and nothing is done
twice.

A case that started while the change was being written may have used the old calendar; such cases are checked
again some minutes later (ADR 17).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import INSERT_AUDIT_RECORD, AuditEvent, record_audit_events
from app.cases.apply_step import INSERT_TIMERS
from app.cases.assignment import load_pool_member_ids
from app.cases.audit_rows import audit_rows_of_case, state_audit_value
from app.cases.calendar_anchors import (
    ReanchoredCase,
    compute_case_states_with_new_anchors,
    load_cases_with_deadlines_by_calendar,
    replace_deadline_anchors,
)
from app.cases.commands.reschedule_rows import (
    future_reminder_rows,
    moved_deadline_audit_rows,
    moved_deadline_history_row,
    moved_deadline_row,
    task_due_date_update_row,
    timer_due_date_update_row,
)
from app.cases.deadline_moves import (
    RescheduledDeadline,
    compute_rescheduled_deadlines,
    deadline_moves_without_joint_timers,
    load_open_deadlines,
)
from app.cases.events import DEADLINES_MOVED
from app.cases.history import APPEND_HISTORY
from app.cases.models import Case, CaseState, DeadlineReschedulingRun, MovedDeadline, Task, Timer
from app.cases.state import state_checksum
from app.diagrams.versions import load_version
from app.kernel.act import Act
from app.kernel.db import db, model_table
from app.kernel.prepared import open_pipeline
from app.outbox.post import OutboxEvent, post_event, post_events
from app.regulation.queries import load_regulation_snapshot

RESCHEDULING_CONTINUED_EVENT = "cases.recount.continued"
ANCHORS_UPDATED_EVENT = "cases.case.redated"
CASES_PER_BATCH = 200
SECOND_PASS_DELAY = timedelta(minutes=2)
MAX_TRANSACTION_TIME = timedelta(minutes=10)
"""The maximum duration of a transaction; cases opened so shortly before a change are checked again."""


def reschedule_deadline_batch(
    act: Act,
    change_id: UUID,
    since: datetime,
    *,
    after: UUID | None = None,
    opened_since: datetime | None = None,
    semester: UUID | None = None,
) -> None:
    """Reschedule the deadlines ending after `since` of up to `BATCH_SIZE` cases, beginning after the case `after`.

    `opened_since` restricts the second pass to cases that started later. With `semester` the anchors that
    depend on its dates are updated first. A repeat finds nothing left to move.
    """
    run = _insert_or_lock_rescheduling_run(act, change_id)
    cases = _lock_next_case_batch(since, after, opened_since)
    deadlines = load_open_deadlines(since, cases) if cases else []
    if semester is not None and cases:
        anchored = load_cases_with_deadlines_by_calendar(cases, None)
        _write_reanchored_states(
            act, change_id, compute_case_states_with_new_anchors(list(anchored.values()))
        )
        deadlines = replace_deadline_anchors(deadlines, anchored)
    _write_rescheduled_deadlines(
        act,
        change_id,
        compute_rescheduled_deadlines(deadlines, load_regulation_snapshot(db.session), act.at)
        if deadlines
        else [],
    )
    payload = {"change": str(change_id), "since": since.isoformat()}
    payload |= {"semester": str(semester)} if semester is not None else {}
    if len(cases) == CASES_PER_BATCH:
        second_pass = {"opened_since": opened_since.isoformat()} if opened_since else {}
        post_event(act, RESCHEDULING_CONTINUED_EVENT, {**payload, "after": str(cases[-1]), **second_pass})
    else:
        _finish_rescheduling_pass(act, run, next_payload=payload if opened_since is None else None)


def _insert_or_lock_rescheduling_run(act: Act, change_id: UUID) -> DeadlineReschedulingRun:
    """Insert the run of this change if it is new, and lock its row."""
    statement = insert(DeadlineReschedulingRun).values(change_id=change_id, begun_at=act.at)
    db.session.execute(statement.on_conflict_do_nothing())
    # The lock runs the batches of one change one after the other.
    return db.session.get_one(
        DeadlineReschedulingRun, change_id, populate_existing=True, with_for_update=True
    )


def _lock_next_case_batch(since: datetime, after: UUID | None, opened_since: datetime | None) -> list[UUID]:
    """Lock and return the next cases with an open deadline that ends after `since`; one statement."""
    has_task = exists().where(Task.case_id == Case.id, Task.closed_at.is_(None), Task.due_at >= since)
    has_timer = exists().where(Timer.case_id == Case.id, Timer.kind == "diagram", Timer.due_at >= since)
    statement = select(Case.id).where(Case.status.in_(("open", "quarantined")), or_(has_task, has_timer))
    if after is not None:
        statement = statement.where(Case.id > after)
    if opened_since is not None:
        statement = statement.where(Case.opened_at >= opened_since)
    return list(
        db.session.scalars(statement.order_by(Case.id).limit(CASES_PER_BATCH).with_for_update(of=Case))
    )


def _write_reanchored_states(act: Act, change_id: UUID, cases: Sequence[ReanchoredCase]) -> None:
    """Write the states with new anchors, and their audit events; two statements."""
    if not cases:
        return
    state = model_table(CaseState)
    db.session.execute(
        update(state)
        .where(state.c.case_id == bindparam("of_case"))
        .values(body=bindparam("new"), check=bindparam("new_check"), revision=state.c.revision + 1),
        [{"of_case": case.case, "new": case.body, "new_check": state_checksum(case.body)} for case in cases],
    )
    events = [
        AuditEvent(
            ANCHORS_UPDATED_EVENT,
            ("cases.case", case.case),
            case.before,
            {**case.after, "change": change_id},
            rows=audit_rows_of_case(state=state_audit_value(case.body)),
        )
        for case in cases
    ]
    record_audit_events(act, events)


def _write_rescheduled_deadlines(act: Act, change_id: UUID, moves: Sequence[RescheduledDeadline]) -> None:
    """Write the moves: rows, reminders, list, history and audit; at most six statements for any number."""
    if not moves:
        return
    task_moves = [move for move in moves if move.old.of_task]
    timer_moves = [move for move in moves if not move.old.of_task]
    if task_moves:
        rows = db.session.scalars(select(Task).where(Task.id.in_([move.old.id for move in task_moves]))).all()
        tasks_by_id = {row.id: row for row in rows}
        reminders = [
            row for move in task_moves for row in future_reminder_rows(act, tasks_by_id[move.old.id], move)
        ]
        due_dates = [task_due_date_update_row(act, change_id, move) for move in task_moves]
        db.session.execute(update(Task), due_dates)
        db.session.execute(delete(Timer).where(Timer.task_id.in_(list(tasks_by_id)), Timer.kind != "diagram"))
    else:
        reminders, due_dates = [], []
    if timer_moves:
        db.session.execute(update(Timer), [timer_due_date_update_row(move) for move in timer_moves])
    shown = deadline_moves_without_joint_timers(moves)
    db.session.execute(insert(MovedDeadline), [moved_deadline_row(act, change_id, move) for move in shown])
    entries = {move.old.id: moved_deadline_history_row(act, change_id, move) for move in shown}
    due_date_by_task = {row["id"]: row for row in due_dates}
    with open_pipeline() as pipe:
        pipe.send_statement(INSERT_TIMERS, *reminders)
        pipe.send_statement(APPEND_HISTORY, *entries.values())
        pipe.send_statement(
            INSERT_AUDIT_RECORD,
            *(
                row
                for move in moves
                for row in moved_deadline_audit_rows(
                    act, change_id, move, due_date_by_task.get(move.old.id), entries.get(move.old.id)
                )
            ),
        )


def _finish_rescheduling_pass(
    act: Act, run: DeadlineReschedulingRun, next_payload: dict[str, Any] | None
) -> None:
    """Notify the owners of the moved deadlines; after the first pass, post the event of the second pass."""
    _post_moved_deadline_events(act, run.change_id, run.finished_at)
    if next_payload is not None and run.finished_at is None:
        since = (run.begun_at - MAX_TRANSACTION_TIME).isoformat()
        post_event(
            act,
            RESCHEDULING_CONTINUED_EVENT,
            {**next_payload, "opened_since": since},
            not_before=act.at + SECOND_PASS_DELAY,
        )
    run.finished_at = act.at
    db.session.flush()


def _post_moved_deadline_events(act: Act, change_id: UUID, notified_until: datetime | None) -> None:
    """Post one event for each person, for any number of moved tasks; two statements and one for each pool."""
    statement = (
        select(Task, MovedDeadline.due_before)
        .join(MovedDeadline, MovedDeadline.task_id == Task.id)
        .where(
            MovedDeadline.change_id == change_id,
            MovedDeadline.element == Task.element,
            Task.closed_at.is_(None),
        )
        .order_by(Task.due_at, Task.id)
    )
    if notified_until is not None:
        statement = statement.where(MovedDeadline.at > notified_until)
    tasks_by_person: dict[UUID, list[tuple[Task, datetime]]] = {}
    pools: dict[tuple[str, UUID | None], list[UUID]] = {}
    for task, before in db.session.execute(statement):
        for person in _load_task_owner_ids(act, task, pools):
            tasks_by_person.setdefault(person, []).append((task, before))
    post_events(act, [_moved_deadlines_event(person, tasks) for person, tasks in tasks_by_person.items()])


def _load_task_owner_ids(
    act: Act, task: Task, pools: dict[tuple[str, UUID | None], list[UUID]]
) -> list[UUID]:
    """Return the assignee, or the members of the pool who are not excluded."""
    if task.assignee is not None:
        return [task.assignee]
    key = (task.role, task.unit_id)
    if key not in pools:
        pools[key] = load_pool_member_ids(act, *key)
    return [person for person in pools[key] if person not in set(task.excluded)]


def _moved_deadlines_event(person: UUID, tasks: Sequence[tuple[Task, datetime]]) -> OutboxEvent:
    """Return the event for one person: one task in detail, or only the number of tasks."""
    first, before = tasks[0]
    payload: dict[str, Any] = {
        "recipients": [str(person)],
        "kind": "many",
        "count": len(tasks),
        "url": "/inbox",
    }
    if len(tasks) == 1:
        model = load_version(first.version_id).model
        payload |= {
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
    return (DEADLINES_MOVED, payload, None)
