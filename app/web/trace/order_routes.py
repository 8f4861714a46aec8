"""The trace of an order about students: its drafts, what it changed, its signed files and the cases it touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import url_for

from app.audit.reads import AUDIT
from app.cases.queries.order_cases import load_cases_of_order
from app.cases.trace.documents import load_case_number_or_none, load_drafts_of_order
from app.cases.trace.scope import require_object_in_reach
from app.kernel.act import Act
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.people.order_models import ContingentOrder
from app.people.queries.orders import (
    OrderRow,
    load_order,
    load_order_row,
    load_ordered_groups,
    names_of_entries,
    order_entries,
    recompute_order_fingerprint,
)
from app.texts.case_subjects import ORDER_SIGNING_LABELS
from app.texts.subject_line import ORDER_KIND_LABELS, case_subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels.cases import case_state_label
from app.web.orders.presenter import ORDER_STATE_LABELS, change_text, order_state, today
from app.web.trace.document_page import (
    Document,
    Shown,
    Table,
    case_shown,
    day_shown,
    moment_shown,
    person_shown,
    render_document,
    said,
)
from app.web.trace.routes import blueprint

_STATE_OF_END = {"APPLIED": "DONE"}
"""The state of a draft by the end of its way, where they differ."""


@blueprint.get("/audit/orders/<uuid:order_id>")
@allow_access("audit.read")
@writes_every_year
def show_order_trace(order_id: UUID) -> str:
    """Show an order with its drafts, lines, files, cases and records. Raises Missing. The statements do not grow."""
    act = current_act()
    row = load_order_row(order_id)
    require_object_in_reach(act, "orders.read", [row.unit], (row.head.ordered_on, row.head.ordered_on))
    stored = load_order(order_id)
    record_read(AUDIT, "audit.order", order_id)
    drafts = load_drafts_of_order(row.case, order_id)
    whole = recompute_order_fingerprint(order_id) == stored.sha256
    return render_document(
        Document(
            title=f"{_('Order')} № {row.head.number}",
            subtitle=_(ORDER_KIND_LABELS[row.head.kind]),
            here=url_for("trace.show_order_trace", order_id=order_id),
            objects=[one.id for one, _how, _at in drafts],
            own=(_("Order"), url_for("orders.show_order", order_id=order_id)),
            others=[(_("All orders"), url_for("orders.list_orders"))],
            facts=_facts(row, stored, whole=whole),
            tables=[_drafts_table(drafts, order_id), *_effect_tables(act, row, stored)],
            warnings=[]
            if whole
            else [_("The content of this order is not what was drafted: its SHA-256 does not match.")],
            kind="people.contingent_order",
        )
    )


def _facts(row: OrderRow, stored: ContingentOrder, *, whole: bool) -> list[tuple[str, Sequence[Shown]]]:
    units, names = people.load_unit_tree(), people.load_names([row.drafted_by])
    number = load_case_number_or_none(row.case)
    files = [
        Shown(f"{_('File')} {place}", url_for("trace.show_file_trace", file_id=one), is_data=False)
        for place, one in enumerate(stored.files, start=1)
    ]
    return [
        (_("State"), [said(_(ORDER_STATE_LABELS[order_state(row, today())])), moment_shown(row.ended_at)]),
        (_("Date of the order"), [day_shown(row.head.ordered_on)]),
        (_("Effective date"), [day_shown(row.head.effective_on)]),
        (_("Unit"), [Shown(pick_text(units[row.unit].names, locale()))] if row.unit in units else []),
        (_("Signature"), [said(_(ORDER_SIGNING_LABELS[row.head.signing]))]),
        (_("Drafted by"), [person_shown(row.drafted_by, names), moment_shown(row.made_at)]),
        (_("Case"), [case_shown(number)] if number else []),
        (_("Scan of the signed order"), files),
        (_("SHA-256"), [Shown(stored.sha256), said(_("matches") if whole else _("does not match"))]),
    ]


def _drafts_table(drafts: Sequence[tuple[ContingentOrder, str | None, object]], order_id: UUID) -> Table:
    """Return the drafts of the order, oldest first, each with what differs from the one before."""
    names = people.load_names(one.drafted_by for one, _how, _at in drafts)
    rows, before = [], None
    for one, how, _at in drafts:
        here = one.id == order_id
        url = None if here else url_for("trace.show_order_trace", order_id=one.id)
        rows.append(
            [
                Shown(f"№ {one.number}", url),
                moment_shown(one.made_at),
                person_shown(one.drafted_by, names),
                said(_(ORDER_STATE_LABELS[_STATE_OF_END.get(how or "", how or "OPEN")])),
                Shown("; ".join(_differences(before, one))),
            ]
        )
        before = one
    return Table(
        _("Drafts of this order"),
        [_("Number"), _("When"), _("Drafted by"), _("State"), _("What changed since the draft before")],
        rows,
        _("There is none."),
    )


def _differences(before: ContingentOrder | None, after: ContingentOrder) -> list[str]:
    """Return what a draft changes against the one before, in words."""
    if before is None:
        return []
    pairs: list[tuple[str, object, object]] = [
        (_("Number"), before.number, after.number),
        (_("Date of the order"), before.ordered_on, after.ordered_on),
        (_("Effective date"), before.effective_on, after.effective_on),
        (_("Signature"), before.signing, after.signing),
        (_("Number of files"), len(before.files), len(after.files)),
    ]
    found = [f"{label}: {old} → {new}" for label, old, new in pairs if old != new]
    lines = [{one["student"]: one for one in order.entries} for order in (before, after)]
    added, removed = lines[1].keys() - lines[0].keys(), lines[0].keys() - lines[1].keys()
    changed = [key for key in lines[0].keys() & lines[1].keys() if lines[0][key] != lines[1][key]]
    for label, number in (
        (_("lines added"), len(added)),
        (_("lines removed"), len(removed)),
        (_("lines changed"), len(changed)),
    ):
        if number:
            found.append(f"{label}: {number}")
    return found


def _effect_tables(act: Act, row: OrderRow, stored: ContingentOrder) -> list[Table]:
    """Return the lines of the order, and the cases that it opened or changed."""
    entries = order_entries(stored)
    names = names_of_entries(entries)
    known = people.load_names(entry.student for entry in entries)
    groups: Mapping[UUID, object] = load_ordered_groups(
        [one for entry in entries for one in (entry.group, entry.came_from)]
    )
    lines = [
        [
            person_shown(entry.student, known)
            if entry.student in known
            else Shown(names[entry.student].full),
            Shown(str(getattr(groups.get(entry.came_from), "name", ""))) if entry.came_from else Shown(""),
            Shown(change_text(row, entry, groups)),
        ]
        for entry in entries
    ]
    cases = load_cases_of_order(act, [entry.student for entry in entries], row.head.number)
    return [
        Table(
            _("Students"),
            [_("Name"), _("Group before"), _("What changes")],
            lines,
            _("There is none."),
        ),
        Table(
            _("Cases that this order opened or changed"),
            [_("Case"), _("Process"), _("Subject"), _("State")],
            [
                [
                    case_shown(one.number),
                    Shown(pick_text(one.published.model.titles, locale()) if one.published else ""),
                    Shown(case_subject_line(one.subject, locale())),
                    said(case_state_label(one.status, one.outcome, one.published)),
                ]
                for one in cases
            ],
            _("There is none."),
        ),
    ]
