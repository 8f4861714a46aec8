"""Assign the task of an incident to a holder of its lane's role, and close an incident with a reason."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.audit.words import seal_text
from app.bpmn.engine import OpenTask
from app.cases.assignment import load_pool_member_ids
from app.cases.commands.lock_incident import LockedIncident, lock_open_incident, require_open_task_of_incident
from app.cases.commands.retry_incident import record_task_assignment
from app.cases.deadlines import DueDate
from app.cases.eligible_owners import load_eligible_owners
from app.cases.events import new_task_events
from app.cases.incidents import ASSIGNABLE_KINDS, ASSIGNED, CLOSED, OWNER, STATE, resolve_incidents
from app.cases.models import Incident, Task
from app.cases.transitions import NewTask
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Invalid, Refused
from app.outbox.dead_letters import give_up_dead_letter
from app.outbox.post import post_events

MIN_REASON_LENGTH, MAX_REASON_LENGTH = 10, 2000


def assign_incident_task(act: Act, incident_id: UUID, seen: int, person: UUID) -> None:
    """Assign the open task of an incident to a person whom the rule of its lane accepts; solve the incident.

    Harmless when the same person did it before. Raises Denied, Missing, Stale, Invalid (`person`), Refused
    (`cases.incident.own_request`, `cases.incident.not_eligible`).
    """
    incident = lock_open_incident(act, incident_id, seen, ASSIGNED)
    if incident is None:
        return
    if incident.row.kind not in ASSIGNABLE_KINDS:
        raise Refused("cases.incident.not_assignable")
    task, locked = require_open_task_of_incident(incident), incident.case
    if act.person in (locked.case.requester, locked.case.on_behalf_of):
        # Nobody chooses who decides his own request.
        raise Refused("cases.incident.own_request")
    owners = load_eligible_owners(act, locked, task.element)
    owner = next((one for one in owners if one.assignee == person), None)
    if owner is None:
        raise Refused("cases.incident.not_eligible")
    act = act.with_case(locked.case.id)
    task.unit_id, task.assignee, task.on_behalf_of = owner.unit, owner.assignee, owner.on_behalf_of
    task.pooled, task.excluded = True, sorted(owner.excluded)
    db.session.flush()
    resolve_incidents(act, ASSIGNED, Incident.id == incident.row.id)
    record_task_assignment(act, task, owner)
    new_task = NewTask(
        task.id, OpenTask(task.key, task.element), owner, DueDate(task.due_at, task.policy, {})
    )
    post_events(act, new_task_events(locked.case, locked.load_pinned_diagram(), [new_task]))


def close_incident(act: Act, incident_id: UUID, seen: int, reason: str) -> None:
    """Close an incident as solved, with a reason; a dead letter is given up. Changes nothing in the case.

    Harmless when the same person did it before. Raises Denied, Missing, Stale, Invalid (`reason`), Refused while
    the case is stopped (`cases.incident.still_stopped`) or its task has no owner (`cases.incident.still_nobody`).
    """
    reason = reason.strip()
    if len(reason) < MIN_REASON_LENGTH:
        raise Invalid.field("reason", "forms.field.too_short", min=MIN_REASON_LENGTH)
    if len(reason) > MAX_REASON_LENGTH:
        raise Invalid.field("reason", "forms.field.too_long", max=MAX_REASON_LENGTH)
    incident = lock_open_incident(act, incident_id, seen, CLOSED)
    if incident is None:
        return
    _require_case_not_left_stopped(act, incident)
    act = act.with_reason(reason)
    if incident.row.message_id is not None:
        give_up_dead_letter(act, incident.row.message_id)
    resolve_incidents(act, CLOSED, Incident.id == incident.row.id, words=seal_text(act.person, reason))


def _require_case_not_left_stopped(act: Act, incident: LockedIncident) -> None:
    """Raise Refused when closing would leave a case stopped without an incident."""
    if incident.locked is None:
        return
    if incident.locked.case.status == "quarantined" and not _has_other_open_incident(incident):
        raise Refused("cases.incident.still_stopped")
    if incident.row.kind != OWNER or incident.locked.case.status != "open":
        return
    condition = (
        Task.id == incident.row.task_id if incident.row.task_id else Task.element == incident.row.element
    )
    task = db.session.scalars(
        select(Task).where(Task.case_id == incident.row.case_id, condition, Task.closed_at.is_(None))
    ).first()
    if task is None or task.assignee is not None:
        return
    if not set(load_pool_member_ids(act, task.role, task.unit_id)) - set(task.excluded):
        raise Refused("cases.incident.still_nobody")


def _has_other_open_incident(incident: LockedIncident) -> bool:
    """Return whether another incident of the case is open, so that its stop stays known."""
    other = select(Incident.id).where(
        Incident.case_id == incident.row.case_id,
        Incident.id != incident.row.id,
        Incident.resolved_at.is_(None),
        Incident.kind == STATE,
    )
    return db.session.scalar(other.limit(1)) is not None
