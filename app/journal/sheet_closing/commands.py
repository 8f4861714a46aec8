"""Commands that close a sheet after its semester (7.6), never over a running deadline; what is open is noted
with a reason."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from app.audit.record import record_audit_event
from app.audit.words import seal_text
from app.journal.courses.journal_states import lock_journal_states, write_journal_states
from app.journal.courses.state_rules import CLOSED as JOURNAL_CLOSED
from app.journal.grade_sheets import queries as grade_sheet_queries
from app.journal.grade_sheets.closing_rules import (
    CLOSING_ROLES,
    refusal_to_close_sheet,
    sheet_closing_possible_or_wait,
)
from app.journal.grade_sheets.rules import OUTCOME_CHANGED, wanted_sheet_state_or_changed
from app.journal.grade_sheets.signing_commands import lock_lessons_and_sheet
from app.journal.grading.rating import FINAL
from app.journal.grading.sheet_states import APPROVED, CLOSED, SHUT_SHEET_STATES
from app.journal.sheet_closing.queries import SheetClosingCheck, load_sheet_closing_check
from app.journal.tables import GradeSheet
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, Missing, Refused
from app.outbox.post import post_event

SHEET_CLOSED_EVENT = "journal.sheet.closed"


def load_sheet_closing_possible_or_wait(act: Act, signing: UUID) -> str:
    """Return `possible` or `wait`: whether the sheet of this signature may be closed now, except for what can
    be noted.

    Writes nothing.
    """
    row = grade_sheet_queries.load_grade_sheet(grade_sheet_queries.load_sheet_signing(signing).sheet_id)
    found = load_sheet_closing_check(row, act.at)
    return sheet_closing_possible_or_wait(found.closing_deadline, found.blockers, act.at)


def close_sheet_of_signing(act: Act, signing: UUID, noted: Collection[str] = ()) -> str:
    """Close the sheet of this signature (7.6); return `closed`, or `changed` when another state is
    current."""
    signature = grade_sheet_queries.load_sheet_signing(signing)
    row = lock_lessons_and_sheet(signature.sheet_id)
    outcome = wanted_sheet_state_or_changed(row.state, CLOSED, row.signing_id == signature.id)
    if outcome != OUTCOME_CHANGED:
        close_sheet(act, row.id, noted)
    return outcome


def close_sheet(act: Act, sheet_id: UUID, noted: Collection[str] = ()) -> None:
    """Close an approved sheet; harmless when it is closed. `noted` are the codes of the blockers that were
    seen; the reason is that of the act.

    Raises Missing, Denied (not the academic office), Refused (1.5.2: the office has not approved it; 7.6: the
    semester is not over; a deadline or a permit runs), Invalid (`blockers`: not noted; `reason`).
    """
    if not any(assignment.role in CLOSING_ROLES for assignment in act.assignments):
        if db.session.get(GradeSheet, sheet_id) is None:
            raise Missing
        raise Denied("journal.sheet.not_yours", clause="7.6")
    row = lock_lessons_and_sheet(sheet_id)
    if row.state in SHUT_SHEET_STATES:
        return
    if row.state != APPROVED:
        raise Refused("journal.sheet.not_approved", clause="1.5.2")
    found = load_sheet_closing_check(row, act.at)
    refusal = refusal_to_close_sheet(
        found.ended_on, found.closing_deadline, found.blockers, noted, act.reason, act.at
    )
    if refusal is not None:
        raise refusal
    left_open = _noted_blockers_as_json(found)
    row.state, row.closed_at, row.closed_by = CLOSED, act.at, act.person
    row.left_open = left_open
    row.left_open_reason = seal_text(act.person, act.reason.strip()) if left_open else None
    after = {"state": CLOSED, "kind": row.kind, "covers_until": row.covers_until, "left_open": left_open}
    record_audit_event(
        act,
        SHEET_CLOSED_EVENT,
        ("journal.grade_sheet", row.id),
        {"state": APPROVED},
        after,
        "7.6",
        offering=row.offering_id,
    )
    if row.kind == FINAL:
        states = lock_journal_states([row.offering_id])
        write_journal_states(act, states, JOURNAL_CLOSED, "7.6")
    post_event(act, SHEET_CLOSED_EVENT, {"offering": str(row.offering_id), "sheet": str(row.id)})


def _noted_blockers_as_json(found: SheetClosingCheck) -> list[dict[str, Any]]:
    """Return the noted blockers as the sheet stores them: {kind, count, cases: [number]}."""
    return [
        {
            "kind": one.kind,
            "count": one.count,
            "cases": [case.number for case in found.cases if case.kind == one.kind],
        }
        for one in found.blockers
    ]
