"""Apply orders about students to their open cases: transfer, suspend, resume or close (cross-cutting 9, 10).

Decided by the student's current enrolment, not by the event, so repeated or late events change nothing twice.
A case about several students is left unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app import operations
from app.audit.record import record_audit_event
from app.bpmn import engine
from app.bpmn.engine import OpenTask
from app.cases import rules
from app.cases.assignment import resolve_task_owner
from app.cases.audit_rows import OWNER_COLUMNS, audit_rows_of_case, task_audit_row
from app.cases.commands.close_from_outside import (
    SUPERSEDED_OUTCOME,
    CaseChangeReason,
    close_locked_superseded_case,
    event_payload_of_locked_case,
    load_open_task_assignee_ids,
)
from app.cases.commands.revalidate import write_start_variables
from app.cases.commands.suspend import SUSPENDED_STATUS, resume_case, suspend_case
from app.cases.deadlines import DueDate
from app.cases.events import new_task_events, recipient_id_texts
from app.cases.history import append_history
from app.cases.incidents import OWNER, IncidentPlace, record_incident
from app.cases.locking import DAMAGE_ERRORS, LockedCase, lock_case
from app.cases.models import Case, Task
from app.cases.transitions import NewTask
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.outbox.post import post_event, post_events
from app.people import queries as people
from app.people.rules import (
    ENROLLED_STATUS,
    GRADUATE_ORDER,
    LEFT_STATUS,
    ON_LEAVE_STATUS,
    EnrolmentPeriod,
    EnrolmentStatus,
    enrolment_status,
    find_academic_leaves,
)

CASE_TRANSFERRED_EVENT = "cases.case.moved"
TASK_REASSIGNED_EVENT = "cases.task.reassigned"
INSTITUTE_VARIABLE = "start.student_institute"
"""The start variable that names the institute whose directorate handles a case."""
ENROLMENT_CLAUSE = "2.1"


def apply_enrolment_to_cases(act: Act, students: Sequence[UUID]) -> int:
    """Apply the current enrolment to every open case about one of these students; return how many cases.

    Two statements when there are none.
    """
    periods = people.load_enrolment_periods(students)
    found = db.session.execute(
        select(Case.id, Case.about)
        .where(Case.about.overlap(list(students)), Case.closed_at.is_(None))
        .order_by(Case.id)
    ).all()
    for case_id, persons in found:
        if len(persons) == 1:
            _apply_enrolment_to_case(act, case_id, periods[persons[0]])
    return len(found)


def _apply_enrolment_to_case(act: Act, case_id: UUID, periods: Sequence[EnrolmentPeriod]) -> None:
    """Close, suspend or continue one case by the student's enrolment status today."""
    locked = lock_case(case_id)
    status = enrolment_status(periods, local_day(act.at))
    details = {"order": status.order} if status.order else {}
    start = operations.find_own_start_of_process(locked.case.diagram)
    for_student = start is not None and start.needs_action_of_student
    if status.kind == LEFT_STATUS and for_student:
        why = (
            "cases.superseded.graduated" if status.ended_as == GRADUATE_ORDER else "cases.superseded.expelled"
        )
        close_locked_superseded_case(
            act, locked, SUPERSEDED_OUTCOME, CaseChangeReason(why, ENROLMENT_CLAUSE, details)
        )
    elif status.kind == ON_LEAVE_STATUS and for_student:
        suspend_case(act, locked, CaseChangeReason("cases.suspended.leave", ENROLMENT_CLAUSE, details))
    elif status.kind == ENROLLED_STATUS:
        _resume_and_transfer_case(act, locked, periods, status)


def _resume_and_transfer_case(
    act: Act, locked: LockedCase, periods: Sequence[EnrolmentPeriod], status: EnrolmentStatus
) -> None:
    """Resume the case of a student who is back, and transfer it to his current directorate.

    A damaged case is left to its incident.
    """
    details = {"order": status.order} if status.order else {}
    finished_leaves = [
        (first, back)
        for first, back, _order in find_academic_leaves(periods)
        if back and back <= local_day(act.at)
    ]
    try:
        if finished_leaves and finished_leaves[-1][1]:
            reason = CaseChangeReason("cases.resumed.returned", ENROLMENT_CLAUSE, details)
            resume_case(act, locked, reason, finished_leaves[-1][0], finished_leaves[-1][1])
        if len(status.units) == 1:
            transfer_case_to_directorate(
                act,
                locked,
                next(iter(status.units)),
                CaseChangeReason("cases.moved.transferred", ENROLMENT_CLAUSE, details),
            )
    except DAMAGE_ERRORS:
        return


