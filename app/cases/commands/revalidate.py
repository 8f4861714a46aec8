"""Revalidate open cases after a change in the journal, by the check of their start (ADR 15).

The check is a function of the start. A superseded case is closed with its reason. Where a deadline is now
counted from another moment, its rows are moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app import operations
from app.audit.record import record_audit_event
from app.bpmn import engine
from app.cases.audit_rows import audit_rows_of_case, state_audit_value, task_audit_row
from app.cases.commands.close_from_outside import (
    CaseChangeReason,
    close_locked_superseded_case,
    event_payload_of_locked_case,
    load_open_task_assignee_ids,
)
from app.cases.commands.reschedule_reminders import replace_task_reminders
from app.cases.deadlines import (
    compute_due_date,
    deadline_anchor_moment_or_now,
    earliest_due_moment_by_policy,
    start_variable_of_earliest_due_day,
)
from app.cases.events import recipient_id_texts
from app.cases.history import append_history
from app.cases.locking import DAMAGE_ERRORS, LockedCase, lock_case
from app.cases.models import Case, CaseState, Task, Timer
from app.cases.state import state_checksum
from app.diagrams.versions import PublishedDiagram
from app.kernel.act import Act
from app.kernel.db import db
from app.outbox.post import post_event

CASE_RESCHEDULED_EVENT = "cases.case.retimed"


def revalidate_student_cases(act: Act, students: Sequence[UUID]) -> int:
    """Revalidate every open case about one of these students; return how many were closed.

    One statement when there is none. Cases are locked one after the other in the order of their ids. A case
    that cannot be read is left to its incident.
    """
    diagrams = [start.name for start in operations.STARTS.values() if start.check_validity]
    case_ids = db.session.scalars(
        select(Case.id)
        .where(Case.about.overlap(list(students)), Case.closed_at.is_(None), Case.diagram.in_(diagrams))
        .order_by(Case.id)
    ).all()
    return sum(_close_case_or_update_variables(act, case_id) for case_id in case_ids)


def _close_case_or_update_variables(act: Act, case_id: UUID) -> bool:
    """Close the case or update its variables by the check of its start; return whether it was closed."""
    locked = lock_case(case_id)
    case = locked.case
    start = operations.find_own_start_of_process(case.diagram)
    check = start.check_validity if start is not None else None
    if case.closed_at is not None or case.subject_id is None or check is None:
        return False
    validity = check(case.subject_id, case.subject, act.at)
    if validity.outcome is not None and (
        not validity.only_at_steps or _has_waiting_task_at_elements(case_id, validity.only_at_steps)
    ):
        return close_locked_superseded_case(
            act, locked, validity.outcome, CaseChangeReason(validity.why, validity.clause)
        )
    if validity.variables and case.status != "quarantined":
        try:
            set_variables_and_move_deadlines(
                act, locked, {f"start.{name}": value for name, value in validity.variables.items()}
            )
        except DAMAGE_ERRORS:
            return False
    return False


def _has_waiting_task_at_elements(case_id: UUID, elements: Sequence[str]) -> bool:
    """Return whether a task of one of these elements is open or suspended by a leave."""
    unfinished = Task.closed_at.is_(None) | (Task.closed_how == "suspended")
    waiting = select(Task.id).where(Task.case_id == case_id, Task.element.in_(elements), unfinished)
    return db.session.scalar(waiting.limit(1)) is not None


def set_variables_and_move_deadlines(act: Act, locked: LockedCase, variables: Mapping[str, Any]) -> None:
    """Write these start variables and move the deadlines counted from them; nothing when none has changed."""
    published = locked.load_pinned_diagram()
    written = write_start_variables(locked, published, variables)
    if written.changed:
        _reschedule_variable_deadlines(act.with_case(locked.case.id), locked, published, written)


@dataclass(frozen=True, slots=True)
class WrittenVariables:
    """All process variables after some were written, those that changed, and the state as the audit keeps it."""

    variables: Mapping[str, Any]
    changed: Mapping[str, Any]
    state: str | None = None


def write_start_variables(
    locked: LockedCase, published: PublishedDiagram, variables: Mapping[str, Any]
) -> WrittenVariables:
    """Write these start variables into the state; nothing when none of them changes."""
    body = locked.verified_engine_state()
    current = engine.read_state_as_step_result(published.spec, body).variables
    changed = {name: value for name, value in variables.items() if current.get(name) != value}
    if not changed:
        return WrittenVariables(current, changed)
    step = engine.replace_start_variables(published.spec, body, changed)
    db.session.execute(
        update(CaseState)
        .where(CaseState.case_id == locked.case.id)
        .values(body=step.state, check=state_checksum(step.state), revision=CaseState.revision + 1)
    )
    return WrittenVariables(step.variables, changed, state_audit_value(step.state))


def _reschedule_variable_deadlines(
    act: Act,
    locked: LockedCase,
    published: PublishedDiagram,
    written: WrittenVariables,
) -> None:
    """Move the deadlines of the case that are counted from a changed variable, and notify the assignees."""
    case, variables, changed = locked.case, written.variables, written.changed
    moved, moved_tasks = [], []
    tasks = db.session.scalars(select(Task).where(Task.case_id == case.id, Task.closed_at.is_(None))).all()
    for task in tasks:
        element = published.model.user_tasks[task.element]
        if not {element.anchor, start_variable_of_earliest_due_day(case.diagram, element.deadline)} & set(
            changed
        ):
            continue
        due = compute_due_date(
            task.unit_id,
            element.deadline,
            deadline_anchor_moment_or_now(variables, element.anchor, task.opened_at),
            earliest_due_moment_by_policy(case.diagram, element.deadline, variables),
        )
        task.due_at, task.computation = due.moment, due.computation
        escalates = bool(published.model.boundary_timers(task.element))
        replace_task_reminders(act, task, due, overdue=not escalates)
        moved.append({"task": task.element, "due": due.moment.isoformat()})
        moved_tasks.append(task_audit_row(task, "due_at", "computation"))
    for timer in db.session.scalars(select(Timer).where(Timer.case_id == case.id, Timer.kind == "diagram")):
        diagram_timer = published.model.timers[timer.element]
        if diagram_timer.anchor in changed:
            unit = next((task.unit_id for task in tasks if task.id == timer.task_id), None)
            timer.anchor = deadline_anchor_moment_or_now(variables, diagram_timer.anchor, timer.anchor)
            timer.due_at = compute_due_date(unit, timer.policy, timer.anchor).moment
    db.session.flush()
    details = {"why": "cases.retimed.counted_anew", "variables": dict(changed), "moved": moved}
    entry = append_history(act, case.id, "retimed", answers=details, clause="5.3.1")
    record_audit_event(
        act,
        CASE_RESCHEDULED_EVENT,
        ("cases.case", case.id),
        None,
        {"number": case.number, **details},
        "5.3.1",
        rows=audit_rows_of_case(tasks=moved_tasks, history=entry, state=written.state),
    )
    if moved:
        everybody = recipient_id_texts(*case.about, *load_open_task_assignee_ids(case.id))
        post_event(
            act,
            CASE_RESCHEDULED_EVENT,
            {**event_payload_of_locked_case(locked), "due_at": moved[0]["due"], "recipients": everybody},
        )
