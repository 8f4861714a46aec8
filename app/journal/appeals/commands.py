"""Commands that file an appeal against a result and record how it ended (6.3, P06)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.audit.record import record_audit_event
from app.journal.appeals import hearing_queries
from app.journal.appeals import queries as appeal_queries
from app.journal.appeals.rules import (
    INADMISSIBLE,
    SUPERSEDED,
    WITHDRAWN,
    appeal_deadline,
    refusal_to_appeal_against_result,
)
from app.journal.grade_sheets.result_queries import load_result_version
from app.journal.gradebook.access import acting_and_represented_persons
from app.journal.gradebook.idempotency import find_already_written_row
from app.journal.tables import Appeal, AppealEnd
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Denied, Missing, Refused, Stale
from app.outbox.post import post_event

APPEAL_MADE = "journal.appeal.made"
APPEAL_ENDED = "journal.appeal.ended"


@dataclass(frozen=True, slots=True)
class AppealRequest:
    """An appeal as submitted: the version of the result the student saw;
    `late` explains a missed deadline."""

    result: UUID
    late: str = ""


@dataclass(frozen=True, slots=True)
class AppealFilingResult:
    """Id and SHA-256 of a stored, immutable appeal."""

    id: UUID
    sha256: str


def file_appeal(act: Act, appeal_id: UUID, request: AppealRequest) -> AppealFilingResult:
    """Store an appeal against one version of a result; idempotent by the id the caller chose.

    Only the student, or somebody acting in the student's name, may file. Raise Missing, Stale (another
    version is current), Invalid (`late`: the deadline has passed), Refused (an appeal is open or decided).
    """
    result = load_result_version(request.result)
    if result.student_id not in acting_and_represented_persons(act) or act.person is None:
        raise Missing
    # Serialise appeals of one student against one sheet: only one may be open at a time.
    place = f"appeal:{result.sheet_id}:{result.student_id}"
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(place, 0))))
    content = {"id": str(appeal_id), "kind": "APPEAL", "result": str(result.id), "sha256": result.sha256}
    known = find_already_written_row(Appeal, appeal_id, canonical_sha256(content))
    if known is not None:
        return AppealFilingResult(known.id, known.sha256)
    state, calendar = (
        appeal_queries.load_result_appeal_state(result),
        appeal_queries.load_result_deadline_calendar(result, act.at),
    )
    refusal = refusal_to_appeal_against_result(state, request.late, calendar, act.at)
    if refusal is not None:
        raise refusal
    due = appeal_deadline(state, calendar, act.at)
    made = Appeal(
        id=appeal_id,
        kind="APPEAL",
        result_id=result.id,
        student_id=result.student_id,
        sheet_id=result.sheet_id,
        late=act.at > due.moment,
        deadline_at=due.moment,
        made_by=act.person,
        sha256=canonical_sha256(content),
        made_at=act.at,
    )
    return store_appeal_or_proposal(act, made, "6.3")


def store_appeal_or_proposal(act: Act, made: Appeal, clause: str) -> AppealFilingResult:
    """Store a new appeal or proposal together with its audit record; return its id and hash."""
    db.session.add(made)
    db.session.flush()
    after = {"result": made.result_id, "sheet": made.sheet_id, "sha256": made.sha256, "late": made.late}
    record_audit_event(
        act, APPEAL_MADE, ("journal.appeal", made.id), None, after, clause, subject=made.student_id
    )
    return AppealFilingResult(made.id, made.sha256)


def close_inadmissible_appeal(act: Act, appeal: UUID) -> str:
    """Close an appeal as not admissible and return `inadmissible`; idempotent.

    Only the chair or the secretary of its latest hearing may do so. Raise Missing, Refused (anybody else).
    """
    row = appeal_queries.load_appeal_row(appeal)
    last = hearing_queries.find_latest_hearing_stage(row.id)
    if last is None or act.person not in (last.chair_id, last.secretary_id):
        raise Refused("journal.appeal.not_yours_to_close")
    record_appeal_outcome(act, row, INADMISSIBLE, None)
    return "inadmissible"


def withdraw_appeal(act: Act, appeal: UUID) -> None:
    """Record that the student withdrew the appeal; run together with the withdrawal of its case.

    Idempotent. Raise Missing, Denied (nobody acts), Stale (it ended otherwise).
    """
    record_appeal_outcome(act, appeal_queries.load_appeal_row(appeal), WITHDRAWN, None)


def end_undecided_appeal(act: Act, appeal: UUID) -> None:
    """Record that the case of an appeal was closed from outside, without a
    decision; no effect when it has ended.

    Run in the same transaction as that closing. Raise Missing.
    """
    if db.session.get(AppealEnd, appeal) is None:
        record_appeal_outcome(act, appeal_queries.load_appeal_row(appeal), SUPERSEDED, None)


def record_appeal_outcome(act: Act, row: Appeal, outcome: str, protocol: UUID | None) -> None:
    """Record the outcome of an appeal, once, and publish the event.

    Raise Denied when nobody acts (except for a case closed from outside), Stale
    when another outcome is recorded.
    """
    if act.person is None and outcome != SUPERSEDED:
        raise Denied("journal.appeal.not_yours")
    # A withdrawal, a decision and a closing from outside may race; the first outcome stands.
    known = db.session.get(AppealEnd, row.id)
    if known is not None:
        if known.outcome != outcome:
            raise Stale("journal.appeal.ended")
        return
    db.session.add(AppealEnd(appeal_id=row.id, outcome=outcome, protocol_id=protocol, ended_at=act.at))
    db.session.flush()
    after = {"outcome": outcome, "protocol": protocol}
    record_audit_event(
        act, APPEAL_ENDED, ("journal.appeal", row.id), None, after, "6.3", subject=row.student_id
    )
    post_event(act, APPEAL_ENDED, {"appeal": str(row.id), "result": str(row.result_id), "outcome": outcome})
