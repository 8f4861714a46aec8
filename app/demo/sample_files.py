"""Write the files by which an invented university moves in; the same seed and size give the same bytes.

They are imported in the order of their numbers: people and units, structure, timetable, topics, user names, marks.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter

from app.demo.sample_university import (
    BELLS,
    GROUP_HOUR_CODE,
    SampleJournal,
    SamplePerson,
    SampleSize,
    SampleUniversity,
    invent_university,
)
from app.exchange import account_words, structure_words
from app.exchange.export import ONEROSTER_ROLE_BY_ROLE, CsvRow, pack_roster_tables
from app.exchange.row_days import end_date_for_export
from app.journal.takeover import words as takeover_words
from app.journal.takeover.sheet_template import MAX_SHEETS
from app.journal.timetable import sheet_words
from app.kernel.atomic_files import write_file_atomically

WORKBOOK_TIME = datetime(2026, 1, 1)  # noqa: DTZ001
HOURS_OF_TYPE, CREDITS = 30, 4
TOPICS = 15
DAYS_OF_MARKS, SHARE_OF_ABSENCES = 14, 0.1
LOCALE = "ky"


def write_sample_files(folder: Path, seed: int, size: SampleSize, starts_on: date) -> list[Path]:
    """Write all files into a folder, which is made; return their paths. Raises OSError."""
    university = invent_university(seed, size, starts_on)
    contents = {
        "1-people-oneroster.zip": _write_roster(university),
        "2-structure.xlsx": _write_structure(university),
        "3-timetable.xlsx": _write_timetable(university),
        "5-accounts.xlsx": _write_accounts(university),
        **_write_marks(university, seed),
    }
    for discipline in university.disciplines:
        lines = "".join(
            f"{number}. {discipline.name_ky}: {number}-тема; {type}; 2\n"
            for type in ("лекция", "практика")
            for number in range(1, TOPICS + 1)
        )
        contents[f"4-topics/{discipline.code}.txt"] = lines.encode()
    made = []
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file_atomically(path, content)
        made.append(path)
    return made


def write_sample_workbook(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """Return a workbook of these rows by sheet; equal rows give equal bytes."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": WORKBOOK_TIME})
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(number, place, value, day)
                    elif isinstance(value, str):
                        sheet.write_string(number, place, value)
                    elif value is not None:
                        sheet.write_number(number, place, value)
    return content.getvalue()


def _write_roster(university: SampleUniversity) -> bytes:
    """Return the OneRoster ZIP: units, semester, people with roles, and a class of each group."""
    org_types = {"university": "district", "institute": "school", "department": "department"}
    classes = [one for one in university.journals if one.discipline.code == GROUP_HOUR_CODE]
    groups = {one.name: one for one in university.groups}
    period = {"beginDate": university.starts_on, "endDate": end_date_for_export(university.ends_on)}
    tables: dict[str, list[Any]] = {
        "orgs": [
            {
                "sourcedId": one.code,
                "name": one.name_ky,
                "type": org_types[one.kind],
                "identifier": one.code,
                "parentSourcedId": one.parent,
            }
            for one in university.units
        ],
        "academicSessions": [
            {
                "sourcedId": "AUTUMN",
                "title": "Күзгү семестр",
                "type": "semester",
                "startDate": university.starts_on,
                "endDate": end_date_for_export(university.ends_on),
                "schoolYear": university.starts_on.year + 1,
            }
        ],
        "courses": [
            {
                "sourcedId": one.code,
                "title": one.name_ky,
                "courseCode": one.code,
                "orgSourcedId": one.department,
            }
            for one in university.disciplines
            if one.code == GROUP_HOUR_CODE
        ],
        "classes": [
            {
                "sourcedId": f"C-{one.group.name}",
                "title": one.group.name,
                "classCode": one.group.name,
                "classType": "scheduled",
                "courseSourcedId": GROUP_HOUR_CODE,
                "schoolSourcedId": one.group.institute,
                "termSourcedIds": "AUTUMN",
            }
            for one in classes
        ],
        "users": [
            {
                "sourcedId": one.id,
                "enabledUser": "true",
                "username": one.id,
                "givenName": one.given,
                "familyName": one.family,
                "middleName": one.patronymic,
                "identifier": one.id,
                "email": f"{one.id.lower()}@example.org",
            }
            for one in university.people
        ],
        "roles": list(_role_rows(university)),
        "enrollments": [
            {
                "sourcedId": f"E-{one.id}",
                "classSourcedId": f"C-{one.group}",
                "schoolSourcedId": one.unit,
                "userSourcedId": one.id,
                "role": "student",
                # No last day: only an order ends the stay of a student, and one that ends by itself refuses orders.
                "beginDate": university.starts_on,
            }
            for one in university.students
        ]
        + [
            {
                "sourcedId": f"E-{name}",
                "classSourcedId": f"C-{name}",
                "schoolSourcedId": group.institute,
                "userSourcedId": group.curator.id,
                "role": "teacher",
                **period,
            }
            for name, group in groups.items()
        ],
    }
    return pack_roster_tables(tables)


