"""Queries of grade sheets and their computed lines, for rules, pages and cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.journal.courses.semester_dates import SemesterDates
from app.journal.grade_sheets.entry_dates import AssessmentPeriods, EntryDays
from app.journal.grade_sheets.line_queries import DraftLinesBuilder, SheetLine, load_signed_sheet_lines
from app.journal.grade_sheets.roster import sheet_students_with_new_group
from app.journal.grade_sheets.rules import SheetRuleState
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.load import OfferingState
from app.journal.grading.rating import (
    MODULES,
)
from app.journal.grading.scheme_queries import (
    SchemeVersion,
    load_scheme_version,
    load_scheme_version_of_offering,
)
from app.journal.grading.sheet_states import DRAFT
from app.journal.grading.transferred_grades import (
    load_transferred_grades_of_offering,
)
from app.journal.tables import GradeSheet, LateSheetEntryRequest, Semester, SheetSigning
from app.kernel.db import db
from app.kernel.errors import Missing


@dataclass(frozen=True, slots=True)
class ComputedSheet:
    """A sheet with its lines, by name. `signed_module_kinds` names the modules of the same journal that are
    signed."""

    row: GradeSheet
    offering: OfferingState
    scheme: SchemeVersion
    lines: tuple[SheetLine, ...]
    signed_module_kinds: tuple[str, ...]

    @property
    def rule_state(self) -> SheetRuleState:
        """Return the sheet for the rules."""
        return build_sheet_rule_state(self.row)

    @property
    def missing_value_count(self) -> int:
        """Return how many students have no value yet."""
        return sum(line.status is None for line in self.lines)


def build_sheet_rule_state(row: GradeSheet) -> SheetRuleState:
    """Return the sheet for the rules."""
    open_for = frozenset(row.open_for) if row.open_for else None
    return SheetRuleState(row.kind, row.state, row.enter_from, row.enter_until, row.open_until, open_for)


def entry_days_of_sheet(row: GradeSheet) -> EntryDays:
    """Return the entry days of a sheet."""
    return EntryDays(row.enter_from, row.enter_until, row.covers_until)


def load_grade_sheet(id: UUID) -> GradeSheet:
    """Return the sheet; raises Missing."""
    row = db.session.get(GradeSheet, id)
    if row is None:
        raise Missing
    return row


def compute_sheet_from_journal(row: GradeSheet, now: datetime) -> ComputedSheet:
    """Return the sheet with everything computed from the present journal.

    Seven statements, however many students, and two more where somebody came from another group.
    """
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    others, members = (
        _load_other_module_sheets(row),
        load_gradebook.load_present_and_past_students(offering.group),
    )
    transferred = load_transferred_grades_of_offering(offering, members)
    if row.state == DRAFT:
        scheme = load_scheme_version_of_offering(row.offering_id)
        builder = DraftLinesBuilder(row, scheme, others, transferred)
        lines = builder.load_lines(sheet_students_with_new_group(row, offering, members, now))
    else:
        signing = db.session.get(SheetSigning, row.signing_id) if row.signing_id else None
        scheme = (
            load_scheme_version(signing.scheme_id)
            if signing
            else load_scheme_version_of_offering(row.offering_id)
        )
        lines = load_signed_sheet_lines(row, members, transferred)
    reopened = {
        kind
        for line in lines
        for kind, one in transferred.results.get(line.student, {}).items()
        if one.reopened and kind != row.kind
    }
    signed = (kind for kind, other in others.items() if other.state != DRAFT and kind not in reopened)
    return ComputedSheet(row, offering, scheme, lines, tuple(signed))


def _load_other_module_sheets(row: GradeSheet) -> dict[str, GradeSheet]:
    """Load the module sheets of the same offering, by kind."""
    found = db.session.scalars(
        select(GradeSheet).where(GradeSheet.offering_id == row.offering_id, GradeSheet.kind.in_(MODULES))
    )
    return {other.kind: other for other in found if other.id != row.id}


def assessment_periods_of_offering(
    semester: Semester | SemesterDates, exam_on: date | None
) -> AssessmentPeriods:
    """Return the weeks of a semester for the rules; a period needs both days, else it is None."""

    def build_period_or_none(first: date | None, last: date | None) -> tuple[date, date] | None:
        return (first, last) if first and last else None

    return AssessmentPeriods(
        module1=build_period_or_none(semester.module1_from, semester.module1_until),
        module2=build_period_or_none(semester.module2_from, semester.module2_until),
        session=build_period_or_none(semester.session_from, semester.session_until),
        exam_on=exam_on,
    )


def load_late_sheet_entry_request(id: UUID) -> LateSheetEntryRequest:
    """Return a request to enter lines late; raises Missing."""
    row = db.session.get(LateSheetEntryRequest, id)
    if row is None:
        raise Missing
    return row


def load_late_sheet_entry_fingerprint(id: UUID) -> str | None:
    """Return the SHA-256 that approvals of a request for late lines are bound to; None when there is none."""
    row = db.session.get(LateSheetEntryRequest, id)
    return row.sha256 if row else None


def load_sheet_signing(id: UUID) -> SheetSigning:
    """Return a signature; raises Missing."""
    row = db.session.get(SheetSigning, id)
    if row is None:
        raise Missing
    return row


def load_sheet_signing_fingerprint(id: UUID) -> str | None:
    """Return the SHA-256 that approvals of a signed sheet are bound to; None when there is none."""
    row = db.session.get(SheetSigning, id)
    return row.sha256 if row else None


def sheet_lines_to_sign(sheet: ComputedSheet) -> list[dict[str, Any]]:
    """Return the lines as a signature stores them, by student."""
    return [
        {
            "student": str(line.student),
            "status": line.status,
            "entered": str(line.entered) if line.entered is not None else None,
            "total": str(line.rating.total),
            "letter": line.rating.letter,
        }
        for line in sorted(sheet.lines, key=lambda line: str(line.student))
    ]
