"""Pages of the studio: begin, edit, history, import and export of drafts."""

from __future__ import annotations

import re
from threading import Thread
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from app.cases.queries import processes as process_queries
from app.cases.queries.processes import VersionRow
from app.diagrams import draft_queries, drafts, import_repairs
from app.diagrams.draft_package import write_draft_package
from app.diagrams.draft_queries import DraftRow
from app.diagrams.limited_check import start_checking_process
from app.kernel import door
from app.kernel.errors import Invalid, Missing
from app.kernel.ids import new_id, parse_id
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels.messages import problem_texts_by_field
from app.web.processes.draft_rows import draft_title, draft_views
from app.web.processes.presenter import published_or_newest_version
from app.web.studio import fields, presenter

blueprint = Blueprint("studio", __name__)
_PROCESS_KEY_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,59}")


@blueprint.get("/processes/<process>/edit")
@allow_access("processes.edit")
def open_own_draft(process: str) -> Any:
    """Open my draft of a process; without one, offer to begin one or to open somebody else's."""
    versions = load_version_rows(process)
    rows = draft_queries.load_open_drafts(process)
    mine = next((row for row in rows if row.created_by == current_act().person), None)
    if mine is not None and "new" not in request.args:
        return redirect(url_for("studio.show_draft_editor", draft_id=mine.id))
    return render_template(
        "studio/begin.html",
        process=presenter.process_heading(published_or_newest_version(versions)),
        versions=[presenter.version_choice(row) for row in versions],
        drafts=draft_views(rows),
        draft_id=new_id(),
    )


@blueprint.post("/processes/<process>/edit")
@allow_access("processes.edit")
def create_draft(process: str) -> Any:
    """Create a draft from a version, the one in force unless another is named, or from another draft."""
    versions = load_version_rows(process)
    draft_id = parse_id(request.form.get("id"))
    source = request.form.get("source")
    version = fields.chosen_version(request.form.get("version"), versions)
    with door.write(current_act()):
        if source:
            drafts.create_draft_from_draft(current_act(), draft_id, parse_id(source, "source"))
        else:
            drafts.create_draft_from_version(current_act(), draft_id, version.id)
    return redirect(url_for("studio.show_draft_editor", draft_id=draft_id))


@blueprint.get("/processes/drafts/<uuid:draft_id>")
@allow_access("processes.edit")
def show_draft_editor(draft_id: UUID) -> str:
    """Show the editor of a draft; on a small screen its drawing and its findings."""
    stored = draft_queries.load_open_draft(draft_id)
    # The page asks for its first check at once; starting the process takes a second, the page does not wait for it.
    Thread(target=start_checking_process, daemon=True).start()
    return render_template("studio/editor.html", **presenter.editor_page_values(stored))


@blueprint.get("/processes/drafts/<uuid:draft_id>/history")
@allow_access("processes.edit")
@writes_every_year
def list_draft_revisions(draft_id: UUID) -> str:
    """List the states of a draft: who saved it, when and how."""
    stored = draft_queries.load_open_draft(draft_id)
    return render_template(
        "studio/history.html",
        draft=presenter.draft_heading(stored.row),
        rows=presenter.draft_revision_rows(stored.row, draft_queries.load_draft_revisions(draft_id)),
    )


@blueprint.post("/processes/drafts/<uuid:draft_id>/restore")
@allow_access("processes.edit")
def restore_revision(draft_id: UUID) -> Any:
    """Make an earlier state of a draft the newest."""
    seen = fields.read_revision_or_version_number("seen", request.form.get("seen"))
    revision = fields.read_revision_or_version_number("revision", request.form.get("revision"))
    with door.write(current_act()):
        drafts.restore_draft_revision(current_act(), draft_id, seen, revision)
    flash(_("The earlier state is back, as the newest one."), "good")
    return redirect(url_for("studio.show_draft_editor", draft_id=draft_id))


@blueprint.post("/processes/drafts/<uuid:draft_id>/discard")
@allow_access("processes.edit")
def discard_draft(draft_id: UUID) -> Any:
    """Discard a draft."""
    row = _draft_row_or_none(draft_id)
    with door.write(current_act()):
        drafts.discard_draft(current_act(), draft_id)
    if row is not None:
        flash(_("The draft «%(title)s» was discarded.") % {"title": draft_title(row)}, "good")
    if row is not None and row.base_number is not None:
        return redirect(url_for("processes.show_process", process=row.key))
    return redirect(url_for("processes.list_processes"))


@blueprint.get("/processes/drafts/<uuid:draft_id>/file")
@allow_access("processes.edit")
def download_draft(draft_id: UUID) -> Response:
    """Return the drawing of a draft as a download, with layout and foreign attributes as drawn."""
    stored = draft_queries.load_open_draft(draft_id)
    answer = Response(stored.xml.encode(), content_type="application/xml; charset=utf-8")
    name = stored.row.key or "diagram"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-draft.bpmn"'
    return answer


@blueprint.get("/processes/drafts/<uuid:draft_id>/package")
@allow_access("processes.edit")
def download_package(draft_id: UUID) -> Response:
    """Return drawing and forms of a draft as one ZIP file, which can be imported again."""
    stored = draft_queries.load_open_draft(draft_id)
    answer = Response(
        write_draft_package(stored.row.key, stored.xml, stored.forms), content_type="application/zip"
    )
    name = stored.row.key or "diagram"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-draft.zip"'
    return answer


@blueprint.get("/processes/import")
@allow_access("processes.edit")
def show_import_form(refused: Invalid | None = None) -> str:
    """Show the form that takes a BPMN file."""
    return render_template(
        "studio/import.html",
        draft_id=new_id(),
        drafts=draft_views([row for row in draft_queries.load_open_drafts() if row.base_number is None]),
        errors=problem_texts_by_field(refused) if refused else {},
    )


@blueprint.post("/processes/import")
@allow_access("processes.edit")
def import_file() -> Any:
    """Store a BPMN file, or a ZIP file with forms, as a draft; a missing layout is a second revision."""
    try:
        draft_id = parse_id(request.form.get("id"))
        xml, forms = fields.read_drawing_upload(request.files.get("file"))
        with door.write(current_act()):
            made = drafts.create_draft_from_file(current_act(), draft_id, xml, forms)
            if made.revision == 1:
                laid_out = import_repairs.add_layout_if_missing(xml)
                if laid_out != xml:
                    drafts.save_draft(current_act(), draft_id, 1, laid_out, how=drafts.REPAIRED)
    except Invalid as refused:
        return show_import_form(refused), refused.status
    return redirect(url_for("studio.show_draft_editor", draft_id=draft_id))


def load_version_rows(key: str) -> list[VersionRow]:
    """Return the versions of a process, the newest first. Raises Missing for an unknown key."""
    rows = (
        process_queries.load_diagram_versions(current_act(), key)
        if _PROCESS_KEY_PATTERN.fullmatch(key)
        else []
    )
    if not rows:
        raise Missing
    return rows


def _draft_row_or_none(draft_id: UUID) -> DraftRow | None:
    try:
        return draft_queries.load_open_draft(draft_id).row
    except Missing:
        return None
