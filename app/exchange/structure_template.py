"""Write the workbook of the structure: what there is, in the columns that an import reads."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from sqlalchemy import or_, select

from app.exchange.structure_reading import MAX_ROWS
from app.exchange.structure_words import CHOICES, COLUMNS, SHEETS
from app.journal.tables import Course, CurriculumLine, Offering, PlannedHours, Semester, Teaching
from app.kernel.db import db
from app.people import queries as people
from app.people.models import Programme, StudyGroup, Unit

Cells = Mapping[str, Any]


def write_structure_workbook(locale: str, today: date) -> bytes:
    """Return the workbook of the structure of today in a language: the template of an import."""
    content = io.BytesIO()
    rows = _load_rows(locale, today)
    # Texts that begin with "=" stay texts: nothing of the university becomes a formula.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        heads = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for kind, names in SHEETS.items():
            sheet = book.add_worksheet(names[locale])
            keys = list(COLUMNS[kind])
            for place, key in enumerate(keys):
                sheet.write_string(0, place, COLUMNS[kind][key][locale], heads)
                if key in CHOICES:
                    source = [words[locale] for words in CHOICES[key].values()]
                    sheet.data_validation(1, place, MAX_ROWS, place, {"validate": "list", "source": source})
            sheet.set_column(0, len(keys) - 1, 20)
            sheet.freeze_panes(1, 0)
            for number, cells in enumerate(rows[kind], 1):
                for key, value in cells.items():
                    _write_cell(sheet, number, keys.index(key), value, day)
    return content.getvalue()


def _write_cell(sheet: Any, number: int, place: int, value: Any, day: Any) -> None:
    """Write one value of its kind; nothing for None."""
    if isinstance(value, (int, Decimal)):
        sheet.write_number(number, place, value)
    elif isinstance(value, date):
        sheet.write_datetime(number, place, value, day)
    elif value:
        sheet.write_string(number, place, str(value))


def _load_rows(locale: str, today: date) -> dict[str, list[Cells]]:
    """Return the rows of each sheet; what ended is left out."""

    def going_on(model: Any, *order: Any) -> list[Any]:
        lives = or_(model.ends_on.is_(None), model.ends_on >= today)
        return list(db.session.scalars(select(model).where(lives).order_by(*order)))

    units = {one.id: one for one in going_on(Unit, Unit.code)}
    programmes = {one.id: one for one in going_on(Programme, Programme.code)}
    groups = {one.id: one for one in going_on(StudyGroup, StudyGroup.name)}
    courses = {one.id: one for one in going_on(Course, Course.code)}
    curators = people.load_names({one.curator_id for one in groups.values()})
    return {
        "units": [
            _code_and_names(one)
            | {"kind": CHOICES["kind"][one.kind][locale], "parent": _code(units, one.parent_id)}
            for one in units.values()
        ],
        "programmes": [
            _code_and_names(one) | {"unit": _code(units, one.unit_id)} for one in programmes.values()
        ],
        "groups": [
            {
                "name": one.name,
                "unit": _code(units, one.unit_id),
                "programme": _code(programmes, one.programme_id),
                "year": one.year_of_study,
                "curator": curators[one.curator_id].full if one.curator_id in curators else None,
            }
            for one in groups.values()
        ],
        "disciplines": [
            _code_and_names(one) | {"unit": _code(units, one.department_id)} for one in courses.values()
        ],
        "curriculum": [
            {
                "programme": _code(programmes, one.programme_id),
                "course": _code(courses, one.course_id),
                "semester": one.semester,
                "control": CHOICES["control"][one.control][locale],
                "credits": one.credits,
            }
            | {f"hours-{type}": count for type, count in one.hours.items()}
            for one in going_on(CurriculumLine, CurriculumLine.semester)
            if one.programme_id in programmes and one.course_id in courses
        ],
        "journals": list(_journal_rows(courses, groups, going_on(Offering, Offering.id), locale, today)),
    }


def _journal_rows(
    courses: Mapping[Any, Any], groups: Mapping[Any, Any], journals: list[Any], locale: str, today: date
) -> Iterable[Cells]:
    """Return a row for each teacher of each journal of a semester that is not over."""
    semesters = {one.id: one for one in db.session.scalars(select(Semester).where(Semester.ends_on >= today))}
    parts: dict[Any, list[Teaching]] = {}
    for part in db.session.scalars(select(Teaching).order_by(Teaching.starts_on)):
        if part.part in CHOICES["part"]:
            parts.setdefault(part.offering_id, []).append(part)
    hours: dict[Any, dict[str, int]] = {}
    for planned in db.session.scalars(select(PlannedHours)):
        hours.setdefault(planned.offering_id, {})[f"hours-{planned.type}"] = planned.hours
    names = people.load_names({part.person_id for found in parts.values() for part in found})
    for one in journals:
        if one.course_id not in courses or one.group_id not in groups or one.semester_id not in semesters:
            continue
        semester = semesters[one.semester_id]
        shown = semester.names.get(locale) or next(iter(semester.names.values()), "")
        cells = {
            "course": courses[one.course_id].code,
            "group": groups[one.group_id].name,
            "semester": f"{shown}, {semester.academic_year}",
            "credits": one.credits,
        } | hours.get(one.id, {})
        for part in parts.get(one.id, []):
            yield cells | {
                "teacher": names[part.person_id].full,
                "part": CHOICES["part"][part.part][locale],
                "from": part.starts_on,
                "until": part.ends_on,
            }
        if one.id not in parts:
            yield cells


def _code_and_names(one: Any) -> dict[str, Any]:
    return {"code": one.code} | {f"name_{key}": one.names.get(key) for key in ("ky", "ru", "en")}


def _code(table: Mapping[Any, Any], id: Any) -> str | None:
    return table[id].code if id in table else None
