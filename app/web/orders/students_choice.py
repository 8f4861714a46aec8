"""The choice before the form of an order about students: its kind, then students one by one or a whole group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.ids import parse_id
from app.people import queries as people
from app.people.commands.orders import DRAFT_ORDERS
from app.people.order_rules import (
    KINDS_OF_NEW_STUDENTS,
    ORDER_KINDS,
    SIGNED_HERE,
    OrderEntry,
    OrderHead,
    first_day_of_next_order,
    problem_of_stays,
)
from app.people.queries.orders import (
    MAX_FOUND_STUDENTS,
    FoundStudent,
    find_students_of_units,
)
from app.people.queries.structure import load_groups_going_on, load_units_in_reach
from app.texts.subject_line import ORDER_KIND_LABELS
from app.texts.translate import N_
from app.texts.translate import gettext as _

FIELD = "contingent_order"
MAX_CHOSEN_STUDENTS, MAX_FOUND_GROUPS = 60, 12
ORDER_KIND_HINTS: Mapping[str, str] = {
    "ENROL": N_("New students of the first year."),
    "TRANSFER_IN": N_("New students who come from another university."),
    "TRANSFER_GROUP": N_("From one group to another, also of another institute."),
    "LEAVE": N_("Out of the group until the last day of the leave."),
    "RETURN": N_("Back from academic leave into a group."),
    "EXPEL": N_("Out of the university, also from academic leave."),
    "RESTORE": N_("Back into a group after an expulsion."),
    "RENAME": N_("New family name or given name by a document."),
    "GRADUATE": N_("End of study."),
}


def chosen_students(address: Mapping[str, str]) -> list[UUID]:
    """Return the students that the address names. Raises Invalid (`contingent_order`)."""
    parts = [part for part in address.get("students", "").split(",") if part][:MAX_CHOSEN_STUDENTS]
    return [parse_id(part, FIELD) for part in parts]


def students_who_fit(kind: str, found: Sequence[FoundStudent], act: Act) -> list[FoundStudent]:
    """Return the students about whom an order of this kind could be made today, also one that is in force later:
    about a student whose first day is today, the day after is the first one."""
    today = local_day(act.at)
    stays = people.load_enrolment_periods([one.id for one in found])

    def fits(student: UUID) -> bool:
        own = stays[student]
        head = OrderHead(kind, "", today, first_day_of_next_order(own, today), SIGNED_HERE)
        return problem_of_stays(head, OrderEntry(student), own, None, "") is None

    return [one for one in found if fits(one.id)]


def order_choices(act: Act, address: Mapping[str, str]) -> SimpleNamespace | None:
    """Return what has to be chosen before the form: the kind, then the students; None once the address names them."""
    kind = address.get("kind", "")
    if kind not in ORDER_KINDS:
        return SimpleNamespace(
            template="orders/choose.html",
            question=_("What does the order do?"),
            kinds=[
                SimpleNamespace(
                    label=_(ORDER_KIND_LABELS[one]),
                    hint=_(ORDER_KIND_HINTS[one]),
                    url=choose_url({"kind": one}),
                )
                for one in ORDER_KINDS
            ],
        )
    if kind in KINDS_OF_NEW_STUDENTS or address.get("go"):
        return None
    return _student_choices(act, kind, address)


def _student_choices(act: Act, kind: str, address: Mapping[str, str]) -> SimpleNamespace:
    """Return the page on which students are found and chosen one by one, or as a group."""
    units, text = load_units_in_reach(act.assignments, DRAFT_ORDERS), address.get("q", "")[:80].strip()
    chosen = chosen_students(address)
    picked = find_students_of_units(units, students=chosen) if chosen else []
    found = find_students_of_units(units, text, MAX_FOUND_STUDENTS * 3) if text else []
    fitting = [one for one in students_who_fit(kind, found, act) if one.id not in chosen]
    groups = [
        one
        for one in load_groups_going_on(units, local_day(act.at))
        if not text or text.casefold() in one.name.casefold()
    ]

    def with_students(ids: Sequence[UUID], **more: str) -> str:
        return choose_url({"kind": kind, "students": ",".join(map(str, ids)), **more})

    return SimpleNamespace(
        template="orders/choose.html",
        question=_(ORDER_KIND_LABELS[kind]),
        kinds=[],
        kind=kind,
        students=address.get("students", ""),
        q=text,
        chosen=[
            SimpleNamespace(
                name=one.name.full,
                group=one.group_name,
                url=with_students([id for id in chosen if id != one.id], q=text),
            )
            for one in picked
        ],
        found=[
            SimpleNamespace(
                name=one.name.full, group=one.group_name, url=with_students([*chosen, one.id], q=text)
            )
            for one in fitting[:MAX_FOUND_STUDENTS]
        ],
        more=len(fitting) > MAX_FOUND_STUDENTS,
        is_full=len(chosen) >= MAX_CHOSEN_STUDENTS,
        groups=[
            SimpleNamespace(name=one.name, url=with_students(chosen, group=str(one.id), go="1"))
            for one in groups[:MAX_FOUND_GROUPS]
        ],
        go_url=with_students(chosen, go="1") if chosen else None,
        sheet_url=url_for("orders.show_order_sheet_upload", kind=kind),
        kinds_url=choose_url({}),
    )


def choose_url(address: Mapping[str, str]) -> str:
    """Return the address of the start form with this choice."""
    kept: dict[str, Any] = {name: value for name, value in address.items() if value}
    return url_for("start.show_start_form", name=FIELD, **kept)
