"""Open incidents of cases, and the retry of dead letters, for IT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record_event
from app.cases.models import Case, Incident
from app.kernel.act import Act
from app.kernel.db import db
from app.outbox.dead_letters import requeue_dead_letter


@dataclass(frozen=True, slots=True)
class OpenIncidentRow:
    """An open incident of a case. `code` is the refusal or damage that stopped it."""

    id: UUID
    case_id: UUID
    number: str
    code: str
    at: datetime


def load_open_incidents(limit: int = 50) -> Sequence[OpenIncidentRow]:
    """Return the open incidents of cases, newest first; one statement."""
    rows = db.session.execute(
        select(Incident.id, Incident.case_id, Case.number, Incident.code, Incident.at)
        .join(Case, Case.id == Incident.case_id)
        .where(Incident.resolved_at.is_(None))
        .order_by(Incident.at.desc(), Incident.id)
        .limit(limit)
    )
    return [OpenIncidentRow(*row) for row in rows]


def retry_dead_letter(act: Act, message_id: int) -> None:
    """Make a dead letter due again and record it in the audit. Raises Missing."""
    event_type = requeue_dead_letter(act, message_id)
    object_ = ("outbox.message", UUID(int=message_id))
    record_event(
        act, "outbox.message.revived", object_, None, {"message": message_id, "event_type": event_type}
    )
