"""Checks on semester dates in a roster, and rescheduling after they change (4.3.2, 4.3.3, 5.3.2).

A file has the first and the last day of a semester; its weeks, its session and its last day for make-up work
are set by the academic office and stay inside of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.exchange.changes import ImportPlan
from app.journal.courses.semester_dates import SemesterDates
from app.journal.semesters.commands import propagate_semester_dates
from app.journal.semesters.queries import build_semester_dates_of_row
from app.journal.semesters.rules import semester_dates_refusal
from app.journal.tables import Semester
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.ids import new_id

DATE_COLUMNS = frozenset({"starts_on", "ends_on"})


def semester_dates_error_code(stored: Any, values: Mapping[str, Any], today: date) -> str | None:
    """Return the code of a finding when a semester cannot have the dates of a file, else None. Pure."""
    old = build_semester_dates_of_row(stored)
    new = _replace_first_and_last_day(old, values)
    refusal = semester_dates_refusal(old, new, today) if new != old else None
    if refusal is None:
        return None
    if not isinstance(refusal, Invalid):
        return "exchange.row.semester_over"
    codes = {problem.code for problems in refusal.fields.values() for problem in problems}
    passed = "journal.semester.passed" in codes
    return "exchange.row.semester_passed" if passed else "exchange.row.semester_weeks"


def reschedule_changed_semesters(act: Act, plan: ImportPlan) -> None:
    """Reschedule drafts and deadlines of the semesters whose dates the plan changed; the plan was executed in
    this act."""
    for semester, before in _semesters_with_changed_dates(plan):
        row = db.session.scalars(
            select(Semester).where(Semester.id == semester).execution_options(populate_existing=True)
        ).one()
        new = build_semester_dates_of_row(row)
        propagate_semester_dates(
            act, new_id(), semester, row.names, _replace_first_and_last_day(new, before), new
        )


def _semesters_with_changed_dates(plan: ImportPlan) -> Iterator[tuple[UUID, Mapping[str, Any]]]:
    """Yield each semester whose dates the plan changed, with the previous values."""
    for change in plan.changes:
        if (
            change.table == Semester.__tablename__
            and change.action == "update"
            and DATE_COLUMNS & set(change.values)
        ):
            yield change.id, change.before


def _replace_first_and_last_day(dates: SemesterDates, values: Mapping[str, Any]) -> SemesterDates:
    """Return the dates with first and last day replaced."""
    return replace(dates, **{name: day for name, day in values.items() if name in DATE_COLUMNS})
