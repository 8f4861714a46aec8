"""What is wrong in a workbook that somebody sent, whatever it holds: the texts of the reader that all rooms use."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

WORKBOOK_MESSAGES: Mapping[str, str] = {
    "kernel.workbook.no_workbook": N_("This is not an XLSX workbook."),
    "kernel.workbook.too_many_bytes": N_(
        "The workbook is larger than %(megabytes)s MB or unpacks to too much."
    ),
    "kernel.workbook.too_large": N_("A workbook has at most %(rows)s rows, a sheet %(columns)s columns."),
    "kernel.workbook.unreadable": N_("The workbook is damaged and cannot be read."),
    "kernel.workbook.no_sheet": N_("None of these sheets is in the workbook: %(wanted)s. It has: %(names)s."),
    "kernel.workbook.sheet_twice": N_("This sheet is in the workbook twice."),
    "kernel.workbook.merged": N_("These cells are merged. Every row needs its own values: split them."),
    "kernel.workbook.no_column": N_("There is no column “%(column)s”."),
    "kernel.workbook.column_twice": N_("The column “%(column)s” stands here a second time."),
    "kernel.workbook.empty": N_("This cell is empty."),
    "kernel.workbook.no_word": N_("This word is not known here: %(text)s."),
    "kernel.workbook.no_whole_number": N_("“%(text)s” is not a whole number."),
    "kernel.workbook.no_number": N_("“%(text)s” is not a number."),
    "kernel.workbook.no_day": N_("“%(text)s” is not a day. Write it as a date, or like 19.10.2026."),
    "kernel.workbook.no_time": N_("“%(text)s” is not a time of day. Write it like 08:30."),
}
