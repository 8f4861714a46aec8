"""The words of the timetable as a spreadsheet: its columns, weekdays, weeks and types of lessons in three languages.

A file in any of the languages is read, whoever reads it; a template is written in the language of its reader. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.journal.gradebook.cell_state import LESSON_TYPES
from app.journal.timetable.rules import WEEK_CHOICES
from app.kernel.workbook_reading import Words

SHEET_NAMES: Words = {"ky": "Жүгүртмө", "ru": "Расписание", "en": "Timetable"}
JOURNALS_SHEET_NAMES: Words = {"ky": "Журналдар", "ru": "Журналы", "en": "Journals"}
COLUMNS: Mapping[str, Words] = {
    "group": {"ky": "Тайпа", "ru": "Группа", "en": "Group"},
    "course": {"ky": "Дисциплинанын коду", "ru": "Код дисциплины", "en": "Discipline code"},
    "weekday": {"ky": "Жуманын күнү", "ru": "День недели", "en": "Weekday"},
    "weeks": {"ky": "Жумалар", "ru": "Недели", "en": "Weeks"},
    "period": {"ky": "Пара", "ru": "Пара", "en": "Period"},
    "starts_at": {"ky": "Башталышы", "ru": "Начало", "en": "Begins"},
    "ends_at": {"ky": "Аягы", "ru": "Конец", "en": "Ends"},
    "type": {"ky": "Сабактын түрү", "ru": "Вид занятия", "en": "Type of lesson"},
    "teacher": {"ky": "Окутуучу", "ru": "Преподаватель", "en": "Teacher"},
    "room": {"ky": "Аудитория", "ru": "Аудитория", "en": "Room"},
    "hours": {"ky": "Академиялык саат", "ru": "Академические часы", "en": "Academic hours"},
    "from": {"ky": "Биринчи күн", "ru": "Первый день", "en": "First day"},
    "until": {"ky": "Акыркы күн", "ru": "Последний день", "en": "Last day"},
    "stream": {"ky": "Агым", "ru": "Поток", "en": "Stream"},
}
REQUIRED_COLUMNS = ("group", "course", "weekday", "type")
WEEKDAYS: Mapping[int, Words] = {
    1: {"ky": "дүйшөмбү", "ru": "понедельник", "en": "Monday"},
    2: {"ky": "шейшемби", "ru": "вторник", "en": "Tuesday"},
    3: {"ky": "шаршемби", "ru": "среда", "en": "Wednesday"},
    4: {"ky": "бейшемби", "ru": "четверг", "en": "Thursday"},
    5: {"ky": "жума", "ru": "пятница", "en": "Friday"},
    6: {"ky": "ишемби", "ru": "суббота", "en": "Saturday"},
    7: {"ky": "жекшемби", "ru": "воскресенье", "en": "Sunday"},
}
WEEKS: Mapping[str, Words] = {
    "EVERY": {"ky": "ар бир", "ru": "каждая", "en": "every"},
    "ODD": {"ky": "так", "ru": "нечётная", "en": "odd"},
    "EVEN": {"ky": "жуп", "ru": "чётная", "en": "even"},
}
TYPES: Mapping[str, Words] = {
    "LECTURE": {"ky": "лекция", "ru": "лекция", "en": "lecture"},
    "PRACTICE": {"ky": "практика", "ru": "практика", "en": "practice"},
    "LAB": {"ky": "лаборатория", "ru": "лабораторная", "en": "laboratory"},
    "INDEPENDENT_WORK": {"ky": "өз алдынча иш", "ru": "СРС", "en": "independent work"},
    "CONSULTATION": {"ky": "консультация", "ru": "консультация", "en": "consultation"},
}
assert set(TYPES) == set(LESSON_TYPES) and set(WEEKS) == set(WEEK_CHOICES)