def _role_rows(university: SampleUniversity) -> Iterable[CsvRow]:
    """Yield the roles: students, teachers, the curators of groups, and officials."""
    held = [(one, "student", one.unit) for one in university.students]
    held += [(one, "teacher", one.unit) for one in university.teachers]
    curators = {(one.curator.id, one.institute): one.curator for one in university.groups}
    held += [(person, "counselor", institute) for (_id, institute), person in curators.items()]
    held += [(one.person, ONEROSTER_ROLE_BY_ROLE[one.role], one.person.unit) for one in university.officials]
    for person, role, unit in held:
        yield {
            "sourcedId": f"R-{role}-{person.id}-{unit}",
            "userSourcedId": person.id,
            "roleType": "primary",
            "role": role,
            "beginDate": university.starts_on,
            "orgSourcedId": unit,
        }


def _write_structure(university: SampleUniversity) -> bytes:
    """Return the workbook of the structure."""
    rows: dict[str, list[Mapping[str, Any]]] = {
        "units": [
            _code_and_names(one) | {"kind": structure_words.KINDS[one.kind][LOCALE], "parent": one.parent}
            for one in university.units
        ],
        "programmes": [_code_and_names(one) | {"unit": one.parent} for one in university.programmes],
        "groups": [
            {
                "name": one.name,
                "unit": one.institute,
                "programme": one.programme,
                "year": one.year,
                "curator": one.curator.full_name,
                "from": university.starts_on,
            }
            for one in university.groups
        ],
        "disciplines": [_code_and_names(one) | {"unit": one.department} for one in university.disciplines],
        "curriculum": [
            {
                "programme": one.programme,
                "course": one.code,
                "semester": 2 * one.year - 1,
                "control": structure_words.CONTROLS[one.control][LOCALE],
                **_hours_and_credits(),
            }
            for one in university.disciplines
            if one.programme
        ],
        "journals": [
            {
                "course": one.discipline.code,
                "group": one.group.name,
                "semester": university.semester_title,
                **_hours_and_credits(),
                "teacher": person.full_name,
                "part": structure_words.PARTS[part][LOCALE],
                "from": university.starts_on,
            }
            for one in university.journals
            if one.discipline.programme
            for part, person in (("LECTURER", one.lecturer), ("PRACTICE", one.practice))
        ],
    }
    sheets = {
        structure_words.SHEETS[kind][LOCALE]: _table(structure_words.COLUMNS[kind], found)
        for kind, found in rows.items()
    }
    return write_sample_workbook(sheets)


def _code_and_names(one: Any) -> dict[str, Any]:
    return {"code": one.code, "name_ky": one.name_ky, "name_ru": one.name_ru}


def _hours_and_credits() -> dict[str, Any]:
    return {"credits": CREDITS, "hours-LECTURE": HOURS_OF_TYPE, "hours-PRACTICE": HOURS_OF_TYPE}


