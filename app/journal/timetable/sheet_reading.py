"""Read the rows of a timetable workbook (XLSX), and findings by cell."""

from __future__ import annotations

from app.journal.timetable.rules import read_typed_time
from app.journal.timetable.sheet_words import (
    COLUMNS,
    REQUIRED_COLUMNS,
    SHEET_NAMES,
    TYPES,
    WEEKDAYS,
    WEEKS,
)
from app.kernel.workbook_reading import (
    SheetForm,
    Workbook,
    new_time_reader,
    new_word_reader,
    read_day_cell,
    read_whole_number_cell,
    read_workbook,
)

MAX_ROWS = 15_000
_FORM = SheetForm(
    SHEET_NAMES,
    COLUMNS,
    REQUIRED_COLUMNS,
    {
        "period": read_whole_number_cell,
        "hours": read_whole_number_cell,
        "from": read_day_cell,
        "until": read_day_cell,
        "starts_at": new_time_reader(read_typed_time),
        "ends_at": new_time_reader(read_typed_time),
        "weekday": new_word_reader(WEEKDAYS, "journal.timetable_file.no_weekday"),
        "weeks": new_word_reader(WEEKS, "journal.timetable_file.no_weeks"),
        "type": new_word_reader(TYPES, "journal.timetable_file.no_type"),
    },
)


def read_timetable_workbook(content: bytes) -> Workbook:
    """Return the rows of the sheet of the timetable, and everything that cannot be read in it."""
    return read_workbook(content, {"timetable": _FORM}, MAX_ROWS)
