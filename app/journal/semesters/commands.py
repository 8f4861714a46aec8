"""Commands by which the academic office sets the dates of a semester; draft sheets
follow at once, cases by the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record_audit_event
from app.journal.courses.semester_dates import SemesterDates
from app.journal.grade_sheets.reschedule import reschedule_draft_sheets
from app.journal.semesters.queries import build_semester_dates_of_row
from app.journal.semesters.rules import has_deadline_relevant_change, refusal_to_set_semester_dates
from app.journal.tables import Semester
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing, Stale
from app.regulation.commands import lock_and_detect_repeated_change, store_and_post_calendar_change

SEMESTER_CHANGED = "journal.semester.changed"
SEMESTER_DATES_CHANGE_KIND = "semester_set"


def set_semester_dates(act: Act, change_id: UUID, semester_id: UUID, new: SemesterDates, seen: str) -> None:
    """Replace the dates the form showed (`seen`, their digest) by new ones; idempotent.

    Raise Missing, Denied, Invalid (a date, `reason`), Refused (the semester is over, 5.3.2), Stale.
    """
    after = {"semester": str(semester_id), **new.as_json()}
    if lock_and_detect_repeated_change(act, change_id, SEMESTER_DATES_CHANGE_KIND, after):
        return
    # Locked until the commit: sheets are rescheduled from these dates in the same transaction.
    row = db.session.scalar(select(Semester).where(Semester.id == semester_id).with_for_update())
    if row is None:
        raise Missing
    old = build_semester_dates_of_row(row)
    refusal = refusal_to_set_semester_dates(old, new, act.assignments, local_day(act.at), act.reason)
    if refusal is not None:
        raise refusal
    if old == new:
        return
    if old.digest != seen:
        raise Stale("journal.semester.changed_meanwhile")
    for part in fields(SemesterDates):
        setattr(row, part.name, getattr(new, part.name))
    db.session.flush()
    before = {"semester": str(semester_id), **old.as_json()}
    record_audit_event(act, SEMESTER_CHANGED, ("journal.semester", semester_id), before, after, "5.3.2")
    propagate_semester_dates(act, change_id, semester_id, row.names, old, new)


def propagate_semester_dates(
    act: Act,
    change_id: UUID,
    semester: UUID,
    names: Mapping[str, str],
    old: SemesterDates,
    new: SemesterDates,
) -> None:
    """Update what depends on new semester dates: draft sheets now, deadlines of cases
    by the worker; log the change.

    The caller has locked the semester.
    """
    sheets = reschedule_draft_sheets(act, change_id, semester)
    about = {"semester": str(semester), "names": dict(names)}
    store_and_post_calendar_change(
        act,
        change_id,
        SEMESTER_DATES_CHANGE_KIND,
        None,
        act.at if has_deadline_relevant_change(old, new) else None,
        about | old.as_json(),
        about | new.as_json() | {"sheets": sheets},
        semester=semester,
    )
