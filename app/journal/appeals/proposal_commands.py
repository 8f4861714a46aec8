"""Commands that put a matter before a commission: points of make-up work accepted after the signature of the
sheet (5.4.3), and changes of cells that the office calls academic (4.4.3)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.journal.appeals.commands import AppealFilingResult, store_appeal_or_proposal
from app.journal.corrections.queries import load_change_set
from app.journal.grading.rating import taken_over_act_or_none
from app.journal.makeups.queries import load_makeup_stage_row
from app.journal.makeups.unplaced_points import find_result_for_makeup_points
from app.journal.tables import Appeal
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Refused
from app.outbox.post import post_event

CHANGE_RECLASSIFIED = "journal.correction.reclassified"


def store_makeup_points_proposal(act: Act, proposal_id: UUID, makeup: UUID) -> AppealFilingResult:
    """Store a proposal to a commission for accepted points that wait; idempotent.

    Raise Missing, Refused (no points wait; the sum of the result was taken over).
    """
    row, result = load_makeup_stage_row(makeup), find_result_for_makeup_points(makeup)
    known = db.session.scalar(select(Appeal).where(Appeal.makeup_id == row.id))
    if known is not None:
        return AppealFilingResult(known.id, known.sha256)
    if result is None or row.points is None or row.accepted_by is None:
        raise Refused("journal.proposal.nothing_waits")
    if taken_over_act_or_none(result.arithmetic) is not None:
        raise Refused("journal.proposal.sum_taken_over")
    content = {"id": str(proposal_id), "kind": "PROPOSAL", "result": str(result.id), "makeup": row.sha256}
    made = Appeal(
        id=proposal_id,
        kind="PROPOSAL",
        result_id=result.id,
        student_id=row.student_id,
        sheet_id=result.sheet_id,
        makeup_id=row.id,
        late=False,
        deadline_at=None,
        made_by=row.accepted_by,
        sha256=canonical_sha256(content),
        made_at=act.at,
    )
    return store_appeal_or_proposal(act, made, "5.4.3")


def post_change_proposal(act: Act, change_set: UUID) -> str:
    """Publish a change set, whose correction the office calls academic, for a commission (4.4.3); return `proposed`.

    Raise Missing.
    """
    found = load_change_set(change_set)
    post_event(act, CHANGE_RECLASSIFIED, {"change_set": str(found.id), "by": str(found.requester)})
    return "proposed"


def store_change_proposal(act: Act, proposal_id: UUID, change_set: UUID) -> AppealFilingResult:
    """Store a change of cells as a proposal to a commission (4.4.3); idempotent by the change set. Raise Missing."""
    known = db.session.scalar(select(Appeal).where(Appeal.change_set_id == change_set))
    if known is not None:
        return AppealFilingResult(known.id, known.sha256)
    found = load_change_set(change_set)
    content = {"id": str(proposal_id), "kind": "PROPOSAL", "change_set": found.sha256}
    made = Appeal(
        id=proposal_id,
        kind="PROPOSAL",
        result_id=None,
        student_id=UUID(found.cells[0]["student"]),
        sheet_id=None,
        change_set_id=found.id,
        late=False,
        deadline_at=None,
        made_by=found.requester,
        sha256=canonical_sha256(content),
        made_at=act.at,
    )
    return store_appeal_or_proposal(act, made, "4.4.3")
