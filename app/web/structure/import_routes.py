"""Import of the structure from a workbook: template, upload, preview of what would change, execution."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for

from app.exchange import structure_commands as commands
from app.exchange import structure_planning as planning
from app.exchange.structure_reading import MAX_ROWS
from app.exchange.structure_template import write_structure_workbook
from app.exchange.structure_words import SHEETS
from app.kernel import door
from app.kernel.errors import Refused, Stale
from app.kernel.i18n import language_of_files, pick_text
from app.kernel.ids import new_id, parse_id
from app.kernel.workbook_reading import MAX_FILE_BYTES, WorkbookFinding
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.uploads import files_store
from app.web.core.visitor import allow_access, current_act
from app.web.labels.messages import error_message, message_text
from app.web.structure import presenter
from app.web.structure.routes import blueprint

POLL_SECONDS = 2
"""Seconds between two requests for the progress of an import."""
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/structure/import")
@allow_access("roster.import")
def show_structure_upload(findings: tuple[WorkbookFinding, ...] = ()) -> str:
    """Show the form that sends a workbook, with everything that is wrong in the one just sent."""
    return render_template(
        "structure/import.html",
        tabs=presenter.structure_tabs("import"),
        import_id=new_id(),
        megabytes=MAX_FILE_BYTES // 2**20,
        most_rows=MAX_ROWS,
        findings=_finding_rows(findings),
    )


def _finding_rows(findings: tuple[WorkbookFinding, ...]) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(sheet=one.sheet, cell=one.cell, text=message_text(one.code, one.params))
        for one in findings
    ]


@blueprint.get("/structure/template.xlsx")
@allow_access("roster.import")
def download_structure_workbook() -> Response:
    """Download the structure as a workbook, which is the template of an import."""
    answer = Response(
        write_structure_workbook(language_of_files(locale()), presenter.today()), mimetype=XLSX_TYPE
    )
    answer.headers["Content-Disposition"] = "attachment; filename=structure.xlsx"
    return answer


@blueprint.post("/structure/import")
@allow_access("roster.import")
def upload_structure_workbook() -> Any:
    """Check a workbook and store its plan, or let the worker do it with a large one; nothing else is changed."""
    act, import_id = current_act(), parse_id(request.form.get("id"))
    sent = request.files.get("file")
    content = sent.stream.read(MAX_FILE_BYTES + 1) if sent else b""
    if len(content) > MAX_FILE_BYTES or planning.is_small_workbook(content):
        checked = commands.check_structure_workbook(act, content)
        if checked.findings:
            return show_structure_upload(checked.findings), 422
        with door.write(act):
            commands.store_structure_plan(act, import_id, checked.plan)
    else:
        name = sent.filename if sent and sent.filename else "structure.xlsx"
        with door.write(act):
            planning.queue_structure_planning(act, files_store(), import_id, name, content)
    return redirect(url_for("structure.preview_structure_import", structure_import_id=import_id))


@blueprint.get("/structure/import/<uuid:structure_import_id>")
@allow_access("roster.import")
def preview_structure_import(structure_import_id: UUID, refused: Stale | Refused | None = None) -> str:
    """Show what a workbook would change, or has changed, and how far the worker is."""
    row = planning.find_own_structure_import(current_act(), structure_import_id)
    return render_template(
        "structure/preview.html",
        shown=_state_view(row),
        rows=[
            SimpleNamespace(
                label=pick_text(SHEETS[kind], locale()),
                new=row.counts[kind]["new"],
                changed=row.counts[kind]["changed"],
                same=row.counts[kind]["same"],
            )
            for kind in SHEETS
            if kind in row.counts and not row.findings
        ],
        findings=_finding_rows(row.findings),
        refused=error_message(refused) if refused else "",
    )


def _state_view(row: planning.StructureImportRow) -> SimpleNamespace:
    return SimpleNamespace(
        id=row.id,
        state=row.state,
        steps=row.steps,
        wrong=bool(row.findings),
        problem=message_text(row.problem, {}) if row.problem else "",
        done_at=row.done_at,
        done=row.done,
        whole=row.whole,
        often=POLL_SECONDS,
    )


@blueprint.get("/structure/import/<uuid:structure_import_id>/progress")
@allow_access("roster.import")
def show_structure_progress(structure_import_id: UUID) -> Response:
    """Render the progress as a fragment that reloads itself; the whole page is loaded when the worker is done."""
    row = planning.find_own_structure_import(current_act(), structure_import_id)
    answer = Response(render_template("structure/_import_state.html", shown=_state_view(row)))
    if row.state not in ("planning", "queued"):
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/structure/import/<uuid:structure_import_id>")
@allow_access("roster.import")
def execute_structure_import(structure_import_id: UUID) -> Any:
    """Execute the plan of a workbook, all of it or nothing; a large one is executed by the worker."""
    act = current_act()
    is_large = planning.find_own_structure_import(act, structure_import_id).steps > planning.MAX_STEPS_AT_ONCE
    try:
        with door.write(act):
            if is_large:
                planning.queue_structure_import(act, structure_import_id)
            else:
                commands.execute_structure_import(act, structure_import_id)
    except (Stale, Refused) as refused:
        return preview_structure_import(structure_import_id, refused), refused.status
    if not is_large:
        flash(_("Saved."), "good")
    return redirect(url_for("structure.preview_structure_import", structure_import_id=structure_import_id))


@blueprint.post("/structure/import/<uuid:structure_import_id>/stop")
@allow_access("roster.import")
def stop_structure_import(structure_import_id: UUID) -> Any:
    """Stop an import that the worker has; nothing of it is changed."""
    try:
        with door.write(current_act()):
            planning.stop_structure_import(current_act(), structure_import_id)
    except Stale as refused:
        return preview_structure_import(structure_import_id, refused), refused.status
    return redirect(url_for("structure.preview_structure_import", structure_import_id=structure_import_id))
