"""Exports of lists: asked for on a list, made by the worker, taken by the one who asked, within a day."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for

from app.audit import searches
from app.audit.exports import EXPORT_KEPT, MAX_EXPORT_ROWS, WAITING, load_exports, take_export_content
from app.audit.reads import AUDIT
from app.cases.audit_lists.export_files import MEDIA_TYPES
from app.cases.audit_lists.exports import ask_for_list_export
from app.cases.audit_lists.filters import read_filters
from app.kernel import door
from app.kernel.ids import parse_id
from app.web.audit.presenter import search_words
from app.web.audit.routes import DEFAULT_COLUMNS, OFFERED_COLUMNS, blueprint
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, current_visitor, writes_every_year

POLL_SECONDS = 2


@blueprint.post("/audit/lists/<any(deeds, cases):audit_list>/export")
@allow_access("audit.read")
def ask_for_export(audit_list: str) -> Any:
    """Let the worker make a file of every row of a list, in the columns the visitor has chosen."""
    form, act = request.form, current_act()
    filters = read_filters(audit_list, form)
    export_id = parse_id(form.get("id"))
    columns = searches.load_columns(
        current_visitor().person_id, audit_list, OFFERED_COLUMNS[audit_list], DEFAULT_COLUMNS[audit_list]
    )
    with door.write(act):
        ask_for_list_export(act, export_id, audit_list, form.get("format", ""), filters, columns)
    return redirect(url_for("audit.show_exports"))


@blueprint.get("/audit/exports")
@allow_access("audit.read")
@writes_every_year
def show_exports() -> str:
    """Show the exports of the visitor: how far they are, and the files that may be taken."""
    return render_template(
        "audit/exports.html", shown=_exports_view(), most=MAX_EXPORT_ROWS, hours=EXPORT_KEPT.days * 24
    )


@blueprint.get("/audit/exports/progress")
@allow_access("audit.read")
@writes_every_year
def show_export_progress() -> Response:
    """Render the exports as a fragment that reloads itself while one of them is being made."""
    return Response(render_template("audit/_exports.html", shown=_exports_view()))


@blueprint.get("/audit/exports/<uuid:export_id>/file")
@allow_access("audit.read")
def download_export(export_id: UUID) -> Response:
    """Download the file of an export; recorded. Raises Missing for anybody else's."""
    act = current_act()
    with door.write(act):
        export, content = take_export_content(act, export_id)
    record_read(AUDIT, "audit.export", export_id)
    answer = Response(content, mimetype=MEDIA_TYPES[export.format])
    name = f"{export.page}-{export.asked_at:%Y-%m-%d}.{export.format}"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _exports_view() -> SimpleNamespace:
    rows = [
        SimpleNamespace(
            name=search_words(one.page, one.request["filters"]),
            format=one.format.upper(),
            waiting=one.state == WAITING,
            done=one.done,
            rows=one.rows,
            asked_at=one.asked_at,
            kept_until=one.kept_until,
            url=url_for("audit.download_export", export_id=one.id),
        )
        for one in load_exports(current_visitor().person_id, current_act().at)
    ]
    return SimpleNamespace(rows=rows, waiting=any(row.waiting for row in rows), often=POLL_SECONDS)
