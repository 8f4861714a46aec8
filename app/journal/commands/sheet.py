"""A grade sheet is closed: from then on nobody corrects what it covers, except by protocol (7.6)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.audit.record import record
from app.journal.models import GradeSheet, Lesson
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, Missing, Refused
from app.outbox.post import post

CLOSED = "journal.sheet.closed"
_CLOSERS = frozenset({"academic_office"})


def close_sheet(act: Act, sheet_id: UUID) -> None:
    """Close the sheet; harmless when it is closed. Locks its lessons first, so no mark slips in behind it.

    Raises Missing, Denied (not the academic office), Refused (1.5.2: the office has not approved it).
    """
    sheet = db.session.get(GradeSheet, sheet_id)
    if sheet is None:
        raise Missing
    if not any(hat.role in _CLOSERS for hat in act.hats):
        raise Denied("journal.sheet.not_yours", clause="7.6")
    lessons = select(Lesson.id).where(Lesson.offering_id == sheet.offering_id).order_by(Lesson.id)
    db.session.execute(lessons.with_for_update())
    db.session.refresh(sheet, with_for_update=True)
    if sheet.state == "CLOSED":
        return
    if sheet.state != "APPROVED":
        raise Refused("journal.sheet.not_approved", clause="1.5.2")
    sheet.state, sheet.closed_at, sheet.closed_by = "CLOSED", act.at, act.person
    after = {"state": "CLOSED", "kind": sheet.kind, "covers_until": sheet.covers_until}
    record(act, CLOSED, ("journal.grade_sheet", sheet.id), {"state": "APPROVED"}, after, "7.6")
    post(act, CLOSED, {"offering": str(sheet.offering_id), "sheet": str(sheet.id)})
