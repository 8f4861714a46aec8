"""What stands still and needs IT: messages that gave up, cases that an incident stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record
from app.cases.models import Case, Incident
from app.kernel.act import Act
from app.kernel.db import db
from app.outbox.dead_letters import revive


@dataclass(frozen=True, slots=True)
class StoppedCase:
    """An incident of a case that nobody has resolved. `code` is the refusal or damage that stopped it."""

    id: UUID
    case_id: UUID
    number: str
    code: str
    at: datetime


def stopped_cases(limit: int = 50) -> Sequence[StoppedCase]:
    """Open incidents of cases, newest first; one statement."""
    found = db.session.execute(
        select(Incident.id, Incident.case_id, Case.number, Incident.code, Incident.at)
        .join(Case, Case.id == Incident.case_id)
        .where(Incident.resolved_at.is_(None))
        .order_by(Incident.at.desc(), Incident.id)
        .limit(limit)
    )
    return [StoppedCase(*row) for row in found]


def try_again(act: Act, message_id: int) -> None:
    """Put a message that gave up back among those that are due: the outbox does it, the audit remembers who.

    Raises Missing.
    """
    fact = revive(act, message_id)
    object_ = ("outbox.message", UUID(int=message_id))
    record(act, "outbox.message.revived", object_, None, {"message": message_id, "fact": fact})
