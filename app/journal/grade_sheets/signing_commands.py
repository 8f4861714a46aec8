"""Commands that sign, endorse, approve and return a sheet; it is returned only before it is approved (1.5.2).

Signing fixes the results and publishes them to the students (6.1); from then on a protocol alone changes them
(4.4.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.record import PrivateValue, record_audit_event
from app.journal.grade_sheets import queries as grade_sheet_queries
from app.journal.grade_sheets.result_commands import fix_and_publish_results
from app.journal.grade_sheets.rules import (
    OUTCOME_CHANGED,
    can_take_signature_back,
    refusal_to_sign_sheet,
    unsigned_modules_before_final,
    wanted_sheet_state_or_changed,
)
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.grading.sheet_states import APPROVED, DRAFT, ENDORSED, SIGNED
from app.journal.tables import GradeSheet, Lesson, SheetSigning
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing, Stale
from app.outbox.post import post_event
from app.regulation.rules import compute_deadline

SHEET_SIGNED = "journal.sheet.signed"
STATE_EVENT_TYPES = {ENDORSED: "journal.sheet.endorsed", APPROVED: "journal.sheet.approved"}
SHEET_RETURNED = "journal.sheet.returned"
REWORK_TERM_POLICY = "sheet.rework_term"


@dataclass(frozen=True, slots=True)
class StoredSigning:
    """An immutable signature and the hash approvals are bound to."""

    id: UUID
    sha256: str


def sign_sheet(act: Act, signing_id: UUID, sheet_id: UUID, seen: str) -> StoredSigning:
    """Sign exactly the lines that were seen (`seen`: their SHA-256); fix and publish the results.

    The caller chose the id, a repeat is harmless. Raises Missing, Denied (not the main teacher), Stale (the
    lines changed), Refused (4.3.2, 4.3.3: incomplete, too early).
    """
    known = db.session.get(SheetSigning, signing_id)
    if known is not None:
        return StoredSigning(known.id, known.sha256)
    row = lock_lessons_and_sheet(sheet_id)
    offering = require_readable_offering(act, row.offering_id)
    sheet = grade_sheet_queries.compute_sheet_from_journal(row, act.at)
    unsigned = unsigned_modules_before_final(row.kind, sheet.signed_module_kinds)
    refusal = refusal_to_sign_sheet(
        sheet.rule_state,
        sheet.missing_value_count,
        unsigned,
        persons_act_may_teach_as(act),
        offering.teachers,
        act.at,
    )
    if refusal is not None:
        raise refusal
    lines = grade_sheet_queries.sheet_lines_to_sign(sheet)
    # Only the lines that were seen are signed: a mark or an entry written since changes the digest.
    if canonical_sha256(lines) != seen:
        raise Stale("journal.sheet.lines_changed", current={"seen": canonical_sha256(lines)})
    content = {"id": str(signing_id), "sheet": str(row.id), "scheme": str(sheet.scheme.id), "lines": lines}
    signature = SheetSigning(
        id=signing_id,
        sheet_id=row.id,
        scheme_id=sheet.scheme.id,
        lines=lines,
        sha256=canonical_sha256(content),
        signed_at=act.at,
        signed_by=act.person,
    )
    db.session.add(signature)
    db.session.flush()
    row.state, row.signing_id, row.signed_at = SIGNED, signature.id, act.at
    row.open_until, row.open_for = None, None
    row.covers_until = min(row.covers_until, local_day(act.at))
    after = {"state": SIGNED, "sha256": signature.sha256, "lines": PrivateValue(lines)}
    record_audit_event(
        act,
        SHEET_SIGNED,
        ("journal.grade_sheet", row.id),
        {"state": DRAFT},
        after,
        "1.5.2",
        offering=row.offering_id,
    )
    fix_and_publish_results(act, sheet, signature)
    return StoredSigning(signature.id, signature.sha256)


def lock_lessons_and_sheet(sheet_id: UUID) -> GradeSheet:
    """Lock the lessons of the journal, then its sheet, and return the sheet. Raises Missing."""
    offering = db.session.scalar(select(GradeSheet.offering_id).where(GradeSheet.id == sheet_id))
    if offering is None:
        raise Missing
    # Lessons come before the sheet, in the order of their ids: no mark is written between reading the lines
    # and signing them.
    lessons = select(Lesson.id).where(Lesson.offering_id == offering).order_by(Lesson.id)
    db.session.execute(lessons.with_for_update())
    return db.session.scalars(
        select(GradeSheet)
        .where(GradeSheet.id == sheet_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def endorse_sheet(act: Act, signing: UUID) -> str:
    """Record the endorsement of exactly this signature by the head; return `vised`, or `changed` when another
    one is current."""
    return _transition_sheet_state(act, signing, ENDORSED)


def approve_sheet(act: Act, signing: UUID) -> str:
    """Record the approval by the academic office: the sheet is official (1.5.2); return `approved` or
    `changed`."""
    return _transition_sheet_state(act, signing, APPROVED)


def _transition_sheet_state(act: Act, signing: UUID, wanted: str) -> str:
    signature = grade_sheet_queries.load_sheet_signing(signing)
    row = lock_lessons_and_sheet(signature.sheet_id)
    outcome = wanted_sheet_state_or_changed(row.state, wanted, row.signing_id == signature.id)
    if outcome == OUTCOME_CHANGED or row.state == wanted:
        return outcome
    before = {"state": row.state}
    row.state = wanted
    after = {"state": wanted, "sha256": signature.sha256}
    record_audit_event(
        act,
        STATE_EVENT_TYPES[wanted],
        ("journal.grade_sheet", row.id),
        before,
        after,
        "1.5.2",
        offering=row.offering_id,
    )
    post_event(act, STATE_EVENT_TYPES[wanted], _sheet_event_payload(row))
    return outcome


def return_sheet_for_rework(act: Act, sheet: UUID) -> str:
    """Take the signature back, so that the teacher corrects the sheet within `sheet.rework_term`.

    Returns `returned`, or `stands` when the office has approved it. Results stay as published until the
    teacher signs again.
    """
    row = lock_lessons_and_sheet(sheet)
    if not can_take_signature_back(row.state):
        return "stands"
    if row.state == DRAFT:
        return "returned"
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    before = {"state": row.state, "signing": row.signing_id}
    row.state, row.signing_id, row.signed_at = DRAFT, None, None
    row.open_for = None
    row.open_until = compute_deadline(
        load_gradebook.load_deadline_calendar(offering, act.at), REWORK_TERM_POLICY, act.at
    ).moment
    after = {"state": DRAFT, "open_until": row.open_until}
    record_audit_event(
        act, SHEET_RETURNED, ("journal.grade_sheet", row.id), before, after, "1.5.2", offering=row.offering_id
    )
    return "returned"


def _sheet_event_payload(row: GradeSheet) -> dict[str, Any]:
    return {"offering": str(row.offering_id), "sheet": str(row.id)}
