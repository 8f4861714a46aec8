"""The form field of an order about students: its kind and its lines, typed, chosen from groups or read from a workbook.

The choice before the form is kept in the address: `kind`, `students` (ids), `group` (all of its students), and `go`
once the choice is made.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Invalid
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.kernel.typed_values import TypedValueError, read_typed_day
from app.people import queries as people
from app.people.commands.orders import DRAFT_ORDERS
from app.people.order_rules import (
    KINDS_OF_NEW_STUDENTS,
    KINDS_WITH_GROUP,
    KINDS_WITH_NAMES,
    LEAVE,
    ORDER_KINDS,
    RENAME,
    RESTORE,
    RETURN,
    TRANSFER_GROUP,
)
from app.people.queries.orders import (
    find_same_order,
    find_students_of_units,
    load_order,
    load_order_names,
    load_ordered_groups,
    order_entries,
)
from app.people.queries.structure import load_groups_going_on, load_units_in_reach
from app.texts.subject_line import ORDER_KIND_LABELS
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.subject_fields import SubjectField
from app.web.core.visitor import current_act
from app.web.orders.students_choice import (
    FIELD,
    ORDER_KIND_HINTS,
    choose_url,
    chosen_students,
    order_choices,
    students_who_fit,
)

NEW_STUDENT_LINES = 6
"""Empty lines for new students on the form; for more there is the workbook."""
MAX_NAME_ROWS = 150
"""Lines whose names can be corrected on the form; the browser sends at most 5000 fields."""
NAME_PARTS = ("family_name", "given_name", "patronymic", "email")
Row = dict[str, str]
"""A line of the form: ids of student and group, names, last day of the leave."""


def read_posted_order(posted: MultiDict[str, str]) -> dict[str, Any] | None:
    """Read the posted kind and lines; None when the form was not on the page.

    `order_rows` are the lines that the page offered (JSON), `order_row` the places of those that are kept; the names
    typed for a line, and the group and the last day chosen for all, come in place of its own. Raises Invalid.
    """
    kind = posted.get("order_kind", "")
    if not kind:
        return None
    rows = _read_rows(posted.get("order_rows", "[]"))
    kept, group = set(posted.getlist("order_row")), posted.get("order_group", "")
    until = posted.get("order_until", "").strip()
    entries = []
    for place, row in enumerate(rows):
        typed = {
            part: posted[f"order_{part}:{place}"] for part in NAME_PARTS if f"order_{part}:{place}" in posted
        }
        line = row | typed
        is_blank = not row.get("student") and not any(line.get(part, "").strip() for part in NAME_PARTS)
        if is_blank or str(place) not in kept:
            continue
        line |= {"group": group} if group and kind in KINDS_WITH_GROUP else {}
        line |= {"until": until} if until and kind == LEAVE else {}
        entries.append(line)
    return {"kind": kind, "entries": entries}


def _read_rows(text: str) -> list[Row]:
    """Return the lines that the page offered. Raises Invalid (`contingent_order`) for anything else."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        rows = None
    is_known = isinstance(rows, list) and all(
        isinstance(row, dict) and all(isinstance(value, str) for value in row.values()) for row in rows
    )
    if not is_known:
        raise Invalid.field(FIELD, "journal.entry.unreadable")
    return list(rows)


def order_start_view(address: Mapping[str, str], typed: Any) -> SimpleNamespace:
    """Build the lines of a new order from the choice in the address, or those typed before.

    Raises Invalid (`contingent_order`) for an unknown kind.
    """
    kind = address.get("kind") or (typed.get("order_kind") if typed else "")
    if kind not in ORDER_KINDS:
        raise Invalid.field(FIELD, "forms.field.not_offered")
    if typed and typed.get("order_rows"):
        rows, kept = _read_rows(typed.get("order_rows")), _kept_places(typed)
    else:
        rows, kept = _rows_of_address(current_act(), kind, address)
    view = order_form_view(kind, rows, kept, typed)
    view.choose_url = choose_url({**address, "go": ""}) if kind not in KINDS_OF_NEW_STUDENTS else None
    view.sheet_url = url_for("orders.show_order_sheet_upload", kind=kind)
    return view


def sheet_rows_as_typed(kind: str, lines: Sequence[Mapping[str, str]]) -> MultiDict[str, str]:
    """Return the lines of a workbook as if they were typed in the form, all of them ticked."""
    typed: MultiDict[str, str] = MultiDict()
    typed["order_kind"] = kind
    typed["order_rows"] = json.dumps([dict(line) for line in lines], ensure_ascii=False)
    typed.setlist("order_row", [str(place) for place in range(len(lines))])
    return typed


def _kept_places(typed: Any) -> set[str]:
    """Return the places of the lines that were ticked."""
    if isinstance(typed, MultiDict):
        return set(typed.getlist("order_row"))
    value = typed.get("order_row") or []
    return set(value if isinstance(value, list) else [value])


def _rows_of_address(act: Act, kind: str, address: Mapping[str, str]) -> tuple[list[Row], set[str]]:
    """Return the lines for the choice in the address, and which of them are ticked: those chosen one by one."""
    if kind in KINDS_OF_NEW_STUDENTS:
        return [{} for _line in range(NEW_STUDENT_LINES)], set()
    chosen = chosen_students(address)
    group = parse_id(address["group"], FIELD) if address.get("group") else None
    if not chosen and group is None:
        return [], set()
    found = find_students_of_units(
        load_units_in_reach(act.assignments, DRAFT_ORDERS), most=500, students=chosen, group=group
    )
    fitting = students_who_fit(kind, found, act)
    names = load_order_names([one.id for one in fitting]) if kind == RENAME else {}
    rows = []
    for one in fitting:
        row: Row = {"student": str(one.id)}
        if kind in (RETURN, RESTORE):
            row["group"] = str(one.group)
        if one.id in names:
            own = names[one.id]
            row |= {
                "family_name": own.family_name,
                "given_name": own.given_name,
                "patronymic": own.patronymic,
            }
        rows.append(row)
    kept = {str(place) for place, one in enumerate(fitting) if one.id in chosen}
    return rows, kept


