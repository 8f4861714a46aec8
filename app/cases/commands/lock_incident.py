"""Lock an incident for a move of a person: right, case or message first, then the incident, unchanged since seen."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.cases.incidents import BACKUP, CLOCK, MESSAGE, SEAL
from app.cases.locking import LockedCase, lock_case
from app.cases.models import Incident, Task
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, Missing, Stale
from app.outbox.dead_letters import DeadLetter, lock_undelivered_message
from app.people.rules import is_permitted


@dataclass(frozen=True, slots=True)
class LockedIncident:
    """A locked open incident with what it is about: the case, or the message (None: gone or delivered)."""

    row: Incident
    locked: LockedCase | None
    message: DeadLetter | None

    @property
    def case(self) -> LockedCase:
        """Return the locked case; raise Missing for an incident of a message."""
        if self.locked is None:
            raise Missing
        return self.locked


def lock_open_incident(act: Act, incident_id: UUID, seen: int, how: str) -> LockedIncident | None:
    """Lock and return an incident that is open; None when the same person solved it so before (a repeat).

    `seen` is the number of retries on the page, `how` the solution that the person wants. Raises Denied, Missing,
    Stale (`cases.incident.solved_meanwhile`, `cases.incident.changed`).
    """
    if not is_permitted(act.assignments, "incidents.solve"):
        raise Denied("cases.incident.not_yours")
    about = db.session.execute(
        select(Incident.kind, Incident.case_id, Incident.message_id).where(Incident.id == incident_id)
    ).one_or_none()
    if about is None:
        raise Missing
    # Case or message first, as every other writer locks them.
    message = lock_undelivered_message(about.message_id) if about.message_id is not None else None
    locked = lock_case(about.case_id) if about.kind not in (MESSAGE, CLOCK, BACKUP, SEAL) else None
    row = db.session.scalars(
        select(Incident)
        .where(Incident.id == incident_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if row.resolved_at is not None:
        if (row.resolved_by, row.resolved_how) == (act.person, how):
            return None
        raise Stale("cases.incident.solved_meanwhile")
    if row.attempts != seen:
        raise Stale("cases.incident.changed")
    return LockedIncident(row, locked, message)


def require_open_task_of_incident(incident: LockedIncident) -> Task:
    """Return the open task of the incident; raise Stale (`cases.incident.moved_on`) when the case went on."""
    row = incident.row
    condition = Task.id == row.task_id if row.task_id else Task.element == row.element
    task = db.session.scalars(
        select(Task)
        .where(Task.case_id == row.case_id, condition, Task.closed_at.is_(None))
        .order_by(Task.opened_at.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).first()
    if task is None or incident.case.case.status != "open":
        raise Stale("cases.incident.moved_on")
    return task
