"""Request and grant an extension of make-up work after the end of the semester (5.3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.audit.record import record_audit_event
from app.audit.words import seal_text_repeatably
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.idempotency import find_already_written_row
from app.journal.makeups import queries as makeup_queries
from app.journal.makeups.commands import StoredMakeupStage, load_attendance_to_be_made_up
from app.journal.makeups.debt_queries import load_attendance_at_lessons
from app.journal.makeups.rules import (
    ALLOWED,
    EXTENSION_DEADLINE_POLICY,
    outcome_of_granting_extension,
    refusal_to_request_makeup_extension,
)
from app.journal.tables import MakeupExtension, MakeupExtensionRequest
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.ids import new_id
from app.regulation.rules import compute_deadline

EXTENSION_REQUESTED = "journal.makeup_extension_request.made"
EXTENSION_GRANTED = "journal.makeup_extension.allowed"


def store_extension_request(
    act: Act, request_id: UUID, student: UUID, lessons: Sequence[UUID], reason: str
) -> StoredMakeupStage:
    """Store a request to make up lessons after the semester's last date (5.3.2); idempotent.

    Raise Missing, Denied, Stale, Invalid (`makeup`, `reason`), Refused (5.3.2: there is still time; 7.6).
    """
    offering, wanted, debts = load_attendance_to_be_made_up(act, student, lessons)
    if not reason.strip():
        raise Invalid.field("reason", "forms.field.required")
    sealed_reason = seal_text_repeatably(student, reason)
    content = {
        "id": str(request_id),
        "student": str(student),
        "lessons": [str(lesson) for lesson in wanted],
        "reason": sealed_reason.hex(),
    }
    sha256 = canonical_sha256(content)
    if find_already_written_row(MakeupExtensionRequest, request_id, sha256) is not None:
        return StoredMakeupStage(request_id, sha256)
    refusal = refusal_to_request_makeup_extension(
        debts, load_gradebook.load_deadline_calendar(offering, act.at), act.at
    )
    if refusal is not None:
        raise refusal
    made = MakeupExtensionRequest(
        id=request_id,
        student_id=student,
        offering_id=offering.id,
        lessons=wanted,
        reason=sealed_reason,
        sha256=sha256,
        made_at=act.at,
    )
    db.session.add(made)
    db.session.flush()
    after = {"sha256": made.sha256, "lessons": wanted}
    record_audit_event(
        act,
        EXTENSION_REQUESTED,
        ("journal.makeup_extension_request", made.id),
        None,
        after,
        "5.3.2",
        subject=student,
        offering=made.offering_id,
    )
    return StoredMakeupStage(made.id, made.sha256)


def grant_makeup_extension(act: Act, request_id: UUID) -> str:
    """Give the lessons of an approved request a personal last day; return `allowed` or `sheet_closed`.

    The day is the deadline `workoff.extension_term` from the decision. Idempotent. Raise Missing.
    """
    row = makeup_queries.load_extension_request_row(request_id)
    load_gradebook.lock_and_load_lessons(row.lessons)
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    outcome = outcome_of_granting_extension(
        [debt.cell for debt in load_attendance_at_lessons(row.student_id, row.lessons)]
    )
    known = db.session.query(MakeupExtension.id).filter_by(request_id=row.id).first()
    if outcome != ALLOWED or known is not None:
        return outcome
    end = local_day(
        compute_deadline(
            load_gradebook.load_deadline_calendar(offering, act.at), EXTENSION_DEADLINE_POLICY, act.at
        ).moment
    )
    made = MakeupExtension(
        id=new_id(),
        request_id=row.id,
        student_id=row.student_id,
        lessons=list(row.lessons),
        until=end,
        decided_at=act.at,
        case_id=act.case,
    )
    db.session.add(made)
    db.session.flush()
    after = {"request_id": row.id, "lessons": list(row.lessons), "until": end}
    record_audit_event(
        act,
        EXTENSION_GRANTED,
        ("journal.makeup_extension", made.id),
        None,
        after,
        "5.3.2",
        subject=row.student_id,
        offering=row.offering_id,
    )
    return outcome
