"""Commands for disputes of results before the teacher; the appeal deadline
restarts from the answer (6.2, 6.3)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, select

from app.audit.record import record_audit_event
from app.journal.appeals import queries as appeal_queries
from app.journal.appeals.result_dispute_rules import refusal_to_dispute_result, result_dispute_deadline
from app.journal.disputes.commands import StoredDispute
from app.journal.disputes.queries import load_dispute_row
from app.journal.grade_sheets.result_queries import load_result_version
from app.journal.gradebook.access import acting_and_represented_persons
from app.journal.gradebook.idempotency import find_already_written_row
from app.journal.tables import Appeal, Dispute, ResultDisputeEnd
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Missing

DISPUTE_MADE = "journal.dispute.made"
DISPUTE_ANSWERED = "journal.dispute.answered"


def file_result_dispute(act: Act, dispute_id: UUID, result: UUID, late: str) -> StoredDispute:
    """Store which version of a result is disputed; idempotent by the id the caller chose.

    Only the student, or somebody acting in the student's name. Raise Missing, Stale (another version
    is current), Invalid (`late`).
    """
    row = load_result_version(result)
    if row.student_id not in acting_and_represented_persons(act):
        raise Missing
    content = {"id": str(dispute_id), "kind": "RESULT", "result": str(row.id), "sha256": row.sha256}
    known = find_already_written_row(Dispute, dispute_id, canonical_sha256(content))
    if known is not None:
        return StoredDispute(known.id, known.sha256)
    state, calendar = (
        appeal_queries.load_result_appeal_state(row),
        appeal_queries.load_result_deadline_calendar(row, act.at),
    )
    refusal = refusal_to_dispute_result(state, late, calendar, act.at)
    if refusal is not None:
        raise refusal
    made = Dispute(
        id=dispute_id,
        student_id=row.student_id,
        offering_id=appeal_queries.load_sheet_of_result_or_appeal(row).offering_id,
        lesson_id=None,
        result_id=row.id,
        kind="RESULT",
        version=row.version,
        late=act.at > result_dispute_deadline(state, calendar).moment,
        sha256=canonical_sha256(content),
        made_at=act.at,
    )
    db.session.add(made)
    db.session.flush()
    after = {**content, "dispute": made.sha256, "late": made.late}
    record_audit_event(
        act,
        DISPUTE_MADE,
        ("journal.dispute", made.id),
        None,
        after,
        "6.2",
        subject=row.student_id,
        offering=made.offering_id,
    )
    return StoredDispute(made.id, made.sha256)


def mark_result_dispute_answered(act: Act, dispute: UUID) -> str:
    """Record that the teacher answered, or that the deadline for the answer passed; return `answered`.

    The appeal deadline restarts from this moment (6.3). Idempotent. Raise Missing.
    """
    _store_result_dispute_answer(act, dispute, "ANSWERED" if act.person is not None else "SILENT")
    return "answered"


def withdraw_dispute(act: Act, dispute: UUID) -> None:
    """Record that the student withdrew the dispute, which then extends no deadline. Run
    with the withdrawal of its case."""
    _store_result_dispute_answer(act, dispute, "WITHDRAWN")


def end_unanswered_dispute(act: Act, dispute: UUID) -> None:
    """Record that the case of a dispute was closed from outside: the appeal deadline
    restarts now. Run with that closing."""
    _store_result_dispute_answer(act, dispute, "SILENT")


def _store_result_dispute_answer(act: Act, dispute: UUID, how: str) -> None:
    """Store the answer to a dispute of a result, once."""
    row = load_dispute_row(dispute)
    if row.kind != "RESULT" or db.session.get(ResultDisputeEnd, dispute) is not None:
        return
    db.session.add(ResultDisputeEnd(dispute_id=row.id, how=how, at=act.at))
    db.session.flush()
    record_audit_event(
        act,
        DISPUTE_ANSWERED,
        ("journal.dispute", row.id),
        None,
        {"how": how},
        "6.3",
        subject=row.student_id,
        offering=row.offering_id,
    )


def load_outcome_after_result_dispute(act: Act, dispute: UUID) -> str:
    """Return `appealed` if the student appealed against the disputed result since,
    else `not_appealed`. Read-only."""
    row = load_dispute_row(dispute)
    since = exists().where(Appeal.result_id == row.result_id, Appeal.made_at >= row.made_at)
    return "appealed" if db.session.scalar(select(since)) else "not_appealed"
