"""Import and export of rosters: upload a file, preview its changes, run it, follow its progress.

The preview is the plan that is executed; the worker executes it.
"""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for

from app.exchange import commands, planning, queries
from app.exchange.export import export_and_record_roster
from app.files.rules import MAX_BYTES
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import Invalid, Missing
from app.kernel.ids import new_id, parse_id
from app.kernel.typed_values import read_day_field
from app.people import queries as people
from app.texts.translate import gettext as _
from app.web.core.uploads import files_store
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels import imports as import_labels
from app.web.labels.messages import message_text, problem_texts_by_field

blueprint = Blueprint("roster", __name__)
PAGE_SIZE = 30
LINES_PER_PAGE = 50
MAX_LISTED_MISSING = 200
"""Students missing in the file that are listed with a tick; the rest leave only all together."""
MAX_LISTED_GROUPS = 200
"""Proposed groups that are listed with a tick; the rest are decided only all together."""
POLL_SECONDS = 2
"""Seconds between two requests for the progress of an import."""


@blueprint.get("/roster")
@allow_access("roster.import")
@writes_every_year
def list_roster_imports(refused: Invalid | None = None) -> str:
    """List all imports, newest first, with the form to upload a file."""
    before = request.args.get("before")
    page_key = _load_import(parse_id(before, "before")) if before else None
    found = queries.load_roster_imports(PAGE_SIZE + 1, (page_key.sent_at, page_key.id) if page_key else None)
    rows = found[:PAGE_SIZE]
    names = people.load_names(row.sent_by for row in rows)
    return render_template(
        "roster/roster.html",
        rows=[
            SimpleNamespace(
                url=url_for("roster.preview_import", import_id=row.id),
                name=row.name,
                by=names[row.sent_by].full,
                at=row.sent_at,
                state=import_labels.import_state_view(row),
                sums=import_labels.import_row_counts_by_action_label(row),
            )
            for row in rows
        ],
        next=url_for("roster.list_roster_imports", before=rows[-1].id) if len(found) > PAGE_SIZE else None,
        import_id=new_id(),
        megabytes=MAX_BYTES // 2**20,
        inclusive_ends=request.form.get("inclusive_ends") == "1",
        errors=problem_texts_by_field(refused) if refused else {},
    )


@blueprint.post("/roster")
@allow_access("roster.import")
def upload_file() -> Any:
    """Store the file and its plan; changes nothing else."""
    sent_file = request.files.get("file")
    try:
        import_id = parse_id(request.form.get("id"))
        with door.write(current_act()):
            name, stream = (sent_file.filename or "", sent_file.stream) if sent_file else ("", BytesIO())
            commands.store_uploaded_roster(
                current_act(),
                files_store(),
                import_id,
                name,
                stream,
                inclusive_ends=request.form.get("inclusive_ends") == "1",
            )
    except Invalid as refused:
        return list_roster_imports(refused), refused.status
    return redirect(url_for("roster.preview_import", import_id=import_id))


