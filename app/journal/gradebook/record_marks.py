"""The commands by which a teacher enters or corrects marks within the deadlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.gradebook.cell_state import (
    ATTENDANCE,
    CELL_KINDS,
    PRESENT,
    CellState,
    attendance_status,
    parse_cell_value,
)
from app.journal.gradebook.cell_writer import CellChange, write_cells
from app.journal.gradebook.confirmed_reasons import apply_confirmed_reasons_to_changes
from app.journal.gradebook.entry_deadlines import cell_entry_deadline
from app.journal.gradebook.entry_rules import refusal_of_journal_state, refusal_to_record_mark
from app.journal.gradebook.load_cells import CellKey, LoadedCell, load_cell_states_with_rows
from app.kernel.act import Act
from app.kernel.errors import Invalid, Missing, Stale
from app.regulation.rules import DeadlineCalendar


@dataclass(frozen=True, slots=True)
class CellEdit:
    """The value that a cell shall hold, and the version that was seen (0: nothing was ever written there).

    `value` is PRESENT or ABSENT, points, or None to take it back; `reason` is needed for a correction
    (4.4.1).
    """

    lesson: UUID
    student: UUID
    kind: str
    value: str | None
    version: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EditedCell:
    """The content of a cell after an edit. `status` is the attendance status of annex 2."""

    lesson: UUID
    student: UUID
    kind: str
    value: str | None
    version: int
    status: str
    entered_at: datetime | None
    late: bool = False


def record_mark(act: Act, edit: CellEdit) -> EditedCell:
    """Enter or correct one cell; a repeat returns the same as the first time.

    Raises Invalid, Missing, Denied, Stale (`journal.cell.changed`, with the present value), Refused (4.2.1,
    4.3.1, 4.4.1, 7.6).
    """
    return record_marks(act, [edit])[0]


def record_marks(act: Act, edits: Sequence[CellEdit]) -> list[EditedCell]:
    """Enter or correct several cells of one offering, all of them or none, in as many statements as for
    one."""
    checked = [_validate_and_normalize_edit(edit) for edit in edits]
    if len({_cell_key_of_edit(edit) for edit in checked}) < len(checked):
        raise Invalid.field("lesson", "journal.change_set.twice")
    # Lessons are locked before anything the rules look at is read: sheets, teachers and cells.
    lessons = load_gradebook.lock_and_load_lessons({edit.lesson for edit in edits})
    offerings = {lesson.offering_id for lesson in lessons.values()}
    if len(lessons) < len({edit.lesson for edit in edits}) or len(offerings) != 1:
        raise Missing
    offering = require_readable_offering(act, offerings.pop())
    found = load_cell_states_with_rows(
        offering, lessons.values(), [_cell_key_of_edit(edit) for edit in checked], lock=True
    )
    calendar = load_gradebook.load_deadline_calendar(offering, act.at)
    plans = _add_excuse_reasons_to_plans(
        [
            _plan_cell_edit(act, edit, one, offering, calendar)
            for edit, one in zip(checked, found, strict=True)
        ]
    )
    for reason in dict.fromkeys(plan.edit.reason for plan in plans if plan.change):
        changes = [plan.change for plan in plans if plan.change and plan.edit.reason == reason]
        write_cells(act.with_reason(reason) if reason else act, offering.id, changes, "4.4.1")
    return [plan.build_edited_cell(act) for plan in plans]


@dataclass(frozen=True, slots=True)
class _EditPlan:
    edit: CellEdit
    cell: CellState
    change: CellChange | None

    def build_edited_cell(self, act: Act) -> EditedCell:
        edit, cell = self.edit, self.cell
        if self.change is None:
            status, value, version = attendance_status(cell), cell.value, cell.version
        else:
            after = self.change.cell_after_change(act)
            status, value, version = attendance_status(after), after.value, after.version
        late = self.change.late if self.change else False
        entered = cell.first_entered_at or (act.at if self.change else None)
        return EditedCell(edit.lesson, edit.student, edit.kind, value, version, status, entered, late)


def _add_excuse_reasons_to_plans(plans: list[_EditPlan]) -> list[_EditPlan]:
    """Return the plans, absences inside a confirmed excuse with its reason (4.2.4)."""
    changes = iter(apply_confirmed_reasons_to_changes([plan.change for plan in plans if plan.change]))
    return [replace(plan, change=next(changes)) if plan.change else plan for plan in plans]


def _validate_and_normalize_edit(edit: CellEdit) -> CellEdit:
    if edit.kind not in CELL_KINDS:
        raise Invalid.field("kind", "journal.cell.unknown_kind")
    return replace(edit, value=parse_cell_value(edit.kind, edit.value), reason=edit.reason.strip())


def _cell_key_of_edit(edit: CellEdit) -> CellKey:
    return edit.lesson, edit.student, edit.kind


def _plan_cell_edit(
    act: Act,
    edit: CellEdit,
    found: LoadedCell,
    offering: load_gradebook.OfferingState,
    calendar: DeadlineCalendar,
) -> _EditPlan:
    """Return the plan of this edit: no change when the cell holds that already (a repeat). Raises the refusal
    of the rule."""
    cell = found.cell
    wanted = edit.value
    if wanted is None and edit.kind == ATTENDANCE and cell.lesson.roll_taken_at is not None:
        wanted = PRESENT
    if cell.value == wanted:
        return _EditPlan(edit, cell, None)
    if edit.version != cell.version:
        raise Stale(
            "journal.cell.changed", current={"value": cell_value_in_grid(cell), "version": cell.version}
        )
    refusal = refusal_of_journal_state(offering.id, offering.state) or refusal_to_record_mark(
        cell, persons_act_may_teach_as(act), offering.teachers, calendar, act.at, edit.reason
    )
    if refusal is not None:
        raise refusal
    late = cell.first_entered_at is None and cell_entry_deadline(cell, calendar, act.at).late
    return _EditPlan(edit, cell, CellChange(cell, found.row.id if found.row else None, wanted, late))


def cell_value_in_grid(cell: CellState) -> str | None:
    """Return the value a grid displays in this cell: the status of attendance, the points of a grade."""
    return attendance_status(cell) if cell.kind == ATTENDANCE else cell.value
