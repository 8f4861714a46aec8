"""Pages of orders about students: the list, one order, and the workbook that fills in the form of a new one."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from app.exchange.order_sheet import read_order_sheet, write_order_template
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import language_of_files
from app.kernel.ids import parse_id
from app.kernel.typed_values import TypedValueError, read_typed_day
from app.kernel.workbook_reading import MAX_FILE_BYTES
from app.people import queries as people
from app.people.order_rules import MAX_ORDER_STUDENTS, ORDER_KINDS
from app.people.queries.orders import OrderFilter, OrderPageKey, load_order_row, load_orders_page
from app.people.queries.structure import load_units_in_reach
from app.texts.subject_line import ORDER_KIND_LABELS
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.start_routes import render_filled_start_form
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels.messages import message_text
from app.web.orders import presenter
from app.web.orders.students_choice import FIELD
from app.web.orders.students_field import sheet_rows_as_typed

blueprint = Blueprint("orders", __name__)
PAGE_SIZE = 50
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/orders")
@allow_access("orders.read")
@writes_every_year
def list_orders() -> str:
    """List orders, the latest first: of the own institute for a directorate, of all for the others."""
    act, units = current_act(), people.load_unit_tree()
    wanted = _read_filter()
    found = load_orders_page(wanted, presenter.today(), _page_key(), PAGE_SIZE + 1, act.assignments)
    rows, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name != "after" and value}
    following = f"{rows[-1].head.ordered_on.isoformat()}~{rows[-1].id}" if more else ""
    return render_template(
        "orders/orders.html",
        rows=[presenter.order_row_view(row, units) for row in rows],
        url=url_for("orders.list_orders"),
        filters=presenter.order_filters(wanted, units, request.args.get("unit", "")),
        first=request.args.get("first", ""),
        last=request.args.get("last", ""),
        q=wanted.number,
        is_filtered=bool(kept),
        next=url_for("orders.list_orders", **{**kept, "after": following}) if more else None,
        start_url=url_for("start.show_start_form", name=FIELD) if presenter.may_draft(act) else None,
    )


def _read_filter() -> OrderFilter:
    """Return the filter of the address; what cannot be read is left out. Raises Missing for an unknown unit."""
    allowed = load_units_in_reach(current_act().assignments, "orders.read")
    units = allowed
    if request.args.get("unit"):
        unit = parse_id(request.args["unit"], "unit")
        if allowed is not None and unit not in allowed:
            raise Missing
        units = frozenset({unit})
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    return OrderFilter(
        units=units,
        kind=kind if kind in ORDER_KINDS else "",
        state=state if state in presenter.ORDER_STATE_LABELS else "",
        first=_day_or_none("first"),
        last=_day_or_none("last"),
        number=request.args.get("q", "")[:80].strip(),
    )


def _day_or_none(name: str) -> date | None:
    try:
        return read_typed_day(request.args.get(name, ""))
    except TypedValueError:
        return None


def _page_key() -> OrderPageKey | None:
    """Return the key of the page; None for the first one, and for what is no key."""
    day, _sign, id = request.args.get("after", "").partition("~")
    try:
        return OrderPageKey(date.fromisoformat(day), UUID(id))
    except ValueError:
        return None


@blueprint.get("/orders/<uuid:order_id>")
@allow_access("signed_in")
@writes_every_year
def show_order(order_id: UUID) -> str:
    """Show one order: all of it to those who may read orders of its institute; to a student and to a curator, once it
    is applied, the lines about him or his group."""
    view = presenter.order_view(load_order_row(order_id))
    return render_template("orders/order.html", order=view)


@blueprint.get("/orders/sheet")
@allow_access("orders.draft")
def show_order_sheet_upload() -> Any:
    """Show the form that sends the workbook of a kind of order; without a kind lead to its choice. Raises Invalid
    (`kind`)."""
    return _render_upload(_read_kind()) if request.args.get("kind") else _lead_to_choice_of_kind()


def _lead_to_choice_of_kind() -> Any:
    return redirect(url_for("start.show_start_form", name=FIELD))


def _read_kind() -> str:
    kind = request.args.get("kind", "")
    if kind not in ORDER_KINDS:
        raise Invalid.field("kind", "forms.field.not_offered")
    return kind


def _render_upload(kind: str, findings: Any = ()) -> str:
    return render_template(
        "orders/sheet.html",
        kind=kind,
        label=_(ORDER_KIND_LABELS[kind]),
        url=url_for("orders.read_sent_order_sheet", kind=kind),
        template_url=url_for("orders.download_order_template", kind=kind),
        back=url_for("start.show_start_form", name=FIELD, kind=kind),
        megabytes=MAX_FILE_BYTES // 2**20,
        most_rows=MAX_ORDER_STUDENTS,
        findings=[
            SimpleNamespace(sheet=one.sheet, cell=one.cell, text=message_text(one.code, one.params))
            for one in findings
        ],
    )


@blueprint.get("/orders/template.xlsx")
@allow_access("orders.draft")
def download_order_template() -> Any:
    """Download the empty workbook of a kind of order; without a kind lead to its choice. Raises Invalid (`kind`)."""
    if not request.args.get("kind"):
        return _lead_to_choice_of_kind()
    kind = _read_kind()
    answer = Response(write_order_template(kind, language_of_files(locale())), mimetype=XLSX_TYPE)
    answer.headers["Content-Disposition"] = f"attachment; filename=order-{kind.lower()}.xlsx"
    return answer


@blueprint.post("/orders/sheet")
@allow_access("orders.draft")
def read_sent_order_sheet() -> Any:
    """Read a workbook: show its findings, or the form of a new order with its lines filled in. Nothing is stored."""
    kind, sent = _read_kind(), request.files.get("file")
    content = sent.stream.read(MAX_FILE_BYTES + 1) if sent else b""
    sheet = read_order_sheet(current_act(), kind, content)
    if sheet.findings:
        return _render_upload(kind, sheet.findings), 422
    typed: MultiDict[str, str] = sheet_rows_as_typed(kind, sheet.lines)
    return render_filled_start_form(FIELD, typed)