@blueprint.get("/roster/<uuid:import_id>")
@allow_access("roster.import")
@writes_every_year
def preview_import(import_id: UUID, refused: Invalid | None = None) -> str:
    """Show what the import would change or has changed: counts, findings, and every line, paged."""
    row = _load_import(import_id)
    kind, action = request.args.get("kind", ""), request.args.get("action", "")
    kind, action = (
        kind if kind in import_labels.ROW_KIND_LABELS else "",
        action if action in import_labels.ROW_ACTION_LABELS else "",
    )
    remark = request.args.get("remark", "")
    remark = remark if remark in import_labels.REMARK_LABELS else ""
    # Line numbers are 32-bit integers in the database.
    after = max(request.args.get("after", 0, int), 0) % 2**31
    first = max(request.args.get("finding", 0, int), 0)
    found = queries.load_plan_lines(import_id, LINES_PER_PAGE + 1, after, kind, action, remark)
    filters = (("kind", kind), ("action", action), ("remark", remark))
    keep = {name: value for name, value in filters if value}

    def preview_url(**more: Any) -> str:
        return url_for("roster.preview_import", import_id=import_id, **more)

    return render_template(
        "roster/preview.html",
        shown=_import_view(row),
        rows=import_labels.import_count_rows(
            row, lambda kind, action: preview_url(kind=kind, action=action, _anchor="lines")
        ),
        remarks=import_labels.import_remark_rows(
            row, lambda remark: preview_url(remark=remark, _anchor="lines")
        ),
        actions=[_(label) for label in import_labels.ROW_ACTION_LABELS.values()],
        left_out=sorted(row.left_out.items()),
        findings=[
            import_labels.import_finding_view(one) for one in row.findings[first : first + LINES_PER_PAGE]
        ],
        count=len(row.findings),
        next_findings=preview_url(finding=first + LINES_PER_PAGE)
        if len(row.findings) > first + LINES_PER_PAGE
        else None,
        lines=[import_labels.import_plan_line_view(line) for line in found[:LINES_PER_PAGE]],
        next_lines=preview_url(after=found[LINES_PER_PAGE - 1].number, _anchor="lines", **keep)
        if len(found) > LINES_PER_PAGE
        else None,
        filter=[
            _(word)
            for word in (
                import_labels.ROW_KIND_LABELS.get(kind),
                import_labels.ROW_ACTION_LABELS.get(action),
                import_labels.REMARK_LABELS.get(remark),
            )
            if word
        ],
        all_lines=preview_url(_anchor="lines"),
        missing=_missing_students_form_view(row, refused),
        groups=_groups_view(row),
    )


def _missing_students_form_view(row: queries.ImportRow, refused: Invalid | None) -> SimpleNamespace | None:
    """Build the form that ends students missing in the file; None when there are none or nothing waits."""
    found = queries.load_missing_students(row.id, MAX_LISTED_MISSING + 1)
    if not found or row.state not in ("previewed", "failed"):
        return None
    typed = request.form
    ticked = set(typed.getlist("student")) if refused else {str(one.id) for one in found if one.ends}
    return SimpleNamespace(
        rows=[
            SimpleNamespace(id=one.id, about=one.about, ticked=str(one.id) in ticked)
            for one in found[:MAX_LISTED_MISSING]
        ],
        more=len(found) > MAX_LISTED_MISSING,
        every=bool(refused and typed.get("every")),
        last_day=typed.get("last_day", "")
        if refused
        else (row.ended_last_day or local_day(current_act().at)).isoformat(),
        errors=problem_texts_by_field(refused) if refused else {},
    )


def _groups_view(row: queries.ImportRow) -> SimpleNamespace | None:
    """Build the form that joins classes to groups or keeps them apart; None when nothing is proposed or waits."""
    found = queries.load_proposed_groups(row.id) if row.state in ("previewed", "failed") else ()
    if not found:
        return None
    return SimpleNamespace(
        rows=found[:MAX_LISTED_GROUPS],
        count=len(found),
        more=len(found) > MAX_LISTED_GROUPS,
        joined=sum(one["joined"] for one in found),
    )


@blueprint.post("/roster/<uuid:import_id>/groups")
@allow_access("roster.import")
def choose_groups(import_id: UUID) -> Any:
    """Join the classes of proposed groups or keep them apart; the preview is computed again."""
    decision, ticked = request.form.get("decision", ""), set(request.form.getlist("group"))
    found = queries.load_proposed_groups(import_id)
    if decision in ("join", "apart"):
        choices = {one["key"]: decision == "join" for one in found}
    else:
        choices = {one["key"]: one["key"] in ticked for one in found[:MAX_LISTED_GROUPS]}
    with door.write(current_act()):
        commands.choose_groups(current_act(), files_store(), import_id, choices)
    return redirect(url_for("roster.preview_import", import_id=import_id, _anchor="groups"))


