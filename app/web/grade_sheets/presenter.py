"""Views of a grade sheet for its page and the tasks of its case: lines with arithmetic, and what a signature
covers.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.journal.grade_sheets.line_queries import SheetLine
from app.journal.grade_sheets.queries import (
    ComputedSheet,
    compute_sheet_from_journal,
    load_grade_sheet,
    sheet_lines_to_sign,
)
from app.journal.gradebook.access import require_readable_offering
from app.journal.grading.rating import FINAL, MODULE2, NOT_ADMITTED, NOT_ATTENDED, format_points
from app.journal.grading.sheet_states import DRAFT
from app.journal.sheet_closing.queries import load_lessons_open_for_entry
from app.journal.tables import SheetSigning
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.texts import ratings as rating_texts
from app.texts.translate import locale
from app.web.cases.subject_fields import SubjectField, TaskPanel
from app.web.core.visitor import current_act
from app.web.grade_sheets.result_options import NO_COMMISSION_MATTERS, load_open_commission_matters


def sheet_line_views(
    sheet: ComputedSheet, typed: Mapping[str, str] | None = None, only: frozenset[UUID] | None = None
) -> list[SimpleNamespace]:
    """Build the lines of a sheet, sorted by name; `typed` restores refused input.

    `only` contains the students for whom a permission reopened the sheet; the other lines are read-only.
    """
    views = [_sheet_line_view(number, line, sheet, typed) for number, line in enumerate(sheet.lines, 1)]
    flags = load_open_commission_matters([sheet.row.id])
    for line, view in zip(sheet.lines, views, strict=True):
        student_flags = flags.get((sheet.row.id, line.student), NO_COMMISSION_MATTERS)
        view.flag, view.waiting = student_flags.appeal, student_flags.waiting
        view.fixed = view.fixed or (only is not None and line.student not in only)
    return views


def _sheet_line_view(
    number: int, line: SheetLine, sheet: ComputedSheet, typed: Mapping[str, str] | None
) -> SimpleNamespace:
    absent = line.status == NOT_ATTENDED
    points = format_points(line.entered) if line.entered is not None else ""
    if typed is not None and f"version-{line.student}" in typed:
        points = typed.get(f"points-{line.student}", "")
        absent = typed.get(f"absent-{line.student}") == "1"
    known = line.status is not None
    return SimpleNamespace(
        number=number,
        id=str(line.student),
        name=line.name,
        points=points,
        absent=absent,
        stored_points=format_points(line.entered) if line.entered is not None else "",
        stored_absent=line.status == NOT_ATTENDED,
        version=line.version,
        fixed=line.result is not None or line.transfer_origin is not None or line.status == NOT_ADMITTED,
        status=rating_texts.sheet_line_status_label(line.status),
        status_code=(line.status or "NONE").lower(),
        total=format_points(line.rating.total) if known or sheet.row.state != DRAFT else "",
        letter=line.rating.letter or "",
        arithmetic=rating_texts.result_computation_lines(line.rating.arithmetic),
        brought=line.transfer_origin.group if line.transfer_origin is not None else "",
        gone_to=line.moved_to_group,
        amended=line.result is not None and line.result.protocol_id is not None,
    )


def load_sheet_of_case_subject(subject_id: UUID) -> ComputedSheet:
    """Load the sheet of a case from its subject, a sheet or a signature on one; raises Missing."""
    signing = db.session.get(SheetSigning, subject_id)
    return compute_sheet_from_journal(
        load_grade_sheet(signing.sheet_id if signing else subject_id), current_act().at
    )


def sheet_lines_panel(view: TaskView) -> SimpleNamespace | None:
    """Build the lines beside a decision about a sheet; None for other cases."""
    if view.task.subject.get("kind") != "sheet" or view.case.subject_id is None:
        return None
    return sheet_lines_for_decision_view(load_sheet_of_case_subject(view.case.subject_id))


def sheet_lines_for_decision_view(sheet: ComputedSheet) -> SimpleNamespace:
    """Build the lines of a sheet for a decision, with the digest of what the signer sees."""
    return SimpleNamespace(
        lines=sheet_line_views(sheet),
        missing=sheet.missing_value_count if sheet.row.state == DRAFT else 0,
        final=sheet.row.kind == FINAL,
        url=url_for("sheets.show_grade_sheet", sheet=sheet.row.id),
        seen=canonical_sha256(sheet_lines_to_sign(sheet)),
    )


def refuse_signing_at_start(_address: Mapping[str, str], _typed: Any) -> SimpleNamespace:
    """Raise Missing: no start form asks for a signature."""
    raise Missing


def signing_task_view(view: TaskView, _typed: Any) -> SimpleNamespace:
    """Build the lines to sign, their digest, and the number of lessons still inside their own deadline.

    Raises Missing.
    """
    if view.case.subject_id is None:
        raise Missing
    sheet = load_sheet_of_case_subject(view.case.subject_id)
    signing = sheet_lines_for_decision_view(sheet)
    signing.running = (
        len(load_lessons_open_for_entry(sheet.row, current_act().at)) if sheet.row.kind != FINAL else 0
    )
    signing.last = sheet.row.kind == MODULE2
    return signing


def read_posted_lines_digest(posted: MultiDict[str, str]) -> dict[str, str] | None:
    """Read the posted digest of the lines that were displayed; None when it was not on the page."""
    seen = posted.get("signing")
    return {"seen": seen} if seen else None


def late_sheet_lines_start_view(address: Mapping[str, str], typed: Any) -> SimpleNamespace:
    """Build the lines of the sheet in the address, the empty ones chosen; raises Missing."""
    now = current_act()
    row = load_grade_sheet(parse_id(address.get("sheet"), "sheet"))
    require_readable_offering(now, row.offering_id)
    sheet = compute_sheet_from_journal(row, now.at)
    empty = {str(line.student) for line in sheet.lines if line.status is None}
    return _late_sheet_lines_view(
        sheet, set(typed.getlist("line")) if isinstance(typed, MultiDict) else empty
    )


def late_sheet_lines_task_view(view: TaskView, typed: Any) -> SimpleNamespace:
    """Build the lines of the case with the present choice."""
    subject = view.case.subject
    sheet = compute_sheet_from_journal(load_grade_sheet(UUID(subject["sheet"])), current_act().at)
    chosen = set(typed.getlist("line")) if isinstance(typed, MultiDict) else set(subject["student_ids"])
    return _late_sheet_lines_view(sheet, chosen)


def _late_sheet_lines_view(sheet: ComputedSheet, chosen: set[str]) -> SimpleNamespace:
    course = f"{pick_text(sheet.offering.names, locale())}, {sheet.offering.group_name}"
    return SimpleNamespace(
        sheet=str(sheet.row.id),
        title=f"{course}: {rating_texts.sheet_kind_text(sheet.row.kind)}",
        rows=[
            SimpleNamespace(
                id=str(line.student),
                name=line.name,
                status=rating_texts.sheet_line_status_label(line.status),
                chosen=str(line.student) in chosen,
            )
            for line in sheet.lines
        ],
    )


def read_posted_late_sheet_lines(posted: MultiDict[str, str]) -> dict[str, Any] | None:
    """Read the posted lines: `sheet` and each chosen `line`; None when they were not on the page."""
    sheet = posted.get("sheet")
    return {"sheet": sheet, "students": posted.getlist("line")[:300]} if sheet else None


SHEET_FIELDS = (
    SubjectField(
        "lines",
        "sheets/_reopening.html",
        late_sheet_lines_start_view,
        late_sheet_lines_task_view,
        read_posted_late_sheet_lines,
    ),
    SubjectField(
        "signing",
        "sheets/_signing.html",
        refuse_signing_at_start,
        signing_task_view,
        read_posted_lines_digest,
    ),
)
SHEET_TASK_PANELS = (TaskPanel("sheet", sheet_lines_panel),)
