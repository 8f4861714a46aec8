"""Withdraw a case by its requester, before anybody has decided."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select, update

from app import operations
from app.audit.record import record_audit_event
from app.cases import rules
from app.cases.access import can_see_case
from app.cases.audit_rows import audit_rows_of_case, changed_case_audit_row
from app.cases.case_record import save_changed_case
from app.cases.commands.close_from_outside import run_undecided_hook_of_start
from app.cases.history import append_history
from app.cases.locking import lock_case
from app.cases.models import Task, Timer
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.outbox.post import post_event


def withdraw_case_by_requester(act: Act, case_id: UUID, reason: str) -> None:
    """Close the case as withdrawn with its tasks and timers; harmless when it is withdrawn already.

    Raises Missing, Denied (not his case), Stale (closed), Refused (`cases.case.already_decided`, 4.4.2;
    `cases.case.started_by_event`).
    """
    locked = lock_case(case_id)
    case = locked.case
    if act.person is None or not can_see_case(act, case):
        raise Missing
    if case.status == "withdrawn" and case.requester == act.person:
        return
    decided = rules.has_approval_decision(locked.history)
    refusal = rules.refusal_to_withdraw_case(
        case.requester, act.person, case.status, decided, operations.is_never_started_by_person(case.diagram)
    )
    if refusal is not None:
        raise refusal
    act = act.with_case(case_id).with_reason(reason)
    run_undecided_hook_of_start(act, case, operations.WITHDRAWN_OUTCOME)
    case.close("withdrawn", "withdrawn", act.at)
    save_changed_case(case)
    holders = list(
        db.session.scalars(
            select(Task.assignee).where(
                Task.case_id == case_id, Task.closed_at.is_(None), Task.assignee.is_not(None)
            )
        )
    )
    db.session.execute(
        update(Task)
        .where(Task.case_id == case_id, Task.closed_at.is_(None))
        .values(closed_at=act.at, closed_by=act.person, closed_how="withdrawn")
    )
    db.session.execute(delete(Timer).where(Timer.case_id == case_id))
    entry = append_history(act, case_id, "withdrawn", words=reason, clause="4.4.2")
    after = {"number": case.number, "outcome": "withdrawn"}
    rows = audit_rows_of_case(case=changed_case_audit_row(case), history=entry, close_open="withdrawn")
    record_audit_event(
        act, "cases.case.withdrawn", ("cases.case", case_id), {"status": "open"}, after, "4.4.2", rows=rows
    )
    payload = {
        "case": str(case_id),
        "number": case.number,
        "subject": case.subject,
        "url": f"/cases/{case_id}",
    }
    recipients = [str(person) for person in holders if person != act.person]
    post_event(act, "cases.case.withdrawn", {**payload, "recipients": recipients, "by": str(act.person)})
