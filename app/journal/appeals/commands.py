"""A student appeals against a result; the appeal ends as a commission decided, or before it did (6.3, P06)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.audit.record import record
from app.journal.appeals import hearing_queries
from app.journal.appeals import queries as appeal_queries
from app.journal.appeals.rules import INADMISSIBLE, MOOT, WITHDRAWN, appeal_term, may_appeal
from app.journal.grade_sheets.result_queries import result_row
from app.journal.gradebook.access import persons_of
from app.journal.gradebook.idempotency import repeated
from app.journal.tables import Appeal, AppealEnd
from app.kernel.act import Act
from app.kernel.canonical import digest
from app.kernel.db import db
from app.kernel.errors import Denied, Missing, Refused, Stale
from app.outbox.post import post

MADE = "journal.appeal.made"
ENDED = "journal.appeal.ended"


@dataclass(frozen=True, slots=True)
class Appealing:
    """What a student appeals against: the version of a result that he saw. `late` says why so late."""

    result: UUID
    late: str = ""


@dataclass(frozen=True, slots=True)
class AppealMade:
    """An immutable appeal and its hash."""

    id: UUID
    sha256: str


def appeal_result(act: Act, appeal_id: UUID, request: Appealing) -> AppealMade:
    """Write down which result is appealed against; the caller chose the id, a repeat is harmless.

    Only the student himself, or who asks in his name. Raises Missing, Stale (another version holds), Invalid (`late`:
    the term has passed), Refused (an appeal is open or decided).
    """
    result = result_row(request.result)
    if result.student_id not in persons_of(act) or act.person is None:
        raise Missing
    place = f"appeal:{result.sheet_id}:{result.student_id}"
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(place, 0))))
    content = {"id": str(appeal_id), "kind": "APPEAL", "result": str(result.id), "sha256": result.sha256}
    known = repeated(Appeal, appeal_id, digest(content))
    if known is not None:
        return AppealMade(known.id, known.sha256)
    state, calendar = appeal_queries.appeal_facts(result), appeal_queries.terms_of_result(result, act.at)
    refusal = may_appeal(state, request.late, calendar, act.at)
    if refusal is not None:
        raise refusal
    due = appeal_term(state, calendar, act.at)
    made = Appeal(
        id=appeal_id,
        kind="APPEAL",
        result_id=result.id,
        student_id=result.student_id,
        sheet_id=result.sheet_id,
        late=act.at > due.moment,
        term_at=due.moment,
        made_by=act.person,
        sha256=digest(content),
        made_at=act.at,
    )
    return keep_appeal(act, made, "6.3")


def keep_appeal(act: Act, made: Appeal, clause: str) -> AppealMade:
    """Store a new appeal or proposal with its audit record."""
    db.session.add(made)
    db.session.flush()
    after = {"result": made.result_id, "sheet": made.sheet_id, "sha256": made.sha256, "late": made.late}
    record(act, MADE, ("journal.appeal", made.id), None, after, clause, subject=made.student_id)
    return AppealMade(made.id, made.sha256)


def close_appeal(act: Act, appeal: UUID) -> str:
    """The appeal is not admissible: `inadmissible`. Chair or secretary of its hearing say so; a repeat is harmless.

    Raises Missing, Refused (somebody else).
    """
    row = appeal_queries.appeal_row(appeal)
    last = hearing_queries.latest_hearing(row.id)
    if last is None or act.person not in (last.chair_id, last.secretary_id):
        raise Refused("journal.appeal.not_yours_to_close", clause="6.3")
    end_appeal(act, row, INADMISSIBLE, None)
    return "inadmissible"


def withdraw_appeal(act: Act, appeal: UUID) -> None:
    """The student took his appeal back; harmless when it has ended. Called with the withdrawal of its case."""
    end_appeal(act, appeal_queries.appeal_row(appeal), WITHDRAWN, None)


def drop_appeal(act: Act, appeal: UUID) -> None:
    """Its case ended from outside, by nobody's decision; harmless when the appeal has ended. Called with that end."""
    if db.session.get(AppealEnd, appeal) is None:
        end_appeal(act, appeal_queries.appeal_row(appeal), MOOT, None)


def end_appeal(act: Act, row: Appeal, outcome: str, protocol: UUID | None) -> None:
    """Write how an appeal ended, once. Raises Denied when nobody acts, unless it ended from outside; Stale."""
    if act.person is None and outcome != MOOT:
        raise Denied("journal.appeal.not_yours", clause="6.3")
    known = db.session.get(AppealEnd, row.id)
    if known is not None:
        if known.outcome != outcome:
            raise Stale("journal.appeal.ended")
        return
    db.session.add(AppealEnd(appeal_id=row.id, outcome=outcome, protocol_id=protocol, ended_at=act.at))
    db.session.flush()
    after = {"outcome": outcome, "protocol": protocol}
    record(act, ENDED, ("journal.appeal", row.id), None, after, "6.3", subject=row.student_id)
    post(act, ENDED, {"appeal": str(row.id), "result": str(row.result_id), "outcome": outcome})
