"""The form field of a correction request: cells with their old and new values, in the start form and in
rework.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.cases.queries.related import RelatedCase, load_open_cases_of_cells
from app.journal.corrections.request_form import CorrectionCellOption, load_correction_form
from app.journal.gradebook.entry_deadlines import LATE_CORRECTION_REMEDY
from app.kernel.clock import local_day
from app.kernel.errors import Invalid
from app.kernel.i18n import day_text, pick_text
from app.operations import CellRange, affected_cells_of_subject, has_common_cell
from app.texts.subject_line import LESSON_TYPE_LABELS, cell_value_label
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.subject_fields import SubjectField
from app.web.core.visitor import current_act
from app.web.labels.messages import error_message, message_text

CellKey = tuple[UUID, UUID, str]
MAX_CELLS = 60


def parse_cell_keys(text: str) -> list[CellKey]:
    """Read cells from an address: `lesson:student:kind`, separated by commas. Raises Invalid (`cells`)."""
    found: list[CellKey] = []
    for part in [part for part in text.split(",") if part][:MAX_CELLS]:
        pieces = part.split(":")
        try:
            lesson, student, kind = UUID(pieces[0]), UUID(pieces[1]), pieces[2].upper()
        except (ValueError, IndexError):
            raise Invalid.field("cells", "journal.change_set.unreadable") from None
        if kind not in ("ATTENDANCE", "GRADE"):
            raise Invalid.field("cells", "journal.cell.unknown_kind")
        found.append((lesson, student, kind))
    return list(dict.fromkeys(found))


def read_posted_cell_changes(posted: MultiDict[str, str]) -> list[dict[str, Any]]:
    """Read the posted cells: `cell` is lesson:student:kind:version, `new:<cell>` its new value.

    A cell with `drop:<cell>` is left out. Raises Invalid (`change_set`).
    """
    edits = []
    # One more than the maximum is read, so that the command refuses a longer list instead of cutting it.
    for name in posted.getlist("cell")[: MAX_CELLS + 1]:
        pieces = name.split(":")
        if posted.get(f"drop:{name}"):
            continue
        try:
            lesson, student, kind, version = UUID(pieces[0]), UUID(pieces[1]), pieces[2], int(pieces[3])
        except (ValueError, IndexError):
            raise Invalid.field("change_set", "journal.change_set.unreadable") from None
        new = posted.get(f"new:{name}", "").strip()
        edits.append(
            {
                "lesson": str(lesson),
                "student": str(student),
                "kind": kind,
                "version": version,
                "new": new or None,
            }
        )
    return edits


def cell_editor_view(places: Sequence[CellKey], typed: Any, own_case: UUID | None = None) -> SimpleNamespace:
    """Build the view of `start/_editor.html`; raises Missing when the visitor may not see the cells.

    A cell of another open correction is shown with the way to that case; `own_case` is the case in rework.
    """
    found = load_correction_form(current_act(), places)
    open_cases = [
        one
        for one in load_open_cases_of_cells(
            LATE_CORRECTION_REMEDY, [_range_of_cell(cell) for cell in found.cells]
        )
        if one.id != own_case
    ]
    rows = [
        _cell_editor_row(cell, typed, _oldest_open_correction_of_cell(cell, open_cases))
        for cell in found.cells
    ]
    return SimpleNamespace(
        course=pick_text(found.names, locale()),
        group=found.group,
        rows=rows,
        blocked=[row for row in rows if row.refusal],
    )


def cell_changes_start_view(address: Mapping[str, str], typed: Any) -> SimpleNamespace:
    """Build the editor of the cells in the address; raises Invalid (`cells`) when there are none."""
    places = parse_cell_keys(address.get("cells", ""))
    if not places:
        raise Invalid.field("cells", "journal.change_set.empty")
    return cell_editor_view(places, typed)


def cell_changes_task_view(view: TaskView, typed: Any) -> SimpleNamespace:
    """Build the editor inside a task: the cells of the case with their present values."""
    cells = view.case.subject.get("cells") or []
    wanted = {(cell["lesson"], cell["student_id"], cell["kind"]): cell["new"] for cell in cells}
    places = [(UUID(lesson), UUID(student), kind) for lesson, student, kind in wanted]
    found = cell_editor_view(places, typed, view.case.id)
    for row in found.rows:
        if not row.new:
            row.new = wanted.get((row.lesson, row.student_id, row.kind), "")
    return found


def _range_of_cell(cell: CorrectionCellOption) -> CellRange:
    day = local_day(cell.starts_at).isoformat()
    return CellRange(str(cell.student), cell.kind, str(cell.lesson), day, day)


def _oldest_open_correction_of_cell(
    cell: CorrectionCellOption, cases: Sequence[RelatedCase]
) -> RelatedCase | None:
    """Return the oldest of the open corrections that is about this cell."""
    own = [_range_of_cell(cell)]
    found = [one for one in cases if has_common_cell(own, affected_cells_of_subject(one.subject, ()))]
    return found[-1] if found else None


def _cell_editor_row(
    cell: CorrectionCellOption, typed: Any, open_case: RelatedCase | None = None
) -> SimpleNamespace:
    name = f"{cell.lesson}:{cell.student}:{cell.kind}:{cell.version}"
    kind = _(LESSON_TYPE_LABELS.get(cell.type, cell.type))
    place = f"{day_text(local_day(cell.starts_at), locale())}, {kind}"
    return SimpleNamespace(
        name=name,
        lesson=str(cell.lesson),
        student_id=str(cell.student),
        student=cell.student_name,
        place=place,
        kind=cell.kind,
        old=cell_value_label(cell.value or "", locale()),
        old_value=cell.value or "",
        new=typed.get(f"new:{name}", "") if typed else "",
        options=[
            SimpleNamespace(value=value, label=cell_value_label(value, locale()))
            for value in ("PRESENT", "ABSENT")
            if value != cell.value
        ],
        refusal=_cell_refusal_text(cell, open_case),
        case_number=open_case.number if open_case else None,
        case_url=url_for("cases.show_case", case_id=open_case.id) if open_case else None,
    )


def _cell_refusal_text(cell: CorrectionCellOption, open_case: RelatedCase | None) -> str | None:
    """Return why this cell cannot be corrected now; None when it can."""
    if open_case is not None:
        return message_text("cases.start.under_way", {"number": open_case.number})
    return error_message(cell.refusal) if cell.refusal else None


CHANGE_SET_FIELD = SubjectField(
    "change_set",
    "start/_editor.html",
    cell_changes_start_view,
    cell_changes_task_view,
    read_posted_cell_changes,
)
