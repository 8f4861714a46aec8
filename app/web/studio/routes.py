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
from app.diagrams.draft_package import write_package
from app.diagrams.draft_queries import DraftRow
from app.diagrams.limited_check import start_checking_process
from app.kernel import door
from app.kernel.errors import Invalid, Missing
from app.kernel.ids import new_id, parse_id
from app.texts.translate import gettext as _
from app.web.core.visitor import act, allow
from app.web.labels.messages import problem_texts_by_field
from app.web.processes.draft_rows import draft_title, draft_views
from app.web.processes.presenter import published_or_newest_version
from app.web.studio import fields, presenter

blueprint = Blueprint("studio", __name__)
_PROCESS_KEY_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,59}")


@blueprint.get("/processes/<process>/edit")
@allow("processes.edit")
def edit(process: str) -> Any:
    """Open my draft of a process; without one, offer to begin one or to open somebody else's."""
    versions = version_rows(process)
    rows = draft_queries.load_drafts(process)
    mine = next((row for row in rows if row.created_by == act().person), None)
    if mine is not None and "new" not in request.args:
        return redirect(url_for("studio.draft", draft_id=mine.id))
    return render_template(
        "studio/begin.html",
        process=presenter.process_heading(published_or_newest_version(versions)),
        versions=[presenter.version_choice(row) for row in versions],
        drafts=draft_views(rows),
        draft_id=new_id(),
    )


@blueprint.post("/processes/<process>/edit")
@allow("processes.edit")
def create_draft(process: str) -> Any:
    """Create a draft from a version, the one in force unless another is named, or from another draft."""
    versions = version_rows(process)
    draft_id = parse_id(request.form.get("id"))
    source = request.form.get("source")
    version = fields.chosen_version(request.form.get("version"), versions)
    with door.write(act()):
        if source:
            drafts.create_draft_from_draft(act(), draft_id, parse_id(source, "source"))
        else:
            drafts.create_draft_from_version(act(), draft_id, version.id)
    return redirect(url_for("studio.draft", draft_id=draft_id))


@blueprint.get("/processes/drafts/<uuid:draft_id>")
@allow("processes.edit")
def draft(draft_id: UUID) -> str:
    """Show the editor of a draft; on a small screen its drawing and its findings."""
    stored = draft_queries.load_draft(draft_id)
    # The page asks for its first check at once; starting the process takes a second, the page does not wait for it.
    Thread(target=start_checking_process, daemon=True).start()
    return render_template("studio/editor.html", **presenter.editor_page(stored))


@blueprint.get("/processes/drafts/<uuid:draft_id>/history")
@allow("processes.edit")
def history(draft_id: UUID) -> str:
    """List the states of a draft: who saved it, when and how."""
    stored = draft_queries.load_draft(draft_id)
    return render_template(
        "studio/history.html",
        draft=presenter.draft_heading(stored.row),
        rows=presenter.revision_views(stored.row, draft_queries.load_revisions(draft_id)),
    )


@blueprint.post("/processes/drafts/<uuid:draft_id>/restore")
@allow("processes.edit")
def restore_revision(draft_id: UUID) -> Any:
    """Make an earlier state of a draft the newest."""
    seen = fields.read_number("seen", request.form.get("seen"))
    revision = fields.read_number("revision", request.form.get("revision"))
    with door.write(act()):
        drafts.restore_revision(act(), draft_id, seen, revision)
    flash(_("The earlier state is back, as the newest one."), "good")
    return redirect(url_for("studio.draft", draft_id=draft_id))


@blueprint.post("/processes/drafts/<uuid:draft_id>/discard")
@allow("processes.edit")
def discard_draft(draft_id: UUID) -> Any:
    """Discard a draft."""
    row = _draft_row_or_none(draft_id)
    with door.write(act()):
        drafts.discard_draft(act(), draft_id)
    if row is not None:
        flash(_("The draft «%(title)s» was discarded.") % {"title": draft_title(row)}, "good")
    if row is not None and row.base_number is not None:
        return redirect(url_for("processes.process", process=row.key))
    return redirect(url_for("processes.processes"))


@blueprint.get("/processes/drafts/<uuid:draft_id>/file")
@allow("processes.edit")
def download_draft(draft_id: UUID) -> Response:
    """Return the drawing of a draft as a download, with layout and foreign attributes as drawn."""
    stored = draft_queries.load_draft(draft_id)
    answer = Response(stored.xml.encode(), content_type="application/xml; charset=utf-8")
    name = stored.row.key or "diagram"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-draft.bpmn"'
    return answer


@blueprint.get("/processes/drafts/<uuid:draft_id>/package")
@allow("processes.edit")
def download_package(draft_id: UUID) -> Response:
    """Return drawing and forms of a draft as one ZIP file, which can be imported again."""
    stored = draft_queries.load_draft(draft_id)
    answer = Response(write_package(stored.row.key, stored.xml, stored.forms), content_type="application/zip")
    name = stored.row.key or "diagram"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-draft.zip"'
    return answer


@blueprint.get("/processes/import")
@allow("processes.edit")
def import_page(refused: Invalid | None = None) -> str:
    """Show the form that takes a BPMN file."""
    return render_template(
        "studio/import.html",
        draft_id=new_id(),
        drafts=draft_views([row for row in draft_queries.load_drafts() if row.base_number is None]),
        errors=problem_texts_by_field(refused) if refused else {},
    )


@blueprint.post("/processes/import")
@allow("processes.edit")
def import_file() -> Any:
    """Store a BPMN file, or a ZIP file with forms, as a draft; a missing layout is a second revision."""
    try:
        draft_id = parse_id(request.form.get("id"))
        xml, forms = fields.read_drawing_upload(request.files.get("file"))
        with door.write(act()):
            made = drafts.create_draft_from_file(act(), draft_id, xml, forms)
            if made.revision == 1:
                laid_out = import_repairs.lay_out_if_missing(xml)
                if laid_out != xml:
                    drafts.save_draft(act(), draft_id, 1, laid_out, how=drafts.REPAIRED)
    except Invalid as refused:
        return import_page(refused), refused.status
    return redirect(url_for("studio.draft", draft_id=draft_id))


def version_rows(key: str) -> list[VersionRow]:
    """Return the versions of a process, the newest first. Raises Missing for an unknown key."""
    rows = process_queries.load_diagram_versions(act(), key) if _PROCESS_KEY_PATTERN.fullmatch(key) else []
    if not rows:
        raise Missing
    return rows


def _draft_row_or_none(draft_id: UUID) -> DraftRow | None:
    try:
        return draft_queries.load_draft(draft_id).row
    except Missing:
        return None
