"""Commands that request lines of a sheet after their week or day, and reopen them for a while (P21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record
from app.journal.grade_sheets import queries as grade_sheet_queries
from app.journal.grade_sheets.roster import students_on
from app.journal.grade_sheets.rules import WINDOW, may_open_sheet, may_plead_lines
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import see, teachers_of
from app.journal.gradebook.idempotency import repeated
from app.journal.tables import GradeSheet, SheetPlea
from app.kernel.act import Act
from app.kernel.canonical import digest
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing
from app.regulation.rules import until

PLEADED = "journal.sheet_plea.made"
OPENED = "journal.sheet.opened"


@dataclass(frozen=True, slots=True)
class PleadedLines:
    """An immutable request and the hash approvals are bound to."""

    id: UUID
    sha256: str


def plead_lines(
    act: Act, plea_id: UUID, sheet_id: UUID, students: Sequence[UUID], reason: str
) -> PleadedLines:
    """Write a request for the lines that are to be entered late; the caller chose the id, a repeat is
    harmless.

    Raises Missing, Denied (no teacher of the journal), Invalid (`lines`, `reason`), Stale (the id names other
    content), Refused (4.3.2, 4.3.3: it is still open; 4.4.3: signed).
    """
    row = grade_sheet_queries.sheet_row(sheet_id)
    offering = see(act, row.offering_id)
    if act.person is None:
        raise Denied("journal.sheet.not_your_sheet", clause="3.1")
    wanted = sorted(set(students))
    if not wanted:
        raise Invalid.field("lines", "journal.change_set.empty")
    if not reason.strip():
        raise Invalid.field("reason", "forms.field.required")
    content = {
        "id": str(plea_id),
        "sheet": str(sheet_id),
        "students": [str(student) for student in wanted],
        "reason": reason,
        "requester": str(act.person),
    }
    sha256 = digest(content)
    if repeated(SheetPlea, plea_id, sha256) is not None:
        return PleadedLines(plea_id, sha256)
    refusal = may_plead_lines(
        grade_sheet_queries.draft_of(row),
        teachers_of(act),
        offering.teachers,
        load_gradebook.terms_of(offering, act.at),
        act.at,
    )
    if refusal is not None:
        raise refusal
    members = load_gradebook.students_of(offering.group)
    if not set(wanted) <= {student.id for student, _group in students_on(row, offering, members, act.at)}:
        raise Missing
    request = SheetPlea(
        id=plea_id,
        requester=act.person,
        sheet_id=sheet_id,
        students=wanted,
        reason=reason,
        sha256=sha256,
        made_at=act.at,
    )
    db.session.add(request)
    db.session.flush()
    after = {"sheet": sheet_id, "students": wanted, "sha256": request.sha256}
    record(act, PLEADED, ("journal.sheet_plea", request.id), None, after, "4.3.2")
    return PleadedLines(request.id, request.sha256)


def open_sheet(act: Act, plea: UUID) -> str:
    """Open the sheet for the approved lines until the end of `late_entry.window`; return `opened` or
    `signed`.

    It closes by itself; a repeat returns the same and extends nothing. Raises Missing.
    """
    request = grade_sheet_queries.plea_row(plea)
    row = db.session.scalars(
        select(GradeSheet)
        .where(GradeSheet.id == request.sheet_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    outcome = may_open_sheet(row.state)
    if outcome != "opened" or row.open_for == list(request.students):
        return outcome
    offering = load_gradebook.offering_facts([row.offering_id])[row.offering_id]
    end = until(load_gradebook.terms_of(offering, act.at), WINDOW, act.at)
    row.open_until, row.open_for = end.moment, list(request.students)
    after = {"until": end.moment, "students": list(request.students), "plea": plea}
    record(act, OPENED, ("journal.grade_sheet", row.id), None, after, "4.3.2")
    return outcome
