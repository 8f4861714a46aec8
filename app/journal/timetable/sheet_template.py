"""Write the workbook of a timetable: the weekly lessons there are, and the journals that lessons can be added to."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

from app.journal.timetable.queries import TimetabledJournal, WeeklyLessonRow
from app.journal.timetable.sheet_words import (
    COLUMNS,
    JOURNALS_SHEET_NAMES,
    SHEET_NAMES,
    TYPES,
    WEEKDAYS,
    WEEKS,
)
from app.kernel.i18n import pick_text

LISTED_ROWS = 15_000
"""Rows of the sheet on which a list offers the words of a column."""


def write_timetable_workbook(
    journals: Iterable[tuple[TimetabledJournal, Sequence[str]]], rows: Iterable[WeeklyLessonRow], locale: str
) -> bytes:
    """Return the workbook in a language. `journals` are those to fill in, each with the names of its teachers."""
    content = io.BytesIO()
    # Texts that begin with "=" stay texts: nothing of the university becomes a formula.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        heads = book.add_format({"bold": True, "bottom": 1})
        day, at = book.add_format({"num_format": "dd.mm.yyyy"}), book.add_format({"num_format": "hh:mm"})
        sheet = book.add_worksheet(SHEET_NAMES[locale])
        keys = list(COLUMNS)
        for place, key in enumerate(keys):
            sheet.write_string(0, place, COLUMNS[key][locale], heads)
        sheet.set_column(0, len(keys) - 1, 16)
        sheet.freeze_panes(1, 0)
        _offer_words(sheet, keys.index("weekday"), [words[locale] for words in WEEKDAYS.values()])
        _offer_words(sheet, keys.index("weeks"), [words[locale] for words in WEEKS.values()])
        _offer_words(sheet, keys.index("type"), [words[locale] for words in TYPES.values()])
        for number, row in enumerate(rows, 1):
            for key, value in _cells_of_row(row, locale).items():
                place = keys.index(key)
                if isinstance(value, str):
                    sheet.write_string(number, place, value)
                elif isinstance(value, int):
                    sheet.write_number(number, place, value)
                else:
                    sheet.write_datetime(number, place, value, day if key in ("from", "until") else at)
        _write_journals(book, heads, journals, locale)
    return content.getvalue()


def _offer_words(sheet: Any, place: int, words: list[str]) -> None:
    """Let a column offer a list of words."""
    sheet.data_validation(1, place, LISTED_ROWS, place, {"validate": "list", "source": words})


def _cells_of_row(row: WeeklyLessonRow, locale: str) -> dict[str, Any]:
    lesson = row.lesson
    times = (
        {"period": row.period} if row.period else {"starts_at": lesson.starts_at, "ends_at": lesson.ends_at}
    )
    return {
        "group": row.group_name,
        "course": row.code,
        "weekday": WEEKDAYS[lesson.weekday][locale],
        "weeks": WEEKS[lesson.weeks][locale],
        **times,
        "type": TYPES[lesson.type][locale],
        "teacher": row.teacher_name,
        "room": lesson.room,
        "hours": lesson.hours,
        "from": lesson.first,
        "until": lesson.last,
        "stream": str(lesson.stream)[-8:] if lesson.stream else "",
    }


def _write_journals(
    book: Any, heads: Any, journals: Iterable[tuple[TimetabledJournal, Sequence[str]]], locale: str
) -> None:
    """Write the sheet that lists group, code, discipline and teachers of each journal."""
    sheet = book.add_worksheet(JOURNALS_SHEET_NAMES[locale])
    for place, key in enumerate(("group", "course")):
        sheet.write_string(0, place, COLUMNS[key][locale], heads)
    sheet.set_column(0, 3, 24)
    for number, (journal, teachers) in enumerate(journals, 1):
        for place, text in enumerate(
            (journal.group_name, journal.code, pick_text(journal.names, locale), ", ".join(teachers))
        ):
            sheet.write_string(number, place, text)
