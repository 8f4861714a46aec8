"""What stops a case becomes an incident: seen by IT, never a lost case; the others run on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from app.audit.record import record
from app.bpmn import engine
from app.bpmn.errors import StateDamaged
from app.cases.access import open_subject
from app.cases.case_record import save
from app.cases.history import tell
from app.cases.locking import DAMAGES, lock_case
from app.cases.models import Incident
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing, Refused
from app.kernel.ids import new_id
from app.outbox.post import post


def record_incident(
    act: Act, case_id: UUID, code: str, detail: Mapping[str, Any], *, quarantine: bool
) -> None:
    """Write the incident in an act of its own; `quarantine` takes the case out of everybody's inbox until mended.

    An open incident with the same code is not repeated.
    """
    try:
        case = lock_case(case_id).case
    except Missing:
        return
    same = select(Incident.id).where(
        Incident.case_id == case_id, Incident.code == code, Incident.resolved_at.is_(None)
    )
    if db.session.scalar(same.limit(1)) is not None:
        return
    act = act.under(case_id)
    if quarantine and case.status == "open":
        case.becomes("quarantined")
        save(case)
    row = {"id": new_id(), "case_id": case_id, "at": act.at, "code": code, "detail": dict(detail)}
    db.session.execute(insert(Incident), [row])
    tell(act, case_id, "incident", decision=code)
    record(act, "cases.incident.recorded", ("cases.case", case_id), None, {"code": code, **detail}, None)
    subject = open_subject(case.diagram, case.subject)
    told = {"case": str(case_id), "number": case.number, "subject": subject, "code": code}
    post(act, "cases.incident.recorded", {**told, "url": f"/cases/{case_id}", "role": "it_admin"})


def resolve_incident(act: Act, incident_id: UUID) -> None:
    """Take a mended case back to work: its state is read again. Raises Missing, Refused when it is still damaged."""
    incident = db.session.scalar(select(Incident).where(Incident.id == incident_id))
    if incident is None:
        raise Missing
    locked = lock_case(incident.case_id)
    if incident.resolved_at is not None:
        return
    try:
        engine.look(locked.published().spec, locked.body())
    except (*DAMAGES, StateDamaged) as error:
        raise Refused("cases.incident.still_damaged", why=str(error)) from error
    if locked.case.status == "quarantined":
        locked.case.becomes("open")
        save(locked.case)
    db.session.execute(
        update(Incident).where(Incident.id == incident_id).values(resolved_at=act.at, resolved_by=act.person)
    )
    act = act.under(incident.case_id)
    tell(act, incident.case_id, "resolved", decision=incident.code)
    object_ = ("cases.case", incident.case_id)
    record(act, "cases.incident.resolved", object_, None, {"code": incident.code}, None)
