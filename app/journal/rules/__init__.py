"""What the regulation says about a cell. Pure: facts and terms in, None or an error out; no database, no clock."""

from app.journal.rules.closing import Closing, closing_of
from app.journal.rules.corrections import (
    APPLIED,
    CELL_CHANGED,
    SHEET_CLOSED,
    may_apply_correction,
    may_request_correction,
)
from app.journal.rules.entries import may_describe_lesson, may_record_mark, may_take_roll
from app.journal.rules.facts import (
    ABSENT,
    ATTENDANCE,
    GRADE,
    PRESENT,
    CellFacts,
    LessonFacts,
    SheetFacts,
    TeachingFacts,
    WindowFacts,
    read_value,
    status_of,
)
from app.journal.rules.late import may_ask_for_cell, may_ask_for_roll, may_open_window

__all__ = [
    "ABSENT",
    "APPLIED",
    "ATTENDANCE",
    "CELL_CHANGED",
    "GRADE",
    "PRESENT",
    "SHEET_CLOSED",
    "CellFacts",
    "Closing",
    "LessonFacts",
    "SheetFacts",
    "TeachingFacts",
    "WindowFacts",
    "closing_of",
    "may_apply_correction",
    "may_ask_for_cell",
    "may_ask_for_roll",
    "may_describe_lesson",
    "may_open_window",
    "may_record_mark",
    "may_request_correction",
    "may_take_roll",
    "read_value",
    "status_of",
]
