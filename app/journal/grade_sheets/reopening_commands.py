"""Commands that request lines of a sheet after their week or day, and reopen them for a while (P21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record_audit_event
from app.audit.words import seal_text_repeatably
from app.journal.grade_sheets import queries as grade_sheet_queries
from app.journal.grade_sheets.roster import sheet_students_with_new_group
from app.journal.grade_sheets.rules import (
    LATE_LINES_WINDOW_POLICY,
    outcome_of_opening_sheet_for_late_lines,
    refusal_to_request_late_sheet_entry,
)
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.gradebook.idempotency import find_already_written_row
from app.journal.tables import GradeSheet, LateSheetEntryRequest
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing
from app.regulation.rules import compute_deadline

LATE_SHEET_ENTRY_REQUESTED = "journal.sheet_reopening_request.made"
SHEET_OPENED_FOR_LATE_ENTRY = "journal.sheet.opened"


@dataclass(frozen=True, slots=True)
class StoredLateSheetEntryRequest:
    """An immutable request and the hash approvals are bound to."""

    id: UUID
    sha256: str


def store_late_sheet_entry_request(
    act: Act, request_id: UUID, sheet_id: UUID, students: Sequence[UUID], reason: str
) -> StoredLateSheetEntryRequest:
    """Write a request for the lines that are to be entered late; the caller chose the id, a repeat is
    harmless.

    Raises Missing, Denied (no teacher of the journal), Invalid (`lines`, `reason`), Stale (the id names other
    content), Refused (4.3.2, 4.3.3: it is still open; 4.4.3: signed).
    """
    row = grade_sheet_queries.load_grade_sheet(sheet_id)
    offering = require_readable_offering(act, row.offering_id)
    if act.person is None:
        raise Denied("journal.sheet.not_your_sheet", clause="3.1")
    wanted = sorted(set(students))
    if not wanted:
        raise Invalid.field("lines", "journal.change_set.empty")
    if not reason.strip():
        raise Invalid.field("reason", "forms.field.required")
    sealed_reason = seal_text_repeatably(act.person, reason)
    content = {
        "id": str(request_id),
        "sheet": str(sheet_id),
        "students": [str(student) for student in wanted],
        "reason": sealed_reason.hex(),
        "requester": str(act.person),
    }
    sha256 = canonical_sha256(content)
    if find_already_written_row(LateSheetEntryRequest, request_id, sha256) is not None:
        return StoredLateSheetEntryRequest(request_id, sha256)
    refusal = refusal_to_request_late_sheet_entry(
        grade_sheet_queries.build_sheet_rule_state(row),
        persons_act_may_teach_as(act),
        offering.teachers,
        load_gradebook.load_deadline_calendar(offering, act.at),
        act.at,
    )
    if refusal is not None:
        raise refusal
    members = load_gradebook.load_present_and_past_students(offering.group)
    if not set(wanted) <= {
        student.id for student, _group in sheet_students_with_new_group(row, offering, members, act.at)
    }:
        raise Missing
    request = LateSheetEntryRequest(
        id=request_id,
        requester=act.person,
        sheet_id=sheet_id,
        students=wanted,
        reason=sealed_reason,
        sha256=sha256,
        made_at=act.at,
    )
    db.session.add(request)
    db.session.flush()
    after = {"sheet": sheet_id, "students": wanted, "sha256": request.sha256}
    record_audit_event(
        act, LATE_SHEET_ENTRY_REQUESTED, ("journal.sheet_reopening_request", request.id), None, after, "4.3.2"
    )
    return StoredLateSheetEntryRequest(request.id, request.sha256)


def open_sheet_lines_for_late_entry(act: Act, request_id: UUID) -> str:
    """Open the sheet for the approved lines until the end of `late_entry.window`; return `opened` or
    `signed`.

    It closes by itself; a repeat returns the same and extends nothing. Raises Missing.
    """
    request = grade_sheet_queries.load_late_sheet_entry_request(request_id)
    row = db.session.scalars(
        select(GradeSheet)
        .where(GradeSheet.id == request.sheet_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    outcome = outcome_of_opening_sheet_for_late_lines(row.state)
    if outcome != "opened" or row.open_for == list(request.students):
        return outcome
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    end = compute_deadline(
        load_gradebook.load_deadline_calendar(offering, act.at), LATE_LINES_WINDOW_POLICY, act.at
    )
    row.open_until, row.open_for = end.moment, list(request.students)
    after = {"until": end.moment, "students": list(request.students), "request_id": request_id}
    record_audit_event(
        act,
        SHEET_OPENED_FOR_LATE_ENTRY,
        ("journal.grade_sheet", row.id),
        None,
        after,
        "4.3.2",
        offering=row.offering_id,
    )
    return outcome
