"""Views of the pages of orders about students."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app.cases.access import load_visible_case_ids
from app.cases.queries.order_cases import load_cases_of_order
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Missing
from app.kernel.i18n import DATE_STYLE, day_text, pick_text
from app.people import queries as people
from app.people.order_rules import (
    APPLIED,
    ENDING_BY_KIND,
    KINDS_WITH_GROUP,
    RENAME,
    OrderEntry,
)
from app.people.queries.orders import (
    OrderFilter,
    OrderRow,
    load_order,
    load_ordered_groups,
    names_of_entries,
    order_entries,
)
from app.people.queries.structure import load_units_in_reach
from app.people.queries.units import UnitRow
from app.people.rules import PermissionScope, is_permitted
from app.people.structure_rules import INSTITUTE_KINDS
from app.texts.case_subjects import ORDER_SIGNING_LABELS
from app.texts.subject_line import ORDER_KIND_LABELS, case_subject_line
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.visitor import current_act, request_time
from app.web.labels.cases import case_state_label

ORDER_STATE_LABELS: Mapping[str, str] = {
    "OPEN": N_("being checked"),
    "COMING": N_("signed, takes effect later"),
    "DONE": N_("in force"),
    "REFUSED": N_("refused"),
    "WITHDRAWN": N_("withdrawn"),
    "REPLACED": N_("replaced by a corrected draft"),
    "STOPPED": N_("stopped"),
}
_STATE_STYLES = {"OPEN": "open", "COMING": "open", "DONE": "done"}


def today() -> date:
    """Return the day of the request at the university."""
    return local_day(request_time())


def may_draft(act: Act) -> bool:
    """Return whether the act may draft orders in some institute."""
    return any(assignment.role == "directorate" for assignment in act.assignments)


def order_state(row: OrderRow, day: date) -> str:
    """Return the state of an order on a day, a key of `ORDER_STATE_LABELS`."""
    if row.how is None:
        return "OPEN"
    if row.how == APPLIED:
        return "COMING" if row.head.effective_on > day else "DONE"
    return row.how


def order_row_view(row: OrderRow, units: Mapping[UUID, UnitRow]) -> SimpleNamespace:
    """Build the row of one order in a list."""
    state = order_state(row, today())
    return SimpleNamespace(
        url=url_for("orders.show_order", order_id=row.id),
        number=row.head.number,
        ordered_on=_full_day(row.head.ordered_on),
        kind=_(ORDER_KIND_LABELS[row.head.kind]),
        effective_on=_full_day(row.head.effective_on),
        unit=pick_text(units[row.unit].names, locale()) if row.unit in units else "",
        students=row.students,
        state=_(ORDER_STATE_LABELS[state]),
        style=_STATE_STYLES.get(state, "withdrawn"),
    )


def _full_day(day: date) -> str:
    return day_text(day, locale(), DATE_STYLE, with_year=True)


def order_filters(wanted: OrderFilter, units: Mapping[UUID, UnitRow], unit: str) -> list[SimpleNamespace]:
    """Build the filters of the list: kind, institute, state."""
    allowed = load_units_in_reach(current_act().assignments, "orders.read")
    institutes = sorted(
        (pick_text(one.names, locale()), str(one.id))
        for one in units.values()
        if one.kind in INSTITUTE_KINDS and (allowed is None or one.id in allowed)
    )

    def choices(name: str, label: str, value: str, options: Any, *, names_things: bool = False) -> Any:
        views = [SimpleNamespace(value=key, label=text) for key, text in options]
        return SimpleNamespace(name=name, label=label, value=value, options=views, names_things=names_things)

    return [
        choices("kind", _("Kind of order"), wanted.kind, [(k, _(v)) for k, v in ORDER_KIND_LABELS.items()]),
        choices(
            "unit",
            _("Institute or college"),
            unit,
            [(id, name) for name, id in institutes],
            names_things=True,
        ),
        choices("state", _("State"), wanted.state, [(k, _(v)) for k, v in ORDER_STATE_LABELS.items()]),
    ]


def order_view(row: OrderRow) -> SimpleNamespace:
    """Build the page of one order with the lines that the visitor may read. Raises Missing when there are none."""
    act, units = current_act(), people.load_unit_tree()
    stored = load_order(row.id)
    entries = order_entries(stored)
    scope = PermissionScope(
        units=frozenset(people.load_unit_and_ancestor_ids(row.unit)),
        days=(row.head.ordered_on, row.head.ordered_on),
    )
    reads_all = is_permitted(act.assignments, "orders.read", scope)
    shown = entries if reads_all else _own_entries(act, row, entries)
    if not shown:
        raise Missing
    names = names_of_entries(shown)
    groups = load_ordered_groups([one for entry in shown for one in (entry.group, entry.came_from)])
    state = order_state(row, today())
    case = row.case if row.case and load_visible_case_ids(act, [row.case]) else None
    drafted_by = people.load_names([row.drafted_by])
    cases = load_cases_of_order(act, [entry.student for entry in shown], row.head.number)
    facts = [
        (_("Kind of order"), _(ORDER_KIND_LABELS[row.head.kind])),
        (_("Date of the order"), _full_day(row.head.ordered_on)),
        (_("Effective date"), _full_day(row.head.effective_on)),
        (_("Institute or college"), pick_text(units[row.unit].names, locale()) if row.unit in units else ""),
        (_("Signature"), _(ORDER_SIGNING_LABELS[row.head.signing])),
        (_("Drafted by"), drafted_by[row.drafted_by].full if row.drafted_by in drafted_by else ""),
    ]
    return SimpleNamespace(
        number=row.head.number,
        state=_(ORDER_STATE_LABELS[state]),
        style=_STATE_STYLES.get(state, "withdrawn"),
        effect=_effect_text(row),
        facts=[(label, text) for label, text in facts if text],
        lines=[
            SimpleNamespace(
                name=names[entry.student].full,
                before=groups[entry.came_from].name if entry.came_from in groups else "",
                change=change_text(row, entry, groups),
            )
            for entry in shown
        ],
        reads_all=reads_all,
        case_url=url_for("cases.show_case", case_id=case) if case else None,
        files=[url_for("files.show_or_download_file", file_id=one) for one in (stored.files if case else ())],
        cases=[
            SimpleNamespace(
                url=url_for("cases.show_case", case_id=one.id),
                number=one.number,
                title=pick_text(one.published.model.titles, locale()) if one.published else "",
                about=case_subject_line(one.subject, locale()),
                style=one.status,
                state=case_state_label(one.status, one.outcome, one.published),
            )
            for one in cases
        ],
        list_url=url_for("orders.list_orders") if reads_all else None,
    )


def _own_entries(act: Act, row: OrderRow, entries: list[OrderEntry]) -> list[OrderEntry]:
    """Return the lines of an applied order about the act's person, or about groups that he curates."""
    if row.how != APPLIED or act.person is None:
        return []
    persons = {one for one in (act.person, act.on_behalf_of) if one}
    curated: set[UUID | None] = set()
    if any(assignment.role == "curator" for assignment in act.assignments):
        curated = {group.id for one in persons for group in people.load_curated_groups(one)}
    return [
        entry
        for entry in entries
        if entry.student in persons or (curated and {entry.group, entry.came_from} & curated)
    ]


def _effect_text(row: OrderRow) -> str:
    """Return what the order does in the journals, in a sentence."""
    day = _full_day(row.head.effective_on)
    if row.head.kind == RENAME:
        return _("From %(at)s on the new names stand everywhere.") % {"at": day}
    if row.head.kind in ENDING_BY_KIND:
        last = _full_day(row.head.effective_on - timedelta(days=1))
        return _(
            "The last day in the group is %(last)s. Later cells of the journals are not applicable; marks made before"
            " stay."
        ) % {"last": last}
    return _(
        "From %(at)s on the students are on the lists of their new group; earlier cells are not applicable."
    ) % {"at": day}


def change_text(row: OrderRow, entry: OrderEntry, groups: Mapping[UUID, Any]) -> str:
    """Return what the order changes for one student."""
    if row.head.kind == RENAME and entry.names is not None:
        return " ".join(
            part for part in (entry.names.family_name, entry.names.given_name, entry.names.patronymic) if part
        )
    if row.head.kind in KINDS_WITH_GROUP and entry.group is not None and entry.group in groups:
        return str(groups[entry.group].name)
    if entry.until is not None:
        return _("until %(at)s") % {"at": _full_day(entry.until)}
    return "–"