def order_form_view(
    kind: str, rows: Sequence[Row], kept: Collection[str], typed: Any = None
) -> SimpleNamespace:
    """Build the view of `orders/_order.html`."""
    act = current_act()
    shown = _typed_rows(rows, typed)
    students = [UUID(row["student"]) for row in shown if row.get("student")]
    names = people.load_names(students)
    last = {
        one.id: one.group_name
        for one in (find_students_of_units(None, most=500, students=students) if students else [])
    }
    groups = load_ordered_groups(UUID(row["group"]) for row in shown if row.get("group"))
    is_new = kind in KINDS_OF_NEW_STUDENTS
    return SimpleNamespace(
        kind=kind,
        label=_(ORDER_KIND_LABELS[kind]),
        hint=_(ORDER_KIND_HINTS[kind]),
        is_new=is_new,
        has_names=kind in KINDS_WITH_NAMES,
        can_type_names=kind in KINDS_WITH_NAMES and len(shown) <= MAX_NAME_ROWS,
        has_group=kind in KINDS_WITH_GROUP,
        has_until=kind == LEAVE,
        rows=[
            SimpleNamespace(
                place=str(place),
                name=names[UUID(row["student"])].full
                if row.get("student") and UUID(row["student"]) in names
                else "",
                group_now=last.get(UUID(row["student"]), "") if row.get("student") else "",
                ticked=str(place) in kept or is_new,
                family_name=row.get("family_name", ""),
                given_name=row.get("given_name", ""),
                patronymic=row.get("patronymic", ""),
                email=row.get("email", ""),
                group=groups[UUID(row["group"])].name
                if row.get("group") and UUID(row["group"]) in groups
                else "",
                until=row.get("until", ""),
            )
            for place, row in enumerate(shown)
        ],
        rows_have_group=bool(groups),
        rows_json=json.dumps(list(rows), ensure_ascii=False),
        groups=_group_options(act, kind),
        group=(typed.get("order_group") or "") if typed else "",
        until=(typed.get("order_until") or "") if typed else "",
        same_url=_same_order_url(typed),
        choose_url=None,
        sheet_url=None,
    )


def _typed_rows(rows: Sequence[Row], typed: Any) -> list[Row]:
    """Return the lines with the names typed for them."""
    if not typed:
        return list(rows)
    return [
        row
        | {
            part: typed.get(f"order_{part}:{place}")
            for part in NAME_PARTS
            if typed.get(f"order_{part}:{place}") is not None
        }
        for place, row in enumerate(rows)
    ]


def _same_order_url(typed: Any) -> str | None:
    """Return the page of the order that has the typed number and date already; None when there is none."""
    if not typed or not typed.get("order_no"):
        return None
    try:
        same = find_same_order(
            " ".join(typed.get("order_no").split()), read_typed_day(typed.get("order_date") or "")
        )
    except TypedValueError:
        return None
    return url_for("orders.show_order", order_id=same.id) if same is not None else None


def _group_options(act: Act, kind: str) -> list[SimpleNamespace]:
    """Return the groups that students can come to: of every institute for a transfer, else of those of the act."""
    if kind not in KINDS_WITH_GROUP:
        return []
    units = people.load_unit_tree()
    own = load_units_in_reach(act.assignments, DRAFT_ORDERS)
    found = load_groups_going_on(None if kind == TRANSFER_GROUP else own, local_day(act.at))
    return [
        SimpleNamespace(
            id=str(one.id),
            name=one.name
            if own is None or one.unit_id in own
            else f"{one.name}, {pick_text(units[one.unit_id].names, locale())}",
        )
        for one in sorted(found, key=lambda one: (own is not None and one.unit_id not in own, one.name))
    ]


def order_task_view(view: TaskView, typed: Any) -> SimpleNamespace:
    """Build the lines inside a task, from the draft of the case or from what was typed."""
    row = load_order(UUID(view.case.subject["order"]))
    if typed and typed.get("order_rows"):
        return order_form_view(row.kind, _read_rows(typed.get("order_rows")), _kept_places(typed), typed)
    entries = order_entries(row)
    rows: list[Row] = []
    for entry in entries:
        line: Row = {} if row.kind in KINDS_OF_NEW_STUDENTS else {"student": str(entry.student)}
        line |= {"group": str(entry.group)} if entry.group else {}
        line |= {"until": entry.until.isoformat()} if entry.until else {}
        if entry.names is not None:
            line |= {part: getattr(entry.names, part) for part in NAME_PARTS}
        rows.append(line)
    return order_form_view(row.kind, rows, {str(place) for place in range(len(rows))}, typed)


def order_values_for_rework(subject: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of the form's other fields from the draft of the case."""
    if subject.get("kind") != FIELD:
        return {}
    return {
        "order_no": subject["order_no"],
        "order_date": subject["order_date"],
        "effective_on": subject["effective_on"],
        "signature": subject["signing"],
    }


ORDER_FIELD = SubjectField(
    FIELD,
    "orders/_order.html",
    order_start_view,
    order_task_view,
    read_posted_order,
    form_values_for_rework=order_values_for_rework,
    build_choices=order_choices,
)
