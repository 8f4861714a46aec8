"""The words of a workbook of marks: attendance, results and headings in three languages. Pure.

One sheet is one journal. Row 1 names it: group and code of the discipline. Row 2 holds the lessons by day and time, row
3 what stands in their columns: attendance, or a grade; a module has a column of results. Rows from 4 on are students.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.journal.gradebook.cell_state import ABSENT, EXCUSED, MADE_UP, PRESENT, SICK
from app.kernel.workbook_reading import Words

GROUP_WORDS: Words = {"ky": "Тайпа", "ru": "Группа", "en": "Group"}
COURSE_WORDS: Words = {"ky": "Дисциплинанын коду", "ru": "Код дисциплины", "en": "Discipline code"}
NUMBER_WORDS: Words = {"ky": "Номери", "ru": "Номер", "en": "Number"}
STUDENT_WORDS: Words = {"ky": "Студент", "ru": "Студент", "en": "Student"}
ATTENDANCE_COLUMN, GRADE_COLUMN, RESULT_COLUMN = "ATTENDANCE", "GRADE", "RESULT"
COLUMN_KINDS: Mapping[str, Words] = {
    ATTENDANCE_COLUMN: {"ky": "катышуу", "ru": "посещаемость", "en": "attendance"},
    GRADE_COLUMN: {"ky": "балл", "ru": "баллы", "en": "points"},
    RESULT_COLUMN: {"ky": "жыйынтык", "ru": "итог", "en": "result"},
}
MODULE_COLUMNS: Mapping[str, Words] = {
    "MODULE1": {"ky": "1-модуль", "ru": "Модуль 1", "en": "Module 1"},
    "MODULE2": {"ky": "2-модуль", "ru": "Модуль 2", "en": "Module 2"},
}
STATUS_WORDS: Mapping[str, Words] = {
    PRESENT: {"ky": "+", "ru": "+", "en": "+"},
    ABSENT: {"ky": "нб", "ru": "нб", "en": "ab"},
    EXCUSED: {"ky": "себептүү", "ru": "уваж", "en": "excused"},
    SICK: {"ky": "оору", "ru": "болезнь", "en": "sick"},
    MADE_UP: {"ky": "отработка", "ru": "отр", "en": "made up"},
}
"""The statuses of annex 2 as the cells have them."""
HEAD_ROWS = 3
HEADING_ROW = 2
"""The row with the days of lessons and the modules."""
FIRST_MARK_COLUMN = 2
