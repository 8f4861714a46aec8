"""Commands that create sheets on the days of the academic calendar, and enter their points (4.3.2, 4.3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text

from app.audit.record import AuditEvent, PrivateValue, record_audit_events
from app.journal.grade_sheets import queries as grade_sheet_queries
from app.journal.grade_sheets.entry_dates import due_sheet_kinds, entry_period_of_sheet_kind
from app.journal.grade_sheets.line_queries import SheetLine
from app.journal.grade_sheets.rules import PointsEntry, is_late_sheet_entry, refusal_to_enter_sheet_points
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.gradebook.cell_state import pick_main_teacher_id
from app.journal.gradebook.entry_rules import refusal_of_journal_state
from app.journal.grading.rating import FINAL, NOT_ADMITTED
from app.journal.tables import GradeSheet, Offering, Semester, SheetEntry, Teaching
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing
from app.kernel.ids import new_id
from app.outbox.post import post_events

SHEET_CREATED = "journal.sheet.created"
POINTS_RECORDED = "journal.sheet_entry.recorded"
MAX_SHEETS_PER_RUN = 200


@dataclass(frozen=True, slots=True)
class SheetEntryEdit:
    """The entry of a teacher for one student: GRADED with points of one decimal, or NOT_ATTENDED; the version
    seen."""

    student: UUID
    status: str
    points: Decimal | None
    version: int


def create_due_sheets(act: Act) -> int:
    """Create the sheets whose week or day has come, at most `MAX_SHEETS_PER_RUN`; return their number.

    A repeat creates none twice. One statement when nothing is due. Journals without a teacher wait: nobody
    could sign for them.
    """
    today = local_day(act.at)
    due = [(offering, kind, span) for offering, kind, span in _lock_and_load_due_sheet_specs(today)][
        :MAX_SHEETS_PER_RUN
    ]
    if not due:
        return 0
    taught = load_gradebook.load_offerings({offering for offering, _kind, _span in due})
    rows = [_build_numbered_draft_sheet(act, offering, kind, span) for offering, kind, span in due]
    db.session.add_all(rows)
    db.session.flush()
    record_audit_events(
        act,
        [
            AuditEvent(
                SHEET_CREATED,
                ("journal.grade_sheet", row.id),
                None,
                _sheet_audit_values(row),
                "1.4.2",
                offering=row.offering_id,
            )
            for row in rows
        ],
    )
    events: list[Any] = []
    for row in rows:
        teacher = pick_main_teacher_id(taught[row.offering_id].teachers)
        payload = {"sheet": str(row.id), "offering": str(row.offering_id), "teacher": str(teacher)}
        events.append((SHEET_CREATED, payload, None))
    post_events(act, events)
    return len(rows)


def _lock_and_load_due_sheet_specs(today: date) -> list[tuple[UUID, str, tuple[date, date]]]:
    """Load and lock the offerings with the sheets that are due; taught ones of running semesters only."""
    existing = (
        select(func.coalesce(func.array_agg(GradeSheet.kind), []))
        .where(GradeSheet.offering_id == Offering.id)
        .scalar_subquery()
    )
    taught = (
        select(Teaching.id)
        .where(
            Teaching.offering_id == Offering.id,
            Teaching.part != "SUBSTITUTE",
            Teaching.starts_on <= today,
            or_(Teaching.ends_on.is_(None), Teaching.ends_on >= today),
        )
        .exists()
    )
    started = or_(
        Semester.module1_from <= today,
        Semester.module2_from <= today,
        Semester.session_from <= today,
        Offering.exam_on <= today,
    )
    count = (
        select(func.count())
        .where(GradeSheet.offering_id == Offering.id)
        .correlate(Offering)
        .scalar_subquery()
    )
    # Locked against a second worker (skip_locked) and, with the semester, against a change of its days: a
    # sheet is created by the days before the change or by those after it.
    found = db.session.execute(
        select(Offering.id, Offering.exam_on, Semester, existing.label("existing"))
        .join(Semester, Semester.id == Offering.semester_id)
        .where(started, taught, count < 3, Semester.ends_on >= today, Offering.state != "DRAFT")
        .order_by(Offering.id)
        .with_for_update(of=(Offering, Semester), key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    due = []
    for row in found:
        weeks = grade_sheet_queries.assessment_periods_of_offering(row.Semester, row.exam_on)
        for kind in due_sheet_kinds(weeks, row.existing, today):
            span = entry_period_of_sheet_kind(kind, weeks)
            if span is not None:
                due.append((row.id, kind, span))
    return due


def _build_numbered_draft_sheet(act: Act, offering: UUID, kind: str, span: tuple[date, date]) -> GradeSheet:
    number = db.session.scalar(text("SELECT nextval('journal.sheet_number')"))
    return GradeSheet(
        id=new_id(),
        offering_id=offering,
        kind=kind,
        number=f"{local_day(act.at).year}-{number:05d}",
        state="DRAFT",
        covers_until=span[1],
        enter_from=span[0],
        enter_until=span[1],
    )


def _sheet_audit_values(row: GradeSheet) -> dict[str, Any]:
    return {
        "offering": row.offering_id,
        "kind": row.kind,
        "number": row.number,
        "from": row.enter_from,
        "until": row.enter_until,
    }


def enter_sheet_points(act: Act, sheet_id: UUID, edits: Sequence[SheetEntryEdit]) -> int:
    """Enter points on a draft, all of them or none; return how many lines changed. A repeat changes none.

    Raises Missing, Denied (no teacher of the journal), Invalid (`points`, `status`), Stale (another version
    was seen), Refused (4.3.2, 4.3.3: not the week or the day; 2.3: not admitted; 4.4.3: signed).
    """
    row = db.session.scalar(
        select(GradeSheet)
        .where(GradeSheet.id == sheet_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or act.person is None:
        raise Missing
    offering = require_readable_offering(act, row.offering_id)
    if offering.state == "DRAFT":
        raise refusal_of_journal_state(offering.id, offering.state) or Missing
    if len({edit.student for edit in edits}) < len(edits):
        raise Invalid.field("student", "journal.change_set.twice")
    sheet = grade_sheet_queries.compute_sheet_from_journal(row, act.at)
    lines = {line.student: line for line in sheet.lines}
    calendar, scheme = load_gradebook.load_deadline_calendar(offering, act.at), sheet.scheme.scheme
    changed = []
    for edit in edits:
        line = lines.get(edit.student)
        if line is None:
            raise Missing
        if (line.status, line.entered) == (edit.status, edit.points) and line.result is None:
            continue
        refusal = refusal_to_enter_sheet_points(
            sheet.rule_state,
            PointsEntry(edit.student, edit.status, edit.points, edit.version),
            line.version,
            line.status != NOT_ADMITTED,
            scheme,
            persons_act_may_teach_as(act),
            offering.teachers,
            calendar,
            act.at,
            line.transfer_origin,
        )
        if refusal is not None:
            refusal.params.setdefault("student", str(edit.student))
            refusal.params.setdefault("sheet", str(row.id))
            raise refusal
        changed.append((edit, line))
    _write_sheet_entries(
        act, act.person, row, changed, is_late_sheet_entry(sheet.rule_state, calendar, act.at)
    )
    return len(changed)


def _write_sheet_entries(
    act: Act,
    person: UUID,
    row: GradeSheet,
    changed: Sequence[tuple[SheetEntryEdit, SheetLine]],
    late: bool,
) -> None:
    known = {
        entry.student_id: entry
        for entry in db.session.scalars(
            select(SheetEntry).where(
                SheetEntry.sheet_id == row.id,
                SheetEntry.student_id.in_([edit.student for edit, _ in changed]),
            )
        )
    }
    deeds = []
    for edit, line in changed:
        entry = known.get(edit.student)
        if entry is None:
            entry = SheetEntry(id=new_id(), sheet_id=row.id, student_id=edit.student, version=0)
            db.session.add(entry)
        before = {
            "value": PrivateValue(_sheet_entry_audit_value(line.status, line.entered)),
            "version": line.version,
        }
        entry.status, entry.points, entry.version = edit.status, edit.points, line.version + 1
        entry.late = late
        entry.entered_at, entry.entered_by = act.at, person
        after = {
            "value": PrivateValue(_sheet_entry_audit_value(edit.status, edit.points)),
            "version": entry.version,
            "sheet": row.id,
        }
        deeds.append(
            AuditEvent(
                POINTS_RECORDED,
                ("journal.sheet_entry", entry.id),
                before if line.version else None,
                after,
                "4.3.3" if row.kind == FINAL else "4.3.2",
                edit.student,
                row.offering_id,
            )
        )
    db.session.flush()
    record_audit_events(act, deeds)


def _sheet_entry_audit_value(status: str | None, points: Decimal | None) -> str | None:
    return str(points) if points is not None else status
