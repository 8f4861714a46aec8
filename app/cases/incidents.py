"""Incidents of cases: record what stopped a case, for IT, and take a repaired case back to work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from app.audit.record import record_event
from app.bpmn import engine
from app.bpmn.errors import StateDamaged
from app.cases.access import public_case_subject
from app.cases.case_record import save_changed_case
from app.cases.history import append_history
from app.cases.locking import DAMAGE_ERRORS, lock_case
from app.cases.models import Incident
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing, Refused
from app.kernel.ids import new_id
from app.outbox.post import post_event


def record_incident(
    act: Act, case_id: UUID, code: str, detail: Mapping[str, Any], *, quarantine: bool
) -> None:
    """Record an incident, unless the case has an open one with the same code.

    `quarantine` sets an open case to `quarantined`, so that its tasks leave the inboxes until it is repaired.
    Nothing is written when the case does not exist.
    """
    try:
        case = lock_case(case_id).case
    except Missing:
        return
    open_incident = select(Incident.id).where(
        Incident.case_id == case_id, Incident.code == code, Incident.resolved_at.is_(None)
    )
    if db.session.scalar(open_incident.limit(1)) is not None:
        return
    act = act.for_case(case_id)
    if quarantine and case.status == "open":
        case.set_status("quarantined")
        save_changed_case(case)
    row = {"id": new_id(), "case_id": case_id, "at": act.at, "code": code, "detail": dict(detail)}
    db.session.execute(insert(Incident), [row])
    append_history(act, case_id, "incident", decision=code)
    record_event(
        act, "cases.incident.recorded", ("cases.case", case_id), None, {"code": code, **detail}, None
    )
    subject = public_case_subject(case.diagram, case.subject)
    payload = {"case": str(case_id), "number": case.number, "subject": subject, "code": code}
    post_event(act, "cases.incident.recorded", {**payload, "url": f"/cases/{case_id}", "role": "it_admin"})


def resolve_incident(act: Act, incident_id: UUID) -> None:
    """Resolve an incident after the state of its case was read again without errors.

    A quarantined case becomes open. Raises Missing, Refused when the case is still damaged.
    """
    incident = db.session.scalar(select(Incident).where(Incident.id == incident_id))
    if incident is None:
        raise Missing
    locked = lock_case(incident.case_id)
    if incident.resolved_at is not None:
        return
    try:
        engine.step_result_of_state(locked.load_pinned_diagram().spec, locked.verified_engine_state())
    except (*DAMAGE_ERRORS, StateDamaged) as error:
        raise Refused("cases.incident.still_damaged", why=str(error)) from error
    if locked.case.status == "quarantined":
        locked.case.set_status("open")
        save_changed_case(locked.case)
    db.session.execute(
        update(Incident).where(Incident.id == incident_id).values(resolved_at=act.at, resolved_by=act.person)
    )
    act = act.for_case(incident.case_id)
    append_history(act, incident.case_id, "resolved", decision=incident.code)
    object_ = ("cases.case", incident.case_id)
    record_event(act, "cases.incident.resolved", object_, None, {"code": incident.code}, None)
