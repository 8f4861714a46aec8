"""The command that recomputes the entry days of drafts within the act that changes the academic calendar
(4.3.2, 4.3.3).

Called by the commands that set dates of a semester and exam days, never by a page. Deadlines of its case are
rescheduled by the handlers of the event of that change.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from app.audit.record import AuditEvent, record_audit_events
from app.journal.grade_sheets.entry_dates import EntryDays, entry_days_after_calendar_change
from app.journal.grade_sheets.queries import assessment_periods_of_offering, entry_days_of_sheet
from app.journal.grade_sheets.rules import sheet_entry_clause
from app.journal.tables import GradeSheet, Offering, Semester
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db

SHEET_RESCHEDULED = "journal.sheet.redated"


def reschedule_draft_sheets(
    act: Act, change_id: UUID, semester: UUID, offerings: Collection[UUID] | None = None
) -> list[str]:
    """Give the drafts of a semester (or of these journals) the days of the present calendar; three
    statements.

    Returns the numbers of the rescheduled sheets. The caller holds the locks of the semester or the journals,
    so that no sheet is created meanwhile; sheets are locked in the order of their ids, and one signed
    meanwhile keeps its days.
    """
    wanted = (
        select(GradeSheet, Offering.exam_on, Semester)
        .join(Offering, Offering.id == GradeSheet.offering_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .where(GradeSheet.state == "DRAFT", Offering.semester_id == semester)
        .order_by(GradeSheet.id)
        .with_for_update(of=GradeSheet)
        .execution_options(populate_existing=True)
    )
    if offerings is not None:
        wanted = wanted.where(GradeSheet.offering_id.in_(list(offerings)))
    rescheduled: list[str] = []
    deeds = []
    for row, exam_on, semester_row in db.session.execute(wanted).all():
        present = entry_days_of_sheet(row)
        new = entry_days_after_calendar_change(
            row.kind,
            row.state,
            present,
            assessment_periods_of_offering(semester_row, exam_on),
            local_day(act.at),
        )
        if new == present:
            continue
        row.enter_from, row.enter_until, row.covers_until = new.enter_from, new.enter_until, new.covers_until
        deed_object = ("journal.grade_sheet", row.id)
        after = {**_entry_days_audit_values(new), "change": change_id}
        deeds.append(
            AuditEvent(
                SHEET_RESCHEDULED,
                deed_object,
                _entry_days_audit_values(present),
                after,
                sheet_entry_clause(row.kind),
                offering=row.offering_id,
            )
        )
        rescheduled.append(row.number or "")
    db.session.flush()
    record_audit_events(act, deeds)
    return sorted(rescheduled)


def _entry_days_audit_values(days: EntryDays) -> dict[str, object]:
    return {"from": days.enter_from, "until": days.enter_until, "covers_until": days.covers_until}
