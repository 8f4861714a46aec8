"""Commands that draft a commission and publish its order; it exists from the publication (6.3, 7.4, 7.6)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.audit.record import record_audit_event
from app.journal.commissions import queries as commission_queries
from app.journal.commissions.rules import (
    COMMISSION_KINDS,
    NUMBER_TAKEN,
    PUBLISHED,
    CommissionDraft,
    refusal_to_draft_commission,
)
from app.journal.gradebook.idempotency import find_already_written_row
from app.journal.tables import Commission, CommissionOrder, CommissionSeat, Course
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid
from app.outbox.post import post_event
from app.people import queries as people

COMMISSION_DRAFTED = "journal.commission.drafted"
COMMISSION_FORMED = "journal.commission.formed"


@dataclass(frozen=True, slots=True)
class StoredCommissionDraft:
    """Id and SHA-256 of a stored, immutable draft."""

    id: UUID
    sha256: str


def store_commission_draft(act: Act, commission_id: UUID, draft: CommissionDraft) -> StoredCommissionDraft:
    """Store who is to sit in a commission, before its order is signed; idempotent.

    Raise Invalid (`commission`, `quorum`, `order_no`, `valid_until`,
    `valid_from`), Stale, Denied (nobody acts).
    """
    if act.person is None:
        raise Denied("journal.commission.not_yours")
    row = _build_unsaved_commission(act, commission_id, draft, act.person)
    known = find_already_written_row(Commission, commission_id, row.sha256)
    if known is not None:
        return StoredCommissionDraft(known.id, known.sha256)
    _require_valid_commission_draft(draft, act)
    db.session.add(row)
    db.session.flush()
    db.session.add_all(
        CommissionSeat(commission_id=row.id, person_id=seat.person, part=seat.part, place=place)
        for place, seat in enumerate(draft.seats)
    )
    db.session.flush()
    after = {**commission_queries.commission_content_to_hash(row, draft.seats), "sha256": row.sha256}
    record_audit_event(act, COMMISSION_DRAFTED, ("journal.commission", row.id), None, after, "6.3")
    return StoredCommissionDraft(row.id, row.sha256)


def _build_unsaved_commission(act: Act, commission_id: UUID, draft: CommissionDraft, by: UUID) -> Commission:
    """Return an unsaved commission with its hash."""
    row = Commission(
        id=commission_id,
        kind=draft.kind,
        order_no=draft.order_no.strip(),
        order_date=draft.order_date,
        unit_id=draft.unit,
        course_id=draft.course,
        valid_from=draft.valid_from,
        valid_until=draft.valid_until,
        quorum=draft.quorum,
        drafted_by=by,
        made_at=act.at,
    )
    row.sha256 = canonical_sha256(commission_queries.commission_content_to_hash(row, draft.seats))
    return row


def _require_valid_commission_draft(draft: CommissionDraft, act: Act) -> None:
    """Check kind, scope, persons and dates of a draft. Raise Invalid."""
    if draft.kind not in COMMISSION_KINDS:
        raise Invalid.field("kind", "forms.field.not_offered")
    scoped = (draft.unit is None or draft.unit in people.load_unit_tree()) and (
        draft.course is None or db.session.get(Course, draft.course) is not None
    )
    if not scoped or (draft.unit is not None and draft.course is not None):
        raise Invalid.field("commission", "journal.entry.unreadable")
    known = people.load_names(seat.person for seat in draft.seats)
    taken = commission_queries.is_order_number_taken(draft.order_no.strip())
    refusal = refusal_to_draft_commission(draft, taken, known.keys(), local_day(act.at))
    if refusal is not None:
        raise refusal


def publish_commission_order(act: Act, commission: UUID) -> str:
    """Publish the signed order; return `published`, or `number_taken` if another
    order got this number meanwhile.

    Idempotent. Everybody with a seat is notified. Raise Missing, Denied.
    """
    row = commission_queries.load_commission_row(commission)
    if act.person is None:
        raise Denied("journal.commission.not_yours")
    # Publications of one order number wait for each other, so the second sees the first.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"order:{row.order_no}", 0))))
    if db.session.get(CommissionOrder, commission) is not None:
        return PUBLISHED
    if commission_queries.is_order_number_taken(row.order_no):
        return NUMBER_TAKEN
    db.session.add(
        CommissionOrder(
            commission_id=row.id,
            order_no=row.order_no,
            published_at=act.at,
            published_by=act.person,
            case_id=act.case,
        )
    )
    db.session.flush()
    after = {"order_no": row.order_no, "sha256": row.sha256, "case": act.case}
    record_audit_event(act, COMMISSION_FORMED, ("journal.commission", row.id), None, after, "6.3")
    seats = commission_queries.load_commission_seats([row.id])[row.id]
    payload = {
        "commission": str(row.id),
        "order": row.order_no,
        "since": row.valid_from.isoformat(),
        "until": row.valid_until.isoformat(),
        "clause": "6.3",
        "recipients": [str(seat.person) for seat in seats],
        "by": str(act.person),
        "url": "/commissions",
    }
    post_event(act, COMMISSION_FORMED, payload)
    return PUBLISHED
