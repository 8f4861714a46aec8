"""Record incidents of cases and messages, and solve those that settle by themselves. Moves of persons are commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, insert, select, update

from app.audit.record import record_audit_event
from app.cases.access import public_case_subject
from app.cases.audit_rows import audit_rows_of_case
from app.cases.case_record import save_changed_case
from app.cases.events import BACKUP_FAILED, INCIDENT_RECORDED, SEAL_FOUND
from app.cases.history import append_history
from app.cases.locking import lock_case
from app.cases.models import Case, Incident
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.ids import new_id
from app.outbox.dispatch import MessageDelivery
from app.outbox.post import post_event

TIMER, STATE, OPERATION, OWNER, MESSAGE, CLOCK, BACKUP, SEAL = INCIDENT_KINDS = (
    "timer",
    "state",
    "operation",
    "owner",
    "message",
    "clock",
    "backup",
    "seal",
)
"""Kinds of incident: a timer that fails, a case that cannot be read or go on, an operation that was refused in a
person's step, a task without an owner, a dead letter, a worker whose clock differs from that of PostgreSQL,
a backup that failed, a seal of the audit that does not hold."""

RETRIED, ASSIGNED, CLOSED, SETTLED, DELIVERED = SOLUTIONS = (
    "retried",
    "assigned",
    "closed",
    "settled",
    "delivered",
)
"""Values of `resolved_how`: by a retry, by an assignment, closed with a reason, by itself, by a delivery."""
ASSIGNABLE_KINDS = frozenset({OWNER, OPERATION})
"""Kinds of incident whose step a person may give to another owner."""
MESSAGE_DIED_CODE = "outbox.message.died"
CLOCK_DIFFERS_CODE = "worker.clock.differs"


@dataclass(frozen=True, slots=True)
class IncidentPlace:
    """The kind of an incident and the step where it happened."""

    kind: str = STATE
    element: str | None = None
    task: UUID | None = None


def record_incident(
    act: Act,
    case_id: UUID,
    code: str,
    detail: Mapping[str, Any],
    *,
    quarantine: bool,
    place: IncidentPlace = IncidentPlace(),
) -> None:
    """Record an incident, unless the case has an open one of the same code at the same step.

    `quarantine` sets an open case to `quarantined`, so that its tasks leave the inboxes until it is repaired.
    Nothing is written when the case does not exist.
    """
    try:
        case = lock_case(case_id).case
    except Missing:
        return
    open_incident = select(Incident.id).where(
        Incident.case_id == case_id,
        Incident.code == code,
        Incident.element.is_not_distinct_from(place.element),
        Incident.resolved_at.is_(None),
    )
    if db.session.scalar(open_incident.limit(1)) is not None:
        return
    act = act.with_case(case_id)
    status = None
    if quarantine and case.status == "open":
        case.set_status("quarantined")
        save_changed_case(case)
        status = {"status": case.status}
    incident_id = new_id()
    row = {
        "id": incident_id,
        "case_id": case_id,
        "at": act.at,
        "kind": place.kind,
        "code": code,
        "element": place.element,
        "task_id": place.task,
        "detail": dict(detail),
    }
    db.session.execute(insert(Incident), [row])
    entry = append_history(act, case_id, "incident", decision=code)
    rows = audit_rows_of_case(case=status, history=entry)
    record_audit_event(
        act, INCIDENT_RECORDED, ("cases.case", case_id), None, {"code": code, **detail}, rows=rows
    )
    subject = public_case_subject(case.diagram, case.subject)
    payload = {"case": str(case_id), "number": case.number, "subject": subject, "code": code}
    post_event(act, INCIDENT_RECORDED, {**payload, "url": f"/incidents/{incident_id}", "role": "it_admin"})


def record_message_incident(act: Act, delivery: MessageDelivery, error: str) -> None:
    """Record an incident for a dead letter; a message that died again keeps its open one, with the new error.

    Called by the outbox in the act that records the death.
    """
    detail = {"event_type": delivery.event_type, "error": error[:500]}
    again = db.session.execute(
        update(Incident)
        .where(Incident.message_id == delivery.id, Incident.resolved_at.is_(None))
        .values(detail=detail, at=act.at)
        .returning(Incident.id)
    ).first()
    if again is not None:
        return
    named = delivery.payload.get("case")
    case_id = db.session.scalar(select(Case.id).where(Case.id == UUID(str(named)))) if named else None
    incident_id = new_id()
    row = {
        "id": incident_id,
        "case_id": case_id,
        "at": act.at,
        "kind": MESSAGE,
        "code": MESSAGE_DIED_CODE,
        "message_id": delivery.id,
        "detail": detail,
    }
    db.session.execute(insert(Incident), [row])
    record_audit_event(act, INCIDENT_RECORDED, ("cases.incident", incident_id), None, detail, None)


def record_clock_incident(act: Act, host: str, difference: str) -> None:
    """Record that the worker on this host stopped because of its clock; repeated, it renews the open incident."""
    detail = {"host": host, "error": difference}
    again = db.session.execute(
        update(Incident)
        .where(_open_clock_incident_condition(host))
        .values(detail=detail, at=act.at)
        .returning(Incident.id)
    ).first()
    if again is not None:
        return
    incident_id = new_id()
    row = {"id": incident_id, "at": act.at, "kind": CLOCK, "code": CLOCK_DIFFERS_CODE, "detail": detail}
    db.session.execute(insert(Incident), [row])
    record_audit_event(act, INCIDENT_RECORDED, ("cases.incident", incident_id), None, detail, None)


def resolve_clock_incidents(act: Act, host: str) -> int:
    """Solve the incident of a host whose clock agrees again; return how many there were."""
    return resolve_incidents(act, SETTLED, _open_clock_incident_condition(host))


def _open_clock_incident_condition(host: str) -> ColumnElement[bool]:
    return and_(
        Incident.kind == CLOCK, Incident.resolved_at.is_(None), Incident.detail["host"].astext == host
    )


def record_backup_incident(act: Act, code: str, detail: str) -> None:
    """Record that a backup by the schedule failed (7.3); repeated, it renews the open incident."""
    parts = {"error": detail[:500]}
    again = db.session.execute(
        update(Incident)
        .where(Incident.kind == BACKUP, Incident.resolved_at.is_(None))
        .values(code=code, detail=parts, at=act.at)
        .returning(Incident.id)
    ).first()
    if again is not None:
        return
    incident_id = new_id()
    row = {"id": incident_id, "at": act.at, "kind": BACKUP, "code": code, "detail": parts}
    db.session.execute(insert(Incident), [row])
    record_audit_event(act, INCIDENT_RECORDED, ("cases.incident", incident_id), None, {"code": code}, None)
    payload = {"code": code, "url": f"/incidents/{incident_id}", "role": "it_admin"}
    post_event(act, BACKUP_FAILED, payload)


def resolve_backup_incidents(act: Act) -> int:
    """Solve the incidents of backups after one that succeeded; return how many there were."""
    return resolve_incidents(act, SETTLED, Incident.kind == BACKUP)


def record_seal_incident(act: Act, code: str, detail: Mapping[str, Any]) -> bool:
    """Record something wrong with the seals of the audit, unless an incident of this code is open; return whether."""
    is_open = select(Incident.id).where(
        Incident.kind == SEAL, Incident.code == code, Incident.resolved_at.is_(None)
    )
    if db.session.scalar(is_open.limit(1)) is not None:
        return False
    incident_id = new_id()
    row = {"id": incident_id, "at": act.at, "kind": SEAL, "code": code, "detail": dict(detail)}
    db.session.execute(insert(Incident), [row])
    record_audit_event(act, INCIDENT_RECORDED, ("cases.incident", incident_id), None, {"code": code}, None)
    # An auditor opens no incident; both see the page of the seals.
    post_event(act, SEAL_FOUND, {"code": code, "url": "/audit/seals", "roles": ["it_admin", "auditor"]})
    return True


def resolve_seal_incidents(act: Act, code: str) -> int:
    """Solve the incident of this code once its cause is gone; return how many there were."""
    return resolve_incidents(act, SETTLED, Incident.kind == SEAL, Incident.code == code)


def resolve_message_incident(act: Act, delivery: MessageDelivery) -> None:
    """Solve the incident of a dead letter that was delivered after all."""
    resolve_incidents(act, DELIVERED, Incident.message_id == delivery.id)


def resolve_timer_incidents(act: Act, case_id: UUID, timer_id: UUID) -> None:
    """Solve the incidents of a timer that fired after all."""
    resolve_incidents(
        act, SETTLED, Incident.case_id == case_id, Incident.detail["timer"].astext == str(timer_id)
    )


def resolve_incidents(
    act: Act, how: str, *conditions: ColumnElement[bool], words: bytes | None = None
) -> int:
    """Solve the open incidents that fulfil the conditions; return how many. History and audit are written."""
    solved = db.session.execute(
        update(Incident)
        .where(Incident.resolved_at.is_(None), *conditions)
        .values(resolved_at=act.at, resolved_by=act.person, resolved_how=how, words=words)
        .returning(Incident.id, Incident.case_id, Incident.code, Incident.message_id)
        .execution_options(synchronize_session=False)
    ).all()
    for row in solved:
        of_case = row.case_id is not None and row.message_id is None
        entry = []
        if of_case:
            entry = append_history(act, row.case_id, "resolved", decision=row.code, words=act.reason)
        object_ = ("cases.case", row.case_id) if of_case else ("cases.incident", row.id)
        record_audit_event(
            act.with_case(row.case_id) if row.case_id else act,
            "cases.incident.resolved",
            object_,
            None,
            {"code": row.code, "how": how, "incident": row.id},
            rows=audit_rows_of_case(history=entry),
        )
    return len(solved)