@blueprint.post("/roster/<uuid:import_id>/cancel")
@allow_access("roster.import")
def cancel_planning(import_id: UUID) -> Any:
    """Cancel an import whose preview is being made."""
    with door.write(current_act()):
        planning.cancel_planning(current_act(), import_id)
    return redirect(url_for("roster.preview_import", import_id=import_id))


@blueprint.post("/roster/<uuid:import_id>/missing")
@allow_access("roster.import")
def choose_missing_students_to_end(import_id: UUID) -> Any:
    """Choose which students missing in the file leave, and when; the preview is computed again."""
    try:
        with door.write(current_act()):
            last_day = read_day_field("last_day", request.form.get("last_day"))
            if request.form.get("every") == "1":
                stays = queries.load_missing_stay_ids(import_id)
            else:
                stays = frozenset(parse_id(one, "student") for one in request.form.getlist("student"))
            commands.choose_ends_of_missing_students(current_act(), files_store(), import_id, stays, last_day)
    except Invalid as refused:
        return preview_import(import_id, refused), refused.status
    return redirect(url_for("roster.preview_import", import_id=import_id, _anchor="missing"))


@blueprint.get("/roster/<uuid:import_id>/progress")
@allow_access("roster.import")
def show_import_progress(import_id: UUID) -> Response:
    """Render the progress as a fragment that reloads itself while the import is under way; when the preview is
    ready, the whole page is loaded."""
    shown = _import_view(_load_import(import_id))
    answer = Response(render_template("roster/_state.html", shown=shown))
    if shown.raw == "previewed":
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/roster/<uuid:import_id>/run")
@allow_access("roster.import")
def queue_displayed_import(import_id: UUID) -> Any:
    """Queue exactly the plan that was displayed."""
    with door.write(current_act()):
        commands.queue_import(current_act(), import_id, request.form.get("plan", ""))
    return redirect(url_for("roster.preview_import", import_id=import_id))


@blueprint.post("/roster/<uuid:import_id>/again")
@allow_access("roster.import")
def replan_import(import_id: UUID) -> Any:
    """Make a new plan against the present data."""
    with door.write(current_act()):
        commands.renew_import_preview(current_act(), files_store(), import_id)
    return redirect(url_for("roster.preview_import", import_id=import_id))


@blueprint.get("/roster/export")
@allow_access("roster.import")
def export_roster() -> Response:
    """Send the own university as OneRoster 1.2; the download is recorded."""
    with door.write(current_act()):
        content = export_and_record_roster(current_act())
    answer = Response(content, mimetype="application/zip")
    name = f"oneroster-{local_day(current_act().at).isoformat()}.zip"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _load_import(import_id: UUID) -> queries.ImportRow:
    """Load an import with its counts in display order; raises Missing."""
    found = queries.find_roster_import(import_id)
    if found is None:
        raise Missing
    return replace(found, counts=import_labels.counts_in_kind_order(found.counts))


def _import_view(row: queries.ImportRow) -> SimpleNamespace:
    """Build the view of an import for `roster/_state.html` and the head of its page."""
    names = people.load_names([row.sent_by, row.queued_by])
    return SimpleNamespace(
        id=row.id,
        name=row.name,
        raw=row.state,
        state=import_labels.import_state_view(row),
        version=row.version,
        inclusive_ends=row.inclusive_ends,
        plan=row.fingerprint,
        changes=row.changes,
        done=row.done or 0,
        percent=100 * (row.done or 0) // (row.whole or 100),
        kept_until=row.kept_until,
        findings=len(row.findings),
        problem=message_text(row.problem, {}) if row.problem else "",
        sent_by=names[row.sent_by].full,
        sent_at=row.sent_at,
        previewed_at=row.previewed_at,
        queued_by=names[row.queued_by].full if row.queued_by else "",
        queued_at=row.queued_at,
        ended_at=row.ended_at,
        often=POLL_SECONDS,
    )
