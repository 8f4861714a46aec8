"""Points of a work-off that came after the sheet was signed are put before a commission (5.4.3)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.journal.commands.appeals import AppealMade, keep_appeal
from app.journal.models import Appeal, GradeSheet, Lesson, Result
from app.journal.queries.sheets import current_result
from app.journal.queries.workoffs import workoff_row
from app.journal.rules.sheets import DRAFT
from app.kernel.act import Act
from app.kernel.canonical import digest
from app.kernel.db import db
from app.kernel.errors import Refused
from app.outbox.post import post

PARKED = "journal.workoff.parked"


def result_waiting(workoff: UUID) -> Result | None:
    """The result of the first signed sheet over the lessons of a work-off: the one its points would change."""
    row = workoff_row(workoff)
    days = db.session.scalars(
        select(Lesson.starts_at).where(Lesson.id.in_(list(map(UUID, map(str, row.lessons)))))
    )
    first = min(days).date()
    sheets = db.session.scalars(
        select(GradeSheet)
        .where(
            GradeSheet.offering_id == row.offering_id,
            GradeSheet.state != DRAFT,
            GradeSheet.covers_until >= first,
            GradeSheet.kind.in_(("MODULE1", "MODULE2")),
        )
        .order_by(GradeSheet.covers_until)
    )
    for sheet in sheets:
        found = current_result(sheet.id, row.student_id)
        if found is not None:
            return found
    return None


def tell_parked(act: Act, workoff: UUID) -> None:
    """Accepted points that wait become a proposal to a commission, where a result would change by them (5.4.3)."""
    row = workoff_row(workoff)
    if row.points is not None and row.accepted_by is not None and result_waiting(workoff) is not None:
        post(act, PARKED, {"workoff": str(row.id), "by": str(row.accepted_by)})


def propose_points(act: Act, proposal_id: UUID, workoff: UUID) -> AppealMade:
    """Put accepted points that wait before a commission; a repeat is harmless. Raises Missing, Refused (none wait)."""
    row, result = workoff_row(workoff), result_waiting(workoff)
    known = db.session.scalar(select(Appeal).where(Appeal.workoff_id == row.id))
    if known is not None:
        return AppealMade(known.id, known.sha256)
    if result is None or row.points is None or row.accepted_by is None:
        raise Refused("journal.proposal.nothing_waits", clause="5.4.3")
    content = {"id": str(proposal_id), "kind": "PROPOSAL", "result": str(result.id), "workoff": row.sha256}
    made = Appeal(
        id=proposal_id,
        kind="PROPOSAL",
        result_id=result.id,
        student_id=row.student_id,
        sheet_id=result.sheet_id,
        workoff_id=row.id,
        late=False,
        term_at=None,
        made_by=row.accepted_by,
        sha256=digest(content),
        made_at=act.at,
    )
    return keep_appeal(act, made, "5.4.3")
