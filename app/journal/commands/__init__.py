"""The verbs of the journal. Each runs inside `door.write`, takes the act first and locks lessons, then cells, by id."""

from app.journal.commands.appeals import (
    Appealing,
    AppealMade,
    appeal_result,
    close_appeal,
    drop_appeal,
    withdraw_appeal,
)
from app.journal.commands.change import change_cells
from app.journal.commands.commissions import draft_commission, publish_commission
from app.journal.commands.correction import apply_correction, make_change_set
from app.journal.commands.disputes import Disputing, check_corrected, dispute_mark
from app.journal.commands.excuses import Paper, confirm_excuse, enter_excuse, hand_in, narrow, revoke_excuse
from app.journal.commands.hearings import admit, convene, postpone, schedule, step_aside
from app.journal.commands.late import ask_for_entry, open_entry_window
from app.journal.commands.lesson import LessonEdit, describe_lesson
from app.journal.commands.marks import CellEdit, Entered, record_mark, record_marks
from app.journal.commands.proposals import propose_points
from app.journal.commands.protocols import (
    prepare_correction,
    release_correction,
    sign_protocol,
    write_protocol,
)
from app.journal.commands.result_disputes import (
    answer_dispute,
    check_appealed,
    dispute_result,
    drop_dispute,
    withdraw_dispute,
)
from app.journal.commands.results import Amendment, amend_result
from app.journal.commands.reviews import tell_reviews
from app.journal.commands.roll import mark_rest_present, take_roll
from app.journal.commands.schemes import Criteria, NewScheme, confirm_scheme, make_scheme, write_criteria
from app.journal.commands.sheet_closing import close_sheet, close_signed_sheet, look_before_closing
from app.journal.commands.sheet_entries import MOST_DRAWN, SheetEdit, draw_due_sheets, enter_points
from app.journal.commands.sheet_pleas import open_sheet, plead_lines
from app.journal.commands.sheet_signing import (
    approve_sheet,
    return_sheet,
    sign_sheet,
    vise_sheet,
)
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
    "MOST_DRAWN",
    "Amendment",
    "AppealMade",
    "Appealing",
    "CellEdit",
    "CommissionDraft",
    "Criteria",
    "Disputing",
    "Entered",
    "LessonEdit",
    "NewScheme",
    "Paper",
    "Seat",
    "SheetEdit",
    "WorkoffResult",
    "WorkoffTask",
    "admit",
    "allow_workoff",
    "amend_result",
    "answer_dispute",
    "appeal_result",
    "apply_correction",
    "approve_sheet",
    "ask_for_entry",
    "assign_workoff",
    "change_cells",
    "check_appealed",
    "check_corrected",
    "close_appeal",
    "close_sheet",
    "close_signed_sheet",
    "confirm_excuse",
    "confirm_scheme",
    "convene",
    "describe_lesson",
    "dispute_mark",
    "dispute_result",
    "draft_commission",
    "draw_due_sheets",
    "drop_appeal",
    "drop_dispute",
    "enter_excuse",
    "enter_points",
    "hand_in",
    "look_before_closing",
    "make_change_set",
    "make_scheme",
    "mark_rest_present",
    "narrow",
    "note_result",
    "open_entry_window",
    "open_sheet",
    "plead_lines",
    "plead_workoff",
    "postpone",
    "prepare_correction",
    "propose_points",
    "publish_commission",
    "record_mark",
    "record_marks",
    "record_workoff",
    "release_correction",
    "request_workoff",
    "return_sheet",
    "revoke_excuse",
    "schedule",
    "sign_protocol",
    "sign_sheet",
    "step_aside",
    "take_roll",
    "tell_reviews",
    "vise_sheet",
    "withdraw_appeal",
    "withdraw_dispute",
    "write_criteria",
    "write_protocol",
]
