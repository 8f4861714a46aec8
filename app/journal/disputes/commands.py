"""Commands that file a dispute of a mark and check whether the mark was corrected (6.2, P05)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.audit.record import record_audit_event
from app.journal.disputes import queries as dispute_queries
from app.journal.disputes.rules import how_mark_changed_since_dispute, refusal_to_dispute_mark
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import acting_and_represented_persons
from app.journal.gradebook.cell_state import CELL_KINDS
from app.journal.gradebook.idempotency import find_already_written_row
from app.journal.tables import Dispute
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing
from app.outbox.post import post_event
from app.people import queries as people

DISPUTE_MADE = "journal.dispute.made"
DISPUTE_ESCALATED = "journal.dispute.escalated"


@dataclass(frozen=True, slots=True)
class DisputeRequest:
    """A dispute as submitted: one mark at one lesson in the version seen;
    `late` explains a missed deadline."""

    lesson: UUID
    student: UUID
    kind: str
    version: int
    late: str = ""


@dataclass(frozen=True, slots=True)
class StoredDispute:
    """Id and SHA-256 of a stored, immutable dispute."""

    id: UUID
    sha256: str


def file_mark_dispute(act: Act, dispute_id: UUID, request: DisputeRequest) -> StoredDispute:
    """Store which mark is disputed, in its present version; idempotent by the id the caller chose.

    Only the student, or somebody acting in the student's name. Raise Missing, Invalid (`dispute`; `late`:
    three working days have passed), Stale, Refused (nothing is entered).
    """
    if request.student not in acting_and_represented_persons(act):
        raise Missing
    if request.kind not in CELL_KINDS:
        raise Invalid.field("dispute", "journal.cell.unknown_kind")
    found = dispute_queries.load_disputable_mark(request.lesson, request.student, request.kind, act.at)
    content = {
        "id": str(dispute_id),
        "lesson": str(request.lesson),
        "student": str(request.student),
        "kind": request.kind,
        "version": request.version,
    }
    known = find_already_written_row(Dispute, dispute_id, canonical_sha256(content))
    if known is not None:
        return StoredDispute(known.id, known.sha256)
    calendar = load_gradebook.load_deadline_calendar(found.offering, act.at)
    refusal = refusal_to_dispute_mark(
        found.cell, request.version, found.published_at, request.late, calendar, act.at
    )
    if refusal is not None:
        raise refusal
    late = found.deadline is not None and act.at > found.deadline.moment
    made = Dispute(
        id=dispute_id,
        student_id=request.student,
        offering_id=found.offering.id,
        lesson_id=request.lesson,
        kind=request.kind,
        version=request.version,
        late=late,
        sha256=canonical_sha256(content),
        made_at=act.at,
    )
    db.session.add(made)
    db.session.flush()
    after = {**content, "sha256": made.sha256, "late": late}
    record_audit_event(
        act,
        DISPUTE_MADE,
        ("journal.dispute", made.id),
        None,
        after,
        "6.2",
        subject=request.student,
        offering=made.offering_id,
    )
    return StoredDispute(made.id, made.sha256)


def load_how_mark_changed_since_dispute(act: Act, dispute: UUID) -> str:
    """Return `corrected`, `unchanged`, or `sheet_closed` if only the commission may
    change the mark (7.6). Read-only.

    Raise Missing.
    """
    row = dispute_queries.load_dispute_row(dispute)
    found = dispute_queries.load_disputable_mark(row.lesson_id, row.student_id, row.kind, act.at)
    return how_mark_changed_since_dispute(row.version, found.cell)


def inform_directorate_of_dispute(act: Act, dispute: UUID) -> str:
    """Tell the directorate of the student that a disputed grade goes to the head (5.5.3); return `informed`.

    It may read the case and waits for nothing. Raise Missing.
    """
    scope = dispute_queries.load_dispute_scope(dispute, act.at)
    found = people.load_role_holders("directorate", scope.institute, local_day(act.at))
    payload = {
        "subject": dispute_queries.describe_dispute(dispute, act.at),
        "clause": "6.2",
        "recipients": [str(one.person) for one in found if one.distance == 0 and not one.deputy],
        "url": f"/cases/{act.case}" if act.case else "/notices",
    }
    post_event(act, DISPUTE_ESCALATED, payload)
    return "informed"
