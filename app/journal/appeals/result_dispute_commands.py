"""Commands for disputes of results before the teacher; the appeal deadline
restarts from the answer (6.2, 6.3)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, select

from app.audit.record import record
from app.journal.appeals import queries as appeal_queries
from app.journal.appeals.result_dispute_rules import may_dispute_result, result_dispute_term
from app.journal.disputes.commands import DisputeMade
from app.journal.disputes.queries import dispute_row
from app.journal.grade_sheets.result_queries import result_row
from app.journal.gradebook.access import persons_of
from app.journal.gradebook.idempotency import repeated
from app.journal.tables import Appeal, Dispute, DisputeAnswer
from app.kernel.act import Act
from app.kernel.canonical import digest
from app.kernel.db import db
from app.kernel.errors import Missing

MADE = "journal.dispute.made"
ANSWERED = "journal.dispute.answered"


def dispute_result(act: Act, dispute_id: UUID, result: UUID, late: str) -> DisputeMade:
    """Store which version of a result is disputed; idempotent by the id the caller chose.

    Only the student, or somebody acting in the student's name. Raise Missing, Stale (another version
    is current), Invalid (`late`).
    """
    row = result_row(result)
    if row.student_id not in persons_of(act):
        raise Missing
    content = {"id": str(dispute_id), "kind": "RESULT", "result": str(row.id), "sha256": row.sha256}
    known = repeated(Dispute, dispute_id, digest(content))
    if known is not None:
        return DisputeMade(known.id, known.sha256)
    state, calendar = appeal_queries.appeal_facts(row), appeal_queries.terms_of_result(row, act.at)
    refusal = may_dispute_result(state, late, calendar, act.at)
    if refusal is not None:
        raise refusal
    made = Dispute(
        id=dispute_id,
        student_id=row.student_id,
        offering_id=appeal_queries.sheet_of(row).offering_id,
        lesson_id=None,
        result_id=row.id,
        kind="RESULT",
        version=row.version,
        late=act.at > result_dispute_term(state, calendar).moment,
        sha256=digest(content),
        made_at=act.at,
    )
    db.session.add(made)
    db.session.flush()
    after = {**content, "dispute": made.sha256, "late": made.late}
    record(act, MADE, ("journal.dispute", made.id), None, after, "6.2", subject=row.student_id)
    return DisputeMade(made.id, made.sha256)


def answer_dispute(act: Act, dispute: UUID) -> str:
    """Record that the teacher answered, or that the deadline for the answer passed; return `answered`.

    The appeal deadline restarts from this moment (6.3). Idempotent. Raise Missing.
    """
    _store_answer(act, dispute, "ANSWERED" if act.person is not None else "SILENT")
    return "answered"


def withdraw_dispute(act: Act, dispute: UUID) -> None:
    """Record that the student withdrew the dispute, which then extends no deadline. Run
    with the withdrawal of its case."""
    _store_answer(act, dispute, "WITHDRAWN")


def drop_dispute(act: Act, dispute: UUID) -> None:
    """Record that the case of a dispute was closed from outside: the appeal deadline
    restarts now. Run with that closing."""
    _store_answer(act, dispute, "SILENT")


def _store_answer(act: Act, dispute: UUID, how: str) -> None:
    """Store the answer to a dispute of a result, once."""
    row = dispute_row(dispute)
    if row.kind != "RESULT" or db.session.get(DisputeAnswer, dispute) is not None:
        return
    db.session.add(DisputeAnswer(dispute_id=row.id, how=how, at=act.at))
    db.session.flush()
    record(act, ANSWERED, ("journal.dispute", row.id), None, {"how": how}, "6.3", subject=row.student_id)


def check_appealed(act: Act, dispute: UUID) -> str:
    """Return `appealed` if the student appealed against the disputed result since,
    else `not_appealed`. Read-only."""
    row = dispute_row(dispute)
    since = exists().where(Appeal.result_id == row.result_id, Appeal.made_at >= row.made_at)
    return "appealed" if db.session.scalar(select(since)) else "not_appealed"
