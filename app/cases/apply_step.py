"""Write the result of one engine step in the running act: state, tasks, timers, history, audit and outbox.

The engine reports which elements opened and closed; this module resolves who has to act on them and by when.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Delete, Text, any_, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from app.audit.record import INSERT_AUDIT_RECORD
from app.audit.record import build_sealed_audit_rows as audit_rows
from app.bpmn.engine import OpenTask
from app.bpmn.engine import StepResult as EngineStep
from app.cases import rules
from app.cases.assignment import resolve_task_owner
from app.cases.case_record import UPDATE_CASE, CaseRecord, case_update_parameters
from app.cases.deadlines import compute_due_date, deadline_anchor_moment_or_now, earliest_due_moment_by_policy
from app.cases.events import case_return_and_end_events, new_task_events
from app.cases.history import APPEND_HISTORY
from app.cases.incidents import OWNER, IncidentPlace, record_incident
from app.cases.models import CaseState, Draft, Task, Timer
from app.cases.state import state_checksum
from app.cases.step_rows import new_task_row, step_audit_event, step_history_rows, timer_and_reminder_rows
from app.cases.transitions import CaseTransition, NewTask
from app.diagrams.versions import PublishedDiagram
from app.kernel.act import Act
from app.kernel.db import model_table
from app.kernel.ids import new_id
from app.kernel.prepared import Pipeline, PreparedInsert, PreparedStatement, open_pipeline
from app.outbox.post import INSERT_MESSAGE, outbox_message_rows


def write_engine_step(
    act: Act,
    case: CaseRecord,
    published: PublishedDiagram,
    step: EngineStep,
    history: Sequence[rules.HistoryEntry],
    transition: CaseTransition,
) -> tuple[NewTask, ...]:
    """Write everything that follows from one engine step; return the new tasks.

    The caller holds the lock of the case. `case` already has its new subject if the step created one.
    """
    history_with_step = [*history, _step_history_entry(act, case, step, transition)]
    new_tasks = tuple(
        _build_new_task_with_owner(act, case, published, step, history_with_step, token)
        for token in step.opened
    )
    iterations = rules.current_element_iterations(history_with_step, published.model)
    _close_case_or_count_iteration(act, case, published, step)
    tasks = [new_task_row(act, case, published, new_task, iterations) for new_task in new_tasks]
    timers = timer_and_reminder_rows(act, case, published, step, new_tasks)
    entries = step_history_rows(act, case, step, transition)
    audit = audit_rows(act, [step_audit_event(act, case, published, step, transition, tasks, entries)])
    events = [
        *new_task_events(case, published, new_tasks),
        *case_return_and_end_events(act, case, published, step, transition, new_tasks),
    ]
    # All reads are done above: inside the pipeline nothing may be read back (ADR 4).
    with open_pipeline() as pipe:
        if case.changed:
            pipe.send_statement(UPDATE_CASE, case_update_parameters(case))
        _write_engine_state(pipe, case, step, transition)
        _close_tasks_and_delete_timers(pipe, act, case, step, transition)
        pipe.send_statement(_INSERT_TASKS, *tasks)
        pipe.send_statement(INSERT_TIMERS, *timers)
        pipe.send_statement(APPEND_HISTORY, *entries)
        pipe.send_statement(INSERT_AUDIT_RECORD, *audit)
        pipe.send_statement(INSERT_MESSAGE, *outbox_message_rows(act, events))
    for new_task in new_tasks:
        if new_task.owner.is_missing:
            detail = {"element": new_task.token.element, "role": new_task.owner.role}
            place = IncidentPlace(OWNER, new_task.token.element, new_task.id)
            record_incident(act, case.id, "cases.task.nobody", detail, quarantine=False, place=place)
    return new_tasks


def _step_history_entry(
    act: Act, case: CaseRecord, step: EngineStep, transition: CaseTransition
) -> rules.HistoryEntry:
    """Return this step as the rules read it from the history."""
    return rules.HistoryEntry(
        kind=transition.kind,
        person=act.person,
        on_behalf_of=act.on_behalf_of,
        role=transition.role,
        element=transition.element,
        iteration=transition.iteration,
        approves=transition.approves,
        decision=transition.decision,
        subject_hash=case.subject_hash,
        at=act.at,
        opened=tuple(token.element for token in step.opened),
    )


def _build_new_task_with_owner(
    act: Act,
    case: CaseRecord,
    published: PublishedDiagram,
    step: EngineStep,
    history: Sequence[rules.HistoryEntry],
    token: OpenTask,
) -> NewTask:
    """Return the task for one opened token, with its owner and due date."""
    model = published.model
    element = model.user_tasks[token.element]
    owner = resolve_task_owner(
        act, case, model, element, step.variables, rules.valid_approver_ids(history, model)
    )
    anchor = deadline_anchor_moment_or_now(step.variables, element.anchor, act.at)
    least = earliest_due_moment_by_policy(case.diagram, element.deadline, step.variables)
    return NewTask(new_id(), token, owner, compute_due_date(owner.unit, element.deadline, anchor, least))


CASE_START_KIND = "started"


def _close_case_or_count_iteration(
    act: Act, case: CaseRecord, published: PublishedDiagram, step: EngineStep
) -> None:
    """Close the case when the step ended it; count a new iteration when a rework task opened."""
    if step.done:
        end = published.model.ends.get(step.end or "")
        case.close("done", (end.outcome if end else "") or "done", act.at)
    if any(published.model.user_tasks[token.element].rework for token in step.opened):
        case.start_next_iteration()


_TASK_COLUMNS = tuple(column.name for column in model_table(Task).columns)
_state_table = model_table(CaseState)
_task_table = model_table(Task)
_timer_table = model_table(Timer)


def _write_engine_state(
    pipe: Pipeline, case: CaseRecord, step: EngineStep, transition: CaseTransition
) -> None:
    """Write the engine state with its checksum: insert it for a start, else update it."""
    body, checksum = step.state, state_checksum(step.state)
    if transition.kind == CASE_START_KIND:
        pipe.send_statement(
            _INSERT_STATE, {"case_id": case.id, "body": body, "check": checksum, "revision": 0}
        )
    else:
        pipe.send_statement(_UPDATE_STATE, {"of_case": case.id, "new_body": body, "new_check": checksum})


_INSERT_STATE = PreparedInsert(CaseState, "case_id", "body", "check", "revision")
_UPDATE_STATE = PreparedStatement(
    update(_state_table)
    .where(_state_table.c.case_id == bindparam("of_case"))
    .values(body=bindparam("new_body"), check=bindparam("new_check"), revision=_state_table.c.revision + 1)
)


def _close_tasks_and_delete_timers(
    pipe: Pipeline, act: Act, case: CaseRecord, step: EngineStep, transition: CaseTransition
) -> None:
    """Close the tasks the engine closed; delete their timers, stopped diagram timers and the draft."""
    if not step.closed and not step.timers_closed:
        return
    values = {
        "of_case": case.id,
        "task_keys": [token.key for token in step.closed],
        "timer_keys": [timer.key for timer in step.timers_closed],
        "moment": act.at,
        "person": act.person,
        "how": transition.decision or transition.kind,
        "form": transition.task_id,
    }
    pipe.send_statement(_CLOSE_TASKS, values)


def _build_close_tasks_statement() -> Delete:
    """Build the one statement that closes tasks and deletes their timers and the draft."""
    task_keys = bindparam("task_keys", type_=ARRAY(Text))
    timer_keys = bindparam("timer_keys", type_=ARRAY(Text))
    closed = (
        update(_task_table)
        .where(
            _task_table.c.case_id == bindparam("of_case"),
            _task_table.c.key == any_(task_keys),
            _task_table.c.closed_at.is_(None),
        )
        .values(closed_at=bindparam("moment"), closed_by=bindparam("person"), closed_how=bindparam("how"))
        .returning(_task_table.c.id)
        .cte("closed")
    )
    drafts = delete(model_table(Draft)).where(model_table(Draft).c.form == bindparam("form")).cte("drafts")
    of_closed_task = _timer_table.c.task_id.in_(select(closed.c.id))
    return (
        delete(_timer_table)
        .where(
            _timer_table.c.case_id == bindparam("of_case"),
            or_(_timer_table.c.key == any_(timer_keys), of_closed_task),
        )
        .add_cte(closed, drafts)
    )


_INSERT_TASKS = PreparedInsert(Task, *_TASK_COLUMNS)
INSERT_TIMERS = PreparedInsert(
    Timer, "id", "case_id", "task_id", "key", "element", "kind", "policy", "anchor", "due_at"
)
_CLOSE_TASKS = PreparedStatement(_build_close_tasks_statement())
