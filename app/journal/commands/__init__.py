"""The verbs of the journal. Each runs inside `door.write`, takes the act first and locks lessons, then cells, by id."""

from app.journal.commands.change import change_cells
from app.journal.commands.commissions import draft_commission, publish_commission
from app.journal.commands.correction import apply_correction, make_change_set
from app.journal.commands.disputes import Disputing, check_corrected, dispute_mark
from app.journal.commands.excuses import Paper, confirm_excuse, enter_excuse, hand_in, narrow, revoke_excuse
from app.journal.commands.late import ask_for_entry, open_entry_window
from app.journal.commands.lesson import LessonEdit, describe_lesson
from app.journal.commands.marks import CellEdit, Entered, record_mark, record_marks
from app.journal.commands.roll import mark_rest_present, take_roll
from app.journal.commands.sheet import close_sheet
from app.journal.commands.workoffs import Result as WorkoffResult
from app.journal.commands.workoffs import Task as WorkoffTask
from app.journal.commands.workoffs import (
    allow_workoff,
    assign_workoff,
    note_result,
    plead_workoff,
    record_workoff,
    request_workoff,
)
from app.journal.rules.commissions import Draft as CommissionDraft
from app.journal.rules.commissions import Seat

__all__ = [
    "CellEdit",
    "CommissionDraft",
    "Disputing",
    "Entered",
    "LessonEdit",
    "Paper",
    "Seat",
    "WorkoffResult",
    "WorkoffTask",
    "allow_workoff",
    "apply_correction",
    "ask_for_entry",
    "assign_workoff",
    "change_cells",
    "check_corrected",
    "close_sheet",
    "confirm_excuse",
    "describe_lesson",
    "dispute_mark",
    "draft_commission",
    "enter_excuse",
    "hand_in",
    "make_change_set",
    "mark_rest_present",
    "narrow",
    "note_result",
    "open_entry_window",
    "plead_workoff",
    "publish_commission",
    "record_mark",
    "record_marks",
    "record_workoff",
    "request_workoff",
    "revoke_excuse",
    "take_roll",
]
