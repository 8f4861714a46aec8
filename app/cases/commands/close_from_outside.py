"""Close a case from outside the engine, because an event superseded it (ADR 15).

Its tasks and timers are closed and its state stays unchanged. The history says why, and everybody concerned
is notified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from app import operations
from app.audit.record import record_audit_event
from app.cases.audit_rows import audit_rows_of_case, changed_case_audit_row
from app.cases.case_record import CaseRecord, save_changed_case
from app.cases.events import CASE_ENDED, case_ending_payload, recipient_id_texts
from app.cases.history import append_history
from app.cases.locking import LockedCase, lock_case
from app.cases.models import Task, Timer
from app.diagrams.versions import VersionDamaged
from app.kernel.act import Act
from app.kernel.db import db
from app.outbox.post import post_event

SUPERSEDED_OUTCOME = "superseded"
"""The outcome of a case that nobody has to decide any more."""
CASE_SUPERSEDED_EVENT = "cases.case.overtaken"


@dataclass(frozen=True, slots=True)
class CaseChangeReason:
    """Why a case is changed from outside: a reason code for the labels, its clause, and details.

    `more` holds `order` (the number of an order) or `case` (the case that superseded this one).
    """

    why: str
    clause: str
    more: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, str]:
        """Return the reason and its details as history, audit and events store them."""
        return {"why": self.why, **self.more}


def close_superseded_case(act: Act, case_id: UUID, outcome: str, ground: CaseChangeReason) -> bool:
    """Close the case with this outcome; return whether it was open. A repeat is harmless. Raises Missing."""
    return close_locked_superseded_case(act, lock_case(case_id), outcome, ground)


def close_locked_superseded_case(
    act: Act, locked: LockedCase, outcome: str, ground: CaseChangeReason
) -> bool:
    """Close a case as `close_superseded_case` does; the caller holds its lock."""
    case = locked.case
    if case.closed_at is not None:
        return False
    act, before = act.with_case(case.id), case.status
    assignees = load_open_task_assignee_ids(case.id)
    run_undecided_hook_of_start(act, case, outcome)
    case.close("done", outcome, act.at)
    save_changed_case(case)
    db.session.execute(
        update(Task)
        .where(Task.case_id == case.id, Task.closed_at.is_(None))
        .values(closed_at=act.at, closed_by=None, closed_how=outcome)
    )
    db.session.execute(delete(Timer).where(Timer.case_id == case.id))
    details = ground.as_json()
    entry = append_history(act, case.id, "overtaken", decision=outcome, answers=details, clause=ground.clause)
    after = {"number": case.number, "outcome": outcome, **details}
    record_audit_event(
        act,
        CASE_SUPERSEDED_EVENT,
        ("cases.case", case.id),
        {"status": before},
        after,
        ground.clause,
        rows=audit_rows_of_case(case=changed_case_audit_row(case), history=entry, close_open=outcome),
    )
    everybody = recipient_id_texts(case.requester, case.on_behalf_of, *case.about, *assignees)
    post_event(
        act,
        CASE_ENDED,
        {
            **event_payload_of_locked_case(locked),
            **details,
            **_ending_payload_or_outcome_if_damaged(locked, outcome),
            "recipients": everybody,
        },
    )
    return True


def load_open_task_assignee_ids(case_id: UUID) -> list[UUID]:
    """Return the assignees of the open tasks of the case; one statement."""
    statement = select(Task.assignee).where(
        Task.case_id == case_id, Task.closed_at.is_(None), Task.assignee.is_not(None)
    )
    return [person for person in db.session.scalars(statement) if person]


def _ending_payload_or_outcome_if_damaged(locked: LockedCase, outcome: str) -> dict[str, Any]:
    try:
        return case_ending_payload(locked.load_pinned_diagram(), outcome)
    except VersionDamaged:
        return {"outcome": outcome}


def event_payload_of_locked_case(locked: LockedCase) -> dict[str, Any]:
    """Return the payload that events of a case share; without process titles if its version is damaged."""
    try:
        titles = dict(locked.load_pinned_diagram().model.titles)
    except VersionDamaged:
        titles = {}
    return {**_case_event_payload_without_titles(locked.case), "process": titles}


def _case_event_payload_without_titles(case: CaseRecord) -> dict[str, Any]:
    """Return the payload of the case without its process titles."""
    return {
        "case": str(case.id),
        "number": case.number,
        "subject": case.subject,
        "url": f"/cases/{case.id}",
    }


def run_undecided_hook_of_start(act: Act, case: CaseRecord, how: str) -> None:
    """Call the `undecided` function of the case's start before the case closes; nothing when it has none."""
    start = operations.find_own_start_of_process(case.diagram)
    if start is not None and start.on_undecided is not None:
        start.on_undecided(act, case.subject, how)
