"""Routes of a case: its page, comments, files, withdrawal, and "My requests"."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.audit.words import unseal_json_texts
from app.cases.access import is_case_content_of_diagram_restricted, visible_requester_name
from app.cases.audit_scope import find_end_of_days
from app.cases.commands.attach import attach_file_to_case
from app.cases.commands.comments import add_case_comment
from app.cases.commands.withdraw import withdraw_case_by_requester
from app.cases.dossier.queries import load_dossiers_of_case
from app.cases.queries import case_details as pages
from app.cases.queries import requests as asked
from app.cases.queries.case_details import CaseView
from app.kernel import door
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id, parse_id
from app.texts import case_subjects as subject_texts
from app.texts.subject_line import case_subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.case_drawing import case_diagram_json
from app.web.cases.dossier_list import MAX_CASE_PAGE_DOSSIERS, dossier_row_views
from app.web.cases.granted_until import granted_access_end_rows, load_granted_access_ends
from app.web.cases.related_cases import related_case_rows
from app.web.cases.request_facts import recorded_decision_facts, request_answer_facts
from app.web.cases.request_list import request_rows
from app.web.cases.subject_fields import case_panel_contents
from app.web.core.access_policy import is_route_access_allowed
from app.web.core.uploads import store_upload
from app.web.core.visitor import allow_access, current_act, current_visitor, writes_every_year
from app.web.labels import cases as case_labels
from app.web.labels.case_progress import progress_point_views
from app.web.labels.deadlines import task_due_view
from app.web.student_access.read_notes import record_kept_paper_read

blueprint = Blueprint("cases", __name__)


@blueprint.get("/cases/<uuid:case_id>")
@allow_access("signed_in")
@writes_every_year
def show_case(case_id: UUID) -> Any:
    """Show one case: header, steps, history, diagram, comments; to an auditor whose days are over, its trace, which
    ends with them."""
    view = pages.load_case_view(current_act(), case_id)
    if find_end_of_days(current_act(), view.case) is not None:
        return redirect(url_for("trace.show_case_trace", case_number=view.case.number))
    record_kept_paper_read(view.case)
    return render_template("cases/case.html", case=_case_view(view))


@blueprint.get("/cases/<uuid:case_id>/print")
@allow_access("signed_in")
@writes_every_year
def print_case(case_id: UUID) -> str:
    """Show one case for printing: everything expanded, no buttons. Raises Missing for an auditor whose days are
    over."""
    view = pages.load_case_view(current_act(), case_id)
    _require_running_days(view.case)
    record_kept_paper_read(view.case)
    return render_template("cases/dossier.html", case=_case_view(view))


def _require_running_days(case: Any) -> None:
    """Raise Missing for a limited auditor whose days for this case are over: the page would show what came later."""
    if find_end_of_days(current_act(), case) is not None:
        raise Missing


def _case_view(view: CaseView) -> SimpleNamespace:
    """Return the values of `cases/case.html` and `cases/dossier.html`."""
    row, now = view.case, current_act()
    mine = current_visitor().person_id
    open_tasks = view.open_tasks
    first = open_tasks[0] if open_tasks else None
    papers = {str(file.id) for file in view.files}
    events = [
        case_labels.history_event_view(entry, view.published, view.subject, locale(), papers)
        for entry in view.history_entries
    ]
    return SimpleNamespace(
        id=row.id,
        number=row.number,
        process=pick_text(view.published.model.titles, locale()) if view.published else row.diagram,
        version=view.published.number if view.published else "?",
        about=case_subject_line(view.subject, locale()),
        changes=subject_texts.cell_change_texts(view.subject, locale()),
        facts=subject_texts.case_subject_details(unseal_json_texts(view.subject), locale())
        + request_answer_facts(view.published, view.subject)
        + recorded_decision_facts(view.published, row.id, view.subject)
        + granted_access_end_rows(row, load_granted_access_ends([row])),
        **case_panel_contents(row.subject),
        state=row.status,
        state_label=case_labels.case_state_label(row.status, row.outcome, view.published),
        holder=_task_holder_label(view, first),
        due=(
            task_due_view(first.due_at, now.at, locale(), first.unit_id, first.computation, first.clause)
            if first and row.status == "open"
            else None
        ),
        steps=(
            progress_point_views(
                view.published,
                view.history_entries,
                [task.element for task in open_tasks],
                row.status,
                row.outcome,
                locale(),
            )
            if view.published
            else []
        ),
        events=events,
        incidents=view.incidents,
        files=[
            SimpleNamespace(
                name=file.name,
                url=f"/files/{file.id}",
                trace_url=url_for("trace.show_file_trace", file_id=file.id)
                if is_route_access_allowed(("audit.read",), current_visitor().assignments)
                else None,
            )
            for file in view.files
        ],
        diagram_url=url_for("cases.get_case_diagram_json", case_id=row.id) if view.published else None,
        requester=visible_requester_name(row),
        behalf=view.names.get(row.on_behalf_of) if row.on_behalf_of else None,
        opened_at=row.opened_at,
        only_reads=not view.can_write,
        comment_url=url_for("cases.add_comment", case_id=row.id) if view.can_write else None,
        comment_id=new_id(),
        attach_url=url_for("cases.add_file", case_id=row.id)
        if view.can_write and row.status == "open"
        else None,
        attach_id=new_id(),
        papers_kept=is_case_content_of_diagram_restricted(row.diagram),
        withdraw_url=url_for("cases.withdraw_case", case_id=row.id) if view.can_withdraw else None,
        print_url=url_for("cases.print_case", case_id=row.id),
        trace_url=url_for("trace.show_case_trace", case_number=row.number)
        if is_route_access_allowed(("audit.read",), current_visitor().assignments)
        else None,
        dossiers=SimpleNamespace(
            make_url=url_for("dossiers.make_dossier", case_id=row.id),
            list_url=url_for("dossiers.list_dossiers", case_id=row.id),
            rows=dossier_row_views(load_dossiers_of_case(row.id, limit=MAX_CASE_PAGE_DOSSIERS)[0]),
        ),
        related=related_case_rows(view.related, locale()),
        clause=view.published.model.clause if view.published else "4.4.2",
        task_url=next(
            (url_for("tasks.show_task", task_id=task.id) for task in open_tasks if task.assignee == mine),
            None,
        ),
    )


def _task_holder_label(view: CaseView, first: Any) -> str | None:
    """Return the name of the person or of the lane that has the open task; None without a task."""
    if first is None:
        return None
    if first.assignee:
        return view.names.get(first.assignee, "")
    lane = view.published.model.lane_of_task(first.element) if view.published else None
    return pick_text(lane.titles, locale()) if lane else None


@blueprint.get("/cases/<uuid:case_id>/diagram.json")
@allow_access("signed_in")
def get_case_diagram_json(case_id: UUID) -> Any:
    """Return the diagram with names and path: `{xml, names, done, open, path}`, elements and flows by id."""
    view = pages.load_case_view(current_act(), case_id)
    _require_running_days(view.case)
    if view.published is None:
        return {"xml": "", "names": {}, "done": [], "open": [], "path": []}
    open_steps = [task.element for task in view.open_tasks]
    return case_diagram_json(view.published, view.history_entries, open_steps)


@blueprint.post("/cases/<uuid:case_id>/comments")
@allow_access("signed_in")
def add_comment(case_id: UUID) -> Any:
    """Add a comment; its id was generated with the form."""
    with door.write(current_act()):
        add_case_comment(
            current_act(), case_id, parse_id(request.form.get("id")), request.form.get("text", "")
        )
    return redirect(url_for("cases.show_case", case_id=case_id) + "#history")


@blueprint.post("/cases/<uuid:case_id>/files")
@allow_access("signed_in")
def add_file(case_id: UUID) -> Any:
    """Attach a file; its type is detected from its content."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid.field("file", "forms.field.required")
    with door.write(current_act()):
        stored = store_upload(parse_id(request.form.get("id")), upload)
        attach_file_to_case(current_act(), case_id, stored)
    flash(_("The file is attached."), "good")
    return redirect(url_for("cases.show_case", case_id=case_id) + "#history")


@blueprint.post("/cases/<uuid:case_id>/withdraw")
@allow_access("signed_in")
def withdraw_case(case_id: UUID) -> Any:
    """Withdraw a case before the first decision."""
    with door.write(current_act()):
        withdraw_case_by_requester(current_act(), case_id, request.form.get("reason", "")[:2000])
    flash(_("The request is withdrawn. Nothing was changed."), "good")
    return redirect(url_for("cases.show_case", case_id=case_id))


@blueprint.get("/requests")
@allow_access("signed_in")
def list_own_requests() -> str:
    """Show the requests that the person filed, or that were filed about the person."""
    only_open = request.args.get("state") == "open"
    rows, following = asked.load_person_requests_page(
        current_visitor().person_id, request.args.get("after", ""), only_open
    )
    filters: dict[str, Any] = {"state": "open"} if only_open else {}
    return render_template(
        "cases/requests.html",
        rows=request_rows(rows),
        next=url_for("cases.list_own_requests", after=following, **filters) if following else None,
        only_open=only_open,
        student=current_visitor().has_role("student") and not current_visitor().has_role("teacher"),
    )
