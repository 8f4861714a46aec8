"""Write the workbook of marks: the journals of a semester, each on a sheet, with what they hold. It is the template of
a takeover."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

import xlsxwriter

from app.journal.gradebook.cell_state import ATTENDANCE, LESSON_STATES_WITHOUT_MARKS, attendance_status
from app.journal.takeover.journal_queries import (
    JournalKey,
    JournalMarks,
    kinds_of_lesson,
    load_journal_marks,
)
from app.journal.takeover.words import (
    COLUMN_KINDS,
    COURSE_WORDS,
    FIRST_MARK_COLUMN,
    GROUP_WORDS,
    HEAD_ROWS,
    MODULE_COLUMNS,
    NUMBER_WORDS,
    RESULT_COLUMN,
    STATUS_WORDS,
    STUDENT_WORDS,
)
from app.kernel.clock import local_time

MAX_SHEETS = 120
"""Journals of one workbook."""
_NO_SHEET_NAME_SIGN = re.compile(r"[\[\]:*?/\\']")


def write_marks_workbook(keys: Iterable[JournalKey], first: date, last: date, locale: str) -> bytes:
    """Return the workbook of these journals with the lessons from `first` to `last`, in a language."""
    content = io.BytesIO()
    # Texts that begin with "=" or "+" stay texts.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        heads = book.add_format({"bold": True, "bottom": 1})
        used: set[str] = set()
        for key in list(keys)[:MAX_SHEETS]:
            sheet = book.add_worksheet(_new_sheet_name(key, used))
            _write_journal(sheet, heads, load_journal_marks(key), first, last, locale)
    return content.getvalue()


def _new_sheet_name(key: JournalKey, used: set[str]) -> str:
    """Return a name that Excel takes, and that no other sheet has in any case of letters."""
    base = _NO_SHEET_NAME_SIGN.sub("-", f"{key.group} {key.course}")[:26].strip() or "1"
    name, number = base, 2
    while name.casefold() in used:
        name, number = f"{base} {number}", number + 1
    used.add(name.casefold())
    return name


def _write_journal(
    sheet: Any, heads: Any, journal: JournalMarks, first: date, last: date, locale: str
) -> None:
    """Write one journal."""
    named = (GROUP_WORDS[locale], journal.key.group, COURSE_WORDS[locale], journal.key.course)
    for place, text in enumerate(named):
        sheet.write_string(0, place, text)
    sheet.write_string(2, 0, NUMBER_WORDS[locale], heads)
    sheet.write_string(2, 1, STUDENT_WORDS[locale], heads)
    sheet.set_column(0, 1, 24)
    sheet.freeze_panes(HEAD_ROWS, FIRST_MARK_COLUMN)
    lessons = [
        one
        for one in journal.lessons
        if first <= one.day <= last and one.state not in LESSON_STATES_WITHOUT_MARKS
    ]
    students = [one for one in journal.students if _belonged_between(one.periods, first, last)]
    for number, student in enumerate(students, HEAD_ROWS):
        sheet.write_string(number, 0, journal.numbers[student.id])
        sheet.write_string(number, 1, student.name)
    place = FIRST_MARK_COLUMN
    for lesson in lessons:
        for kind in kinds_of_lesson(lesson):
            sheet.write_string(1, place, f"{local_time(lesson.starts_at):%d.%m.%Y %H:%M}", heads)
            sheet.write_string(2, place, COLUMN_KINDS[kind][locale], heads)
            for number, student in enumerate(students, HEAD_ROWS):
                cell = journal.cell(lesson, student, kind)
                word = attendance_status(cell) if kind == ATTENDANCE else cell.value
                if kind == ATTENDANCE and word is not None and word in STATUS_WORDS:
                    sheet.write_string(number, place, STATUS_WORDS[word][locale])
                elif kind != ATTENDANCE and word is not None:
                    sheet.write_number(number, place, float(word))
            place += 1
    for module, words in MODULE_COLUMNS.items():
        sheet.write_string(1, place, words[locale], heads)
        sheet.write_string(2, place, COLUMN_KINDS[RESULT_COLUMN][locale], heads)
        for number, student in enumerate(students, HEAD_ROWS):
            result = journal.results.get((module, student.id))
            if result is not None:
                sheet.write_number(number, place, float(result.total))
        place += 1


def _belonged_between(periods: Iterable[tuple[date, date | None]], first: date, last: date) -> bool:
    return any(start <= last and (end is None or first <= end) for start, end in periods)


def journals_of_choice(
    keys: Iterable[JournalKey], group: str | None, institutes: frozenset[UUID] | None
) -> list[JournalKey]:
    """Return the journals of one group, or of these institutes (None: of all)."""
    return [
        one
        for one in keys
        if (group is None or one.group == group) and (institutes is None or one.institute in institutes)
    ]