def transfer_case_to_directorate(act: Act, locked: LockedCase, unit: UUID, reason: CaseChangeReason) -> bool:
    """Transfer the case to another directorate (tasks, units, start variable); return whether it changed.

    Approvals already given stay valid, because they belong to an office. Deadlines do not change.
    """
    case, published = locked.case, locked.load_pinned_diagram()
    current = engine.read_state_as_step_result(published.spec, locked.verified_engine_state()).variables.get(
        INSTITUTE_VARIABLE
    )
    if case.closed_at is not None or current is None or current == str(unit):
        return False
    act, old = act.with_case(case.id), UUID(current)
    written = write_start_variables(locked, published, {INSTITUTE_VARIABLE: str(unit)})
    assignees = load_open_task_assignee_ids(case.id)
    units = list(dict.fromkeys(unit if unit_id == old else unit_id for unit_id in case.units))
    db.session.execute(update(Case).where(Case.id == case.id).values(units=units))
    unfinished = Task.closed_at.is_(None) | (Task.closed_how == SUSPENDED_STATUS)
    new_tasks = [
        resolve_task_owner_again(act, locked, task, written.variables)
        for task in db.session.scalars(select(Task).where(Task.case_id == case.id, unfinished))
        if published.model.lane_of_task(task.element).scope == INSTITUTE_VARIABLE
    ]
    db.session.flush()
    details = {**reason.as_json(), "from": current, "to": str(unit)}
    entry = append_history(act, case.id, "moved", answers=details, clause=reason.clause)
    record_audit_event(
        act,
        CASE_TRANSFERRED_EVENT,
        ("cases.case", case.id),
        None,
        {"number": case.number, **details},
        reason.clause,
        rows=audit_rows_of_case(case={"units": units}, history=entry, state=written.state),
    )
    everybody = recipient_id_texts(case.requester, *case.about, *assignees)
    post_event(
        act,
        CASE_TRANSFERRED_EVENT,
        {**event_payload_of_locked_case(locked), **reason.as_json(), "recipients": everybody},
    )
    post_events(
        act, new_task_events(case, published, [new_task for new_task in new_tasks if new_task is not None])
    )
    return True


def resolve_task_owner_again(
    act: Act, locked: LockedCase, task: Task, variables: Mapping[str, Any]
) -> NewTask | None:
    """Resolve the owner of one open task again, with its audit; return the task to announce, None when its assignee
    stays."""
    case, model = locked.case, locked.load_pinned_diagram().model
    approvers = rules.valid_approver_ids(locked.history, model)
    owner = resolve_task_owner(act, case, model, model.user_tasks[task.element], variables, approvers)
    same_person = not owner.pooled and owner.assignee == task.assignee
    before = task_audit_row(task, *OWNER_COLUMNS)
    task.unit_id, task.assignee, task.on_behalf_of = owner.unit, owner.assignee, owner.on_behalf_of
    task.pooled, task.excluded = owner.pooled, sorted(owner.excluded)
    row = task_audit_row(task, *OWNER_COLUMNS)
    if row != before:
        after = {"task": task.id, "assignee": task.assignee, "unit": task.unit_id}
        record_audit_event(
            act.with_case(case.id),
            TASK_REASSIGNED_EVENT,
            ("cases.case", case.id),
            {"assignee": before["assignee"], "unit": before["unit_id"]},
            after,
            task.clause,
            rows=audit_rows_of_case(tasks=[row]),
        )
    if owner.is_missing:
        detail = {"element": task.element, "role": owner.role}
        place = IncidentPlace(OWNER, task.element, task.id)
        record_incident(act, case.id, "cases.task.nobody", detail, quarantine=False, place=place)
    token = OpenTask(task.key, task.element)
    return None if same_person else NewTask(task.id, token, owner, DueDate(task.due_at, task.policy, {}))
