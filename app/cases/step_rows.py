"""Rows that one engine step writes: tasks, timers, history entries and the audit event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.audit.record import AuditEvent
from app.audit.words import seal_text
from app.bpmn.engine import StepResult as EngineStep
from app.cases.audit_rows import (
    audit_rows_of_case,
    changed_case_audit_row,
    history_audit_row,
    new_case_audit_row,
    new_task_audit_row,
    state_audit_value,
)
from app.cases.case_record import CaseRecord
from app.cases.deadlines import (
    DueDate,
    compute_due_date,
    deadline_anchor_moment_or_now,
    is_task_closed_by_timer_at_deadline,
    iterate_reminder_due_dates,
)
from app.cases.transitions import CaseTransition, NewTask
from app.diagrams.versions import PublishedDiagram
from app.kernel.act import Act
from app.kernel.ids import new_id

AUDIT_TYPE_BY_TRANSITION_KIND: Mapping[str, str] = {
    "started": "cases.case.started",
    "completed": "cases.task.completed",
    "timer": "cases.timer.fired",
    "escalated": "cases.task.escalated",
}
"""Audit event type by kind of step."""


def new_task_row(
    act: Act, case: CaseRecord, published: PublishedDiagram, new_task: NewTask, iterations: Mapping[str, int]
) -> dict[str, Any]:
    """Return the row of a new task."""
    element = published.model.user_tasks[new_task.token.element]
    owner = new_task.owner
    return {
        "id": new_task.id,
        "case_id": case.id,
        "key": new_task.token.key,
        "element": element.id,
        "iteration": iterations.get(element.id, 1),
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
        "due_at": new_task.due.moment,
        "policy": new_task.due.policy,
        "computation": new_task.due.computation,
        "closed_at": None,
        "closed_by": None,
        "closed_how": None,
    }


def timer_and_reminder_rows(
    act: Act, case: CaseRecord, published: PublishedDiagram, step: EngineStep, new_tasks: Sequence[NewTask]
) -> list[dict[str, Any]]:
    """Return the rows of the opened diagram timers and of the reminders of the new tasks."""
    units = {new_task.token.element: new_task.owner.unit for new_task in new_tasks}
    tasks = {new_task.token.element: new_task.id for new_task in new_tasks}
    rows = []
    for timer in step.timers_opened:
        diagram_timer = published.model.timers[timer.element]
        attached = diagram_timer.attached_to
        anchor = deadline_anchor_moment_or_now(step.variables, diagram_timer.anchor, act.at)
        due = compute_due_date(units.get(attached), timer.policy, anchor)
        rows.append(
            _timer_or_reminder_row(
                anchor, case, "diagram", timer.element, due, tasks.get(attached), timer.key
            )
        )
    for new_task in new_tasks:
        overdue = not is_task_closed_by_timer_at_deadline(published.model, new_task.token.element)
        for kind, due in iterate_reminder_due_dates(new_task.due, act.at, overdue=overdue):
            rows.append(
                _timer_or_reminder_row(act.at, case, kind, new_task.token.element, due, new_task.id, None)
            )
    return rows


def _timer_or_reminder_row(
    anchor: datetime,
    case: CaseRecord,
    kind: str,
    element: str,
    due: DueDate,
    task_id: UUID | None,
    key: str | None,
) -> dict[str, Any]:
    """Return the row of one timer or reminder."""
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


def step_history_rows(
    act: Act, case: CaseRecord, step: EngineStep, transition: CaseTransition
) -> list[dict[str, Any]]:
    """Return the history rows of this step: the step, each called service task, and the end of the case."""
    entry = {
        "case_id": case.id,
        "at": act.at,
        "kind": transition.kind,
        "person": act.person,
        "on_behalf_of": act.on_behalf_of,
        "role": transition.role,
        "element": transition.element,
        "task_id": transition.task_id,
        "iteration": transition.iteration,
        "approves": transition.approves,
        "decision": transition.decision,
        "answers": dict(transition.answers),
        "variables": dict(transition.variables),
        "opened": [token.element for token in step.opened],
        "words": seal_text(act.person, transition.words),
        "subject_hash": case.subject_hash,
        "clause": transition.clause,
        "answers_digest": transition.answers_digest,
    }
    system_entry: dict[str, Any] = {
        "person": None,
        "on_behalf_of": None,
        "role": None,
        "task_id": None,
        "approves": False,
        "answers": {},
        "variables": {},
        "opened": [],
        "words": None,
        "answers_digest": None,
    }
    rows = [entry]
    for service in step.services_called:
        service_entry = {"kind": "service", "element": service.element, "decision": service.outcome}
        rows.append({**entry, **system_entry, **service_entry})
    if step.done:
        end_entry = {"kind": "ended", "element": step.end, "decision": case.outcome}
        rows.append({**entry, **system_entry, **end_entry})
    return rows


def step_audit_event(
    act: Act,
    case: CaseRecord,
    published: PublishedDiagram,
    step: EngineStep,
    transition: CaseTransition,
    tasks: Sequence[Mapping[str, Any]],
    entries: Sequence[Mapping[str, Any]],
) -> AuditEvent:
    """Return the audit event of this step, which opened these tasks and appended these history entries."""
    after: dict[str, Any] = {
        "number": case.number,
        "diagram": case.diagram,
        "version": published.sha256,
        "element": transition.element,
        "task": transition.task_id,
        "decision": transition.decision,
        "answers": dict(transition.answers),
        "opened": [token.element for token in step.opened],
        "services": {service.element: service.outcome for service in step.services_called},
        "subject": case.subject_hash,
        "outcome": case.outcome if step.done else None,
    }
    return AuditEvent(
        AUDIT_TYPE_BY_TRANSITION_KIND[transition.kind],
        ("cases.case", case.id),
        None,
        after,
        transition.clause,
        rows=_step_audit_rows(act, case, step, transition, tasks, entries),
    )


def _step_audit_rows(
    act: Act,
    case: CaseRecord,
    step: EngineStep,
    transition: CaseTransition,
    tasks: Sequence[Mapping[str, Any]],
    entries: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the rows of this step as the audit keeps them, with the keys and the end of the tasks that it closed."""
    of_case = new_case_audit_row(case) if transition.kind == "started" else None
    if of_case is None and case.changed:
        of_case = changed_case_audit_row(case)
    rows = audit_rows_of_case(
        case=of_case,
        tasks=[new_task_audit_row(row) for row in tasks],
        history=[history_audit_row(act, row, case.requester) for row in entries],
        state=state_audit_value(step.state),
    )
    if step.closed:
        rows["closed"] = {
            "keys": [token.key for token in step.closed],
            "how": transition.decision or transition.kind,
        }
    return rows