def _table(columns: Mapping[str, Mapping[str, str]], rows: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """Return header and rows of a sheet in the order of its columns."""
    return [
        [words[LOCALE] for words in columns.values()],
        *([row.get(key) or None for key in columns] for row in rows),
    ]


def _write_timetable(university: SampleUniversity) -> bytes:
    """Return the workbook of the timetable, with the bells on a sheet to read."""
    rows = [
        {
            "group": journal.group.name,
            "course": journal.discipline.code,
            "weekday": sheet_words.WEEKDAYS[one.weekday][LOCALE],
            "weeks": sheet_words.WEEKS["EVERY"][LOCALE],
            "period": one.period,
            "type": sheet_words.TYPES[one.type][LOCALE],
            "teacher": one.teacher.full_name,
            "room": one.room,
            "hours": 2,
        }
        for journal in university.journals
        for one in journal.patterns
    ]
    bells: list[list[Any]] = [
        ["Пара", "Башталышы", "Аягы"],
        *([n, *times] for n, times in enumerate(BELLS, 1)),
    ]
    return write_sample_workbook(
        {sheet_words.SHEET_NAMES[LOCALE]: _table(sheet_words.COLUMNS, rows), "Коңгуроолор": bells}
    )


def _write_marks(university: SampleUniversity, seed: int) -> dict[str, bytes]:
    """Return the workbooks of marks of the first two weeks by file name: what a takeover brings."""
    random = Random(seed)
    journals = [one for one in university.journals if one.discipline.programme]
    students: dict[str, list[SamplePerson]] = {}
    for one in university.students:
        students.setdefault(one.group, []).append(one)
    files = {}
    for number, start in enumerate(range(0, len(journals), MAX_SHEETS), 1):
        sheets = {
            f"{one.group.name} {one.discipline.code}": _marks_of_journal(
                university.starts_on, one, students[one.group.name], random
            )
            for one in journals[start : start + MAX_SHEETS]
        }
        files[f"6-takeover-{number:02}.xlsx"] = write_sample_workbook(sheets)
    return files


def _marks_of_journal(
    starts_on: date, journal: SampleJournal, students: Sequence[SamplePerson], random: Random
) -> list[list[Any]]:
    """Return the rows of the sheet of a journal: attendance and points of its lessons of two weeks."""
    days = [starts_on + timedelta(days=number) for number in range(DAYS_OF_MARKS)]
    lessons = [
        f"{day:%d.%m.%Y} {BELLS[one.period - 1][0]}"
        for day in days
        for one in journal.patterns
        if day.isoweekday() == one.weekday
    ]
    words = {key: table[LOCALE] for key, table in takeover_words.STATUS_WORDS.items()}
    kinds = [takeover_words.COLUMN_KINDS[kind][LOCALE] for kind in ("ATTENDANCE", "GRADE")]
    rows: list[list[Any]] = [
        [
            takeover_words.GROUP_WORDS[LOCALE],
            journal.group.name,
            takeover_words.COURSE_WORDS[LOCALE],
            journal.discipline.code,
        ],
        [None, None, *(at for at in lessons for _kind in kinds)],
        [
            takeover_words.NUMBER_WORDS[LOCALE],
            takeover_words.STUDENT_WORDS[LOCALE],
            *(kind for _at in lessons for kind in kinds),
        ],
    ]
    for one in students:
        marks: list[Any] = []
        for _at in lessons:
            absent = random.random() < SHARE_OF_ABSENCES
            marks += [words["ABSENT" if absent else "PRESENT"], None if absent else random.randint(50, 100)]
        rows.append([one.id, one.full_name, *marks])
    return rows


def _write_accounts(university: SampleUniversity) -> bytes:
    """Return the file of user names and addresses."""
    rows = [[one.id, one.id.lower(), f"{one.id.lower()}@example.org"] for one in university.people]
    headings = [account_words.COLUMNS[key][LOCALE] for key in ("number", "login", "email")]
    return write_sample_workbook({account_words.SHEET_NAMES[LOCALE]: [headings, *rows]})
