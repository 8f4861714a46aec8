"""The words of a workbook of results of earlier semesters: one sheet, one row a result, in three languages. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from app.journal.takeover.words import COURSE_WORDS, NUMBER_WORDS, STUDENT_WORDS
from app.kernel.workbook_reading import Words

SHEET_NAMES: Words = {
    "ky": "Мурунку жыйынтыктар",
    "ru": "Прежние результаты",
    "en": "Earlier results",
}
COLUMNS: Mapping[str, Words] = {
    "number": NUMBER_WORDS,
    "student": STUDENT_WORDS,
    "year": {"ky": "Окуу жылы", "ru": "Учебный год", "en": "Academic year"},
    "semester": {"ky": "Семестр", "ru": "Семестр", "en": "Semester"},
    "code": COURSE_WORDS,
    "course": {"ky": "Дисциплина", "ru": "Дисциплина", "en": "Discipline"},
    "credits": {"ky": "Кредит", "ru": "Кредиты", "en": "Credits"},
    "points": {"ky": "Балл", "ru": "Баллы", "en": "Points"},
    "grade": {"ky": "Баа", "ru": "Оценка", "en": "Grade"},
}
REQUIRED_COLUMNS = ("year", "semester", "course")
"""What a row needs that is not empty. It also has a number or a name of its student, and points or a grade."""
