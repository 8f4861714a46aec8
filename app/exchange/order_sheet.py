"""The workbook of an order about students: its template, and its rows read as lines of the order with findings by cell.

One sheet holds the students; which columns it has follows the kind of the order.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import xlsxwriter

from app.kernel.act import Act
from app.kernel.workbook_reading import (
    SheetForm,
    Workbook,
    WorkbookFinding,
    WorkbookRow,
    WorkbookSheet,
    read_day_cell,
    read_workbook,
    word_key,
)
from app.people.order_rules import (
    KINDS_OF_NEW_STUDENTS,
    KINDS_WITH_GROUP,
    KINDS_WITH_NAMES,
    LEAVE,
    MAX_ORDER_STUDENTS,
)
from app.people.queries.orders import FoundStudent, load_groups_by_name, load_students_by_group
from app.people.queries.structure import load_units_in_reach

Words = Mapping[str, str]
SHEET_NAMES: Words = {"ky": "Студенттер", "ru": "Студенты", "en": "Students"}
STUDENT_COLUMNS: Mapping[str, Words] = {
    "student": {"ky": "Студент", "ru": "Студент", "en": "Student"},
    "present_group": {"ky": "Азыркы тайпасы", "ru": "Нынешняя группа", "en": "Present group"},
}
NAME_COLUMNS: Mapping[str, Words] = {
    "family_name": {"ky": "Фамилиясы", "ru": "Фамилия", "en": "Family name"},
    "given_name": {"ky": "Аты", "ru": "Имя", "en": "Given name"},
    "patronymic": {"ky": "Атасынын аты", "ru": "Отчество", "en": "Patronymic"},
}
EMAIL_COLUMN: Mapping[str, Words] = {"email": {"ky": "E-mail", "ru": "Эл. почта", "en": "E-mail"}}
GROUP_COLUMN: Mapping[str, Words] = {"group": {"ky": "Тайпа", "ru": "Группа", "en": "Group"}}
NEW_GROUP_COLUMN: Mapping[str, Words] = {
    "group": {"ky": "Жаңы тайпасы", "ru": "Новая группа", "en": "New group"}
}
UNTIL_COLUMN: Mapping[str, Words] = {
    "until": {"ky": "Өргүүнүн акыркы күнү", "ru": "Последний день отпуска", "en": "Last day of the leave"}
}
DRAFT_ORDERS = "orders.draft"


@dataclass(frozen=True, slots=True)
class OrderSheet:
    """The lines that a workbook holds, as the form of an order answers them, and everything that is wrong."""

    lines: tuple[dict[str, str], ...]
    findings: tuple[WorkbookFinding, ...]


def columns_of_order_sheet(kind: str) -> dict[str, Words]:
    """Return the columns of the sheet of a kind of order."""
    is_new = kind in KINDS_OF_NEW_STUDENTS
    columns: dict[str, Words] = {} if is_new else dict(STUDENT_COLUMNS)
    if kind in KINDS_WITH_NAMES:
        columns |= NAME_COLUMNS
    if is_new:
        columns |= EMAIL_COLUMN
    if kind in KINDS_WITH_GROUP:
        columns |= GROUP_COLUMN if is_new else NEW_GROUP_COLUMN
    if kind == LEAVE:
        columns |= UNTIL_COLUMN
    return columns


def required_columns(kind: str) -> tuple[str, ...]:
    """Return the columns without which no line can be read; group and last day can be named on the page for all."""
    names = ("family_name", "given_name") if kind in KINDS_WITH_NAMES else ()
    return names if kind in KINDS_OF_NEW_STUDENTS else ("student", *names)


def write_order_template(kind: str, locale: str) -> bytes:
    """Return an empty workbook of a kind of order, in a language."""
    content, columns = io.BytesIO(), columns_of_order_sheet(kind)
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(SHEET_NAMES[locale])
        heads = book.add_format({"bold": True, "bottom": 1})
        text = book.add_format({"num_format": "@"})
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for place, (key, words) in enumerate(columns.items()):
            sheet.set_column(place, place, 26, day if key == "until" else text)
            sheet.write_string(0, place, words[locale], heads)
        sheet.freeze_panes(1, 0)
    return content.getvalue()


def read_order_sheet(act: Act, kind: str, content: bytes) -> OrderSheet:
    """Return the lines of a workbook, its students and groups found in the units of the act, and everything that is
    wrong with sheet and cell. Two statements."""
    columns = columns_of_order_sheet(kind)
    form = SheetForm(SHEET_NAMES, columns, required_columns(kind), {"until": read_day_cell})
    book = read_workbook(content, {"students": form}, MAX_ORDER_STUDENTS + 1)
    # A cell that cannot be read hides no unknown student in another one; without rows there is nothing more to say.
    if not book.sheets or (book.findings and not book.sheets[0].rows):
        return OrderSheet((), tuple(book.findings))
    sheet = book.sheets[0]
    units = load_units_in_reach(act.assignments, DRAFT_ORDERS)
    is_new = kind in KINDS_OF_NEW_STUDENTS
    students = {} if is_new else _students_by_name(load_students_by_group(units))
    groups = load_groups_by_name(None if kind == "TRANSFER_GROUP" else units)
    lines = tuple(_line_of_row(book, sheet, row, kind, students, groups) for row in sheet.rows)
    if not lines:
        book.findings.append(WorkbookFinding(sheet.name, "", "people.order.sheet.empty"))
    return OrderSheet(lines, tuple(book.findings))


def _students_by_name(by_group: Mapping[str, Collection[FoundStudent]]) -> dict[str, list[FoundStudent]]:
    """Return students by their full name as it is compared."""
    found: dict[str, list[FoundStudent]] = {}
    for one in (one for students in by_group.values() for one in students):
        found.setdefault(word_key(one.name.full), []).append(one)
    return found


def _line_of_row(
    book: Workbook,
    sheet: WorkbookSheet,
    row: WorkbookRow,
    kind: str,
    students: Mapping[str, list[FoundStudent]],
    groups: Mapping[str, list[UUID]],
) -> dict[str, str]:
    """Return the line of a row; note what is wrong in its cells."""
    values: dict[str, Any] = {key: value for key, value in row.values.items() if value is not None}
    line: dict[str, str] = {}
    if kind not in KINDS_OF_NEW_STUDENTS and values.get("student"):
        own = word_key(values.get("present_group", ""))
        named = [
            one
            for one in students.get(word_key(values["student"]), ())
            if not own or word_key(one.group_name) == own
        ]
        if len(named) == 1:
            line["student"] = str(named[0].id)
        else:
            code = "several_students" if named else "no_student"
            book.add(sheet, row.number, "student", f"people.order.sheet.{code}", text=values["student"][:60])
    if values.get("group"):
        found = groups.get(word_key(values["group"]), [])
        if len(found) == 1:
            line["group"] = str(found[0])
        else:
            code = "several_groups" if found else "no_group"
            book.add(sheet, row.number, "group", f"people.order.sheet.{code}", text=values["group"][:60])
    if values.get("until"):
        line["until"] = values["until"].isoformat()
    if kind in KINDS_WITH_NAMES:
        line |= {key: values.get(key, "") for key in NAME_COLUMNS}
    if kind in KINDS_OF_NEW_STUDENTS:
        line["email"] = values.get("email", "")
    return line
