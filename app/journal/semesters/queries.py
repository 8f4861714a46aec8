"""Reads of the academic calendar: semesters with their dates, and the
deadline anchors that depend on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.journal.courses.semester_dates import SemesterDates
from app.journal.grade_sheets.entry_dates import entry_days_after_calendar_change
from app.journal.grade_sheets.queries import assessment_periods_of_offering, entry_days_of_sheet
from app.journal.grading.sheet_states import DRAFT
from app.journal.tables import GradeSheet, MakeupExtension, MakeupStage, Offering, Semester, SheetSigning
from app.kernel.clock import local_noon_in_utc
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class PreviewDates:
    """Dates used instead of the stored ones in a preview: of semesters and (exam days) of journals.

    `today` is the day on which they would be set.
    """

    today: date
    semesters: Mapping[UUID, SemesterDates] = field(default_factory=dict)
    exams: Mapping[UUID, date | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SemesterRow:
    """A semester with its dates."""

    id: UUID
    names: Mapping[str, str]
    year: str
    dates: SemesterDates


def build_semester_dates_of_row(row: Semester) -> SemesterDates:
    """Return the dates of a stored semester."""
    return SemesterDates(**{part.name: getattr(row, part.name) for part in fields(SemesterDates)})


def load_all_semesters() -> list[SemesterRow]:
    """Return every semester, latest first; one statement."""
    found = db.session.scalars(select(Semester).order_by(Semester.starts_on.desc(), Semester.id))
    return [
        SemesterRow(row.id, row.names, row.academic_year, build_semester_dates_of_row(row)) for row in found
    ]


def find_semester(id: UUID) -> SemesterRow | None:
    """Return one semester; None if it does not exist."""
    row = db.session.get(Semester, id)
    return (
        SemesterRow(row.id, row.names, row.academic_year, build_semester_dates_of_row(row)) if row else None
    )


def load_makeup_deadline_anchors(
    steps: Collection[UUID], instead: PreviewDates | None
) -> dict[UUID, dict[str, str]]:
    """Return, by stage of make-up work, the semester's last day or a later day
    granted (5.3.2). Two statements."""
    found = db.session.execute(
        select(MakeupStage.id, MakeupStage.student_id, MakeupStage.lessons, Semester)
        .join(Offering, Offering.id == MakeupStage.offering_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .where(MakeupStage.id.in_(list(steps)))
    ).all()
    later = _load_makeup_extension_days({row.student_id for row in found})
    anchors = {}
    for step, student, lessons, row in found:
        last = _preview_or_stored_dates(row, instead).last_makeup_day
        day = min(max(last, later.get((student, lesson), last)) for lesson in lessons)
        anchors[step] = {"semester_last": local_noon_in_utc(day).isoformat()}
    return anchors


def _preview_or_stored_dates(row: Semester, instead: PreviewDates | None) -> SemesterDates:
    """Return the preview dates of a semester, else the stored ones."""
    return (instead.semesters.get(row.id) if instead else None) or build_semester_dates_of_row(row)


def _load_makeup_extension_days(students: Collection[UUID]) -> dict[tuple[UUID, UUID], date]:
    """Return the latest personal last day by (student, lesson)."""
    decided = select(MakeupExtension).where(MakeupExtension.student_id.in_(list(students)))
    found = db.session.scalars(decided.order_by(MakeupExtension.until))
    return {(one.student_id, lesson): one.until for one in found for lesson in one.lessons}


def load_sheet_deadline_anchors(
    subjects: Collection[UUID], instead: PreviewDates | None
) -> dict[UUID, dict[str, str]]:
    """Return deadline anchors by sheet or by signature of a sheet; two statements.

    The end of its semester for its closing (7.6); for a draft also its last day of entry
    for its signing (4.3.2, 4.3.3).
    """
    wanted = (
        select(GradeSheet.id, GradeSheet, Offering.exam_on, Semester)
        .join(Offering, Offering.id == GradeSheet.offering_id)
        .join(Semester, Semester.id == Offering.semester_id)
    )
    drawn = db.session.execute(wanted.where(GradeSheet.id.in_(list(subjects)))).all()
    signed = db.session.execute(
        wanted.with_only_columns(SheetSigning.id, GradeSheet, Offering.exam_on, Semester)
        .join(SheetSigning, SheetSigning.sheet_id == GradeSheet.id)
        .where(SheetSigning.id.in_(list(subjects)))
    ).all()
    return {
        id: _build_sheet_deadline_anchors(sheet, exam_on, row, instead)
        for id, sheet, exam_on, row in (*drawn, *signed)
    }


def _build_sheet_deadline_anchors(
    sheet: GradeSheet, exam_on: date | None, semester_row: Semester, instead: PreviewDates | None
) -> dict[str, str]:
    """Return the deadline anchors of one sheet."""
    dates = _preview_or_stored_dates(semester_row, instead)
    anchors = {"semester_end": local_noon_in_utc(dates.ends_on).isoformat()}
    if sheet.state != DRAFT:
        return anchors
    days = entry_days_of_sheet(sheet)
    if instead is not None:
        weeks = assessment_periods_of_offering(dates, instead.exams.get(sheet.offering_id, exam_on))
        days = entry_days_after_calendar_change(sheet.kind, sheet.state, days, weeks, instead.today)
    return anchors | {"enter_until": local_noon_in_utc(days.enter_until or days.covers_until).isoformat()}
