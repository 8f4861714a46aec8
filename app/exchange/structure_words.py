"""The words of a workbook of the structure: its sheets, columns, kinds and parts in three languages.

A file in any of the languages is read, whoever reads it; a template is written in the language of its reader. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.kernel.workbook_reading import Words

SHEETS: Mapping[str, Words] = {
    "units": {"ky": "Түзүмдөр", "ru": "Подразделения", "en": "Units"},
    "programmes": {"ky": "Программалар", "ru": "Программы", "en": "Programmes"},
    "groups": {"ky": "Тайпалар", "ru": "Группы", "en": "Groups"},
    "disciplines": {"ky": "Дисциплиналар", "ru": "Дисциплины", "en": "Disciplines"},
    "curriculum": {"ky": "Окуу планы", "ru": "Учебный план", "en": "Curriculum"},
    "journals": {"ky": "Журналдар", "ru": "Журналы", "en": "Journals"},
}
"""Sheets in the order in which they are imported."""
_CODE_AND_NAMES: Mapping[str, Words] = {
    "code": {"ky": "Коду", "ru": "Код", "en": "Code"},
    "name_ky": {"ky": "Аталышы кыргызча", "ru": "Название на кыргызском", "en": "Name in Kyrgyz"},
    "name_ru": {"ky": "Аталышы орусча", "ru": "Название на русском", "en": "Name in Russian"},
    "name_en": {"ky": "Аталышы англисче", "ru": "Название на английском", "en": "Name in English"},
}
_HOURS: Mapping[str, Words] = {
    "credits": {"ky": "Кредиттер", "ru": "Кредиты", "en": "Credits"},
    "hours-LECTURE": {"ky": "Лекция, саат", "ru": "Лекции, часы", "en": "Lectures, hours"},
    "hours-PRACTICE": {"ky": "Практика, саат", "ru": "Практика, часы", "en": "Practice, hours"},
    "hours-LAB": {"ky": "Лаборатория, саат", "ru": "Лабораторные, часы", "en": "Laboratory, hours"},
    "hours-INDEPENDENT_WORK": {
        "ky": "Өз алдынча иш, саат",
        "ru": "СРС, часы",
        "en": "Independent work, hours",
    },
    "hours-CONSULTATION": {
        "ky": "Консультация, саат",
        "ru": "Консультации, часы",
        "en": "Consultations, hours",
    },
}
_UNIT: Words = {"ky": "Институттун коду", "ru": "Код института", "en": "Institute code"}
_COURSE: Words = {"ky": "Дисциплинанын коду", "ru": "Код дисциплины", "en": "Discipline code"}
_FROM: Words = {"ky": "Биринчи күнү", "ru": "Первый день", "en": "First day"}
COLUMNS: Mapping[str, Mapping[str, Words]] = {
    "units": {
        **_CODE_AND_NAMES,
        "kind": {"ky": "Түрү", "ru": "Вид", "en": "Kind"},
        "parent": {"ky": "Курамында (коду)", "ru": "В составе (код)", "en": "Part of (code)"},
    },
    "programmes": {**_CODE_AND_NAMES, "unit": _UNIT},
    "groups": {
        "name": {"ky": "Тайпа", "ru": "Группа", "en": "Group"},
        "unit": _UNIT,
        "programme": {"ky": "Программанын коду", "ru": "Код программы", "en": "Programme code"},
        "year": {"ky": "Курс", "ru": "Курс", "en": "Year of study"},
        "curator": {"ky": "Куратор", "ru": "Куратор", "en": "Curator"},
        "from": {"ky": "Куратор кайсы күндөн", "ru": "Куратор с", "en": "Curator from"},
    },
    "disciplines": {
        **_CODE_AND_NAMES,
        "unit": {"ky": "Кафедранын коду", "ru": "Код кафедры", "en": "Department code"},
    },
    "curriculum": {
        "programme": {"ky": "Программанын коду", "ru": "Код программы", "en": "Programme code"},
        "course": _COURSE,
        "semester": {"ky": "Окуу семестри", "ru": "Семестр обучения", "en": "Semester of study"},
        "control": {"ky": "Текшерүү түрү", "ru": "Форма контроля", "en": "Form of control"},
        **_HOURS,
    },
    "journals": {
        "course": _COURSE,
        "group": {"ky": "Тайпа", "ru": "Группа", "en": "Group"},
        "semester": {"ky": "Семестр", "ru": "Семестр", "en": "Semester"},
        **_HOURS,
        "teacher": {"ky": "Окутуучу", "ru": "Преподаватель", "en": "Teacher"},
        "part": {"ky": "Милдети", "ru": "Вид занятий", "en": "Part"},
        "from": _FROM,
        "until": {"ky": "Акыркы күнү", "ru": "Последний день", "en": "Last day"},
    },
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "units": ("code", "name_ky", "kind"),
    "programmes": ("code", "name_ky", "unit"),
    "groups": ("name", "unit"),
    "disciplines": ("code", "name_ky", "unit"),
    "curriculum": ("programme", "course", "semester", "control"),
    "journals": ("course", "group", "semester"),
}
KINDS: Mapping[str, Words] = {
    "university": {"ky": "университет", "ru": "университет", "en": "university"},
    "institute": {"ky": "институт", "ru": "институт", "en": "institute"},
    "college": {"ky": "колледж", "ru": "колледж", "en": "college"},
    "masters": {"ky": "магистратура", "ru": "магистратура", "en": "master's school"},
    "department": {"ky": "кафедра", "ru": "кафедра", "en": "department"},
}
CONTROLS: Mapping[str, Words] = {
    "EXAM": {"ky": "экзамен", "ru": "экзамен", "en": "exam"},
    "CREDIT": {"ky": "зачёт", "ru": "зачёт", "en": "credit test"},
}
PARTS: Mapping[str, Words] = {
    "LECTURER": {"ky": "лекция", "ru": "лекция", "en": "lecture"},
    "PRACTICE": {"ky": "практика", "ru": "практика", "en": "practice"},
    "LAB": {"ky": "лаборатория", "ru": "лабораторная", "en": "laboratory"},
}
CHOICES: Mapping[str, Mapping[str, Words]] = {"kind": KINDS, "control": CONTROLS, "part": PARTS}
