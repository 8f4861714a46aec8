"""Routes of incidents: the list with its causes, one incident, and the moves: retry, assign, close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.cases.commands.retry_incident import (
    MAX_RETRIES,
    UNDER_WAY,
    RetryResult,
    retry_incident_and_record_failure,
    retry_incidents,
)
from app.cases.commands.settle_incident import assign_incident_task, close_incident
from app.cases.incidents import INCIDENT_KINDS
from app.cases.queries import incidents as queries
from app.cases.queries import processes
from app.cases.queries.incidents import IncidentFilter
from app.kernel import door
from app.kernel.errors import DepterError, Invalid, Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.outbox.dead_letters import count_due_messages
from app.texts import incidents as texts
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.incidents.presenter import (
    find_undamaged_diagram_version,
    incident_cause_row,
    incident_cause_text,
    incident_page_view,
    incident_retry_report,
    incident_row,
)
from app.web.labels import processes as process_labels
from app.web.labels.messages import message_text

blueprint = Blueprint("incidents", __name__)


@blueprint.get("/incidents")
@allow_access("incidents.read")
def list_incidents() -> str:
    """Show open or solved incidents, filtered and paged, with the causes of the open ones."""
    return _render_incident_list_page(_read_incident_filter())


def _read_incident_filter() -> IncidentFilter:
    """Return the filter in the address; an unknown value counts as none."""
    args = request.args
    kind = args.get("kind", "")
    return IncidentFilter(
        solved=args.get("state") == "solved",
        process=args.get("process", "")[:80],
        kind=kind if kind in INCIDENT_KINDS else "",
        code=args.get("code", "")[:120],
        after=args.get("after", ""),
    )


def _render_incident_list_page(filter_: IncidentFilter, report: Any = None) -> str:
    """Return the page of the list, with the report of a retry of many above it."""
    rows, following = queries.load_incidents_page(current_act(), filter_)
    versions = processes.load_diagram_versions(current_act())
    titles = {row.key: pick_text(row.titles, locale()) for row in reversed(versions)}
    said = {
        "state": "solved" if filter_.solved else "",
        "process": filter_.process,
        "kind": filter_.kind,
        "code": filter_.code,
    }
    kept: dict[str, Any] = {name: value for name, value in said.items() if value}
    return render_template(
        "incidents/incidents.html",
        rows=[incident_row(row) for row in rows],
        causes=[incident_cause_row(count) for count in queries.load_incident_cause_counts(filter_.process)],
        said=said,
        cause=incident_cause_text(filter_.code) if filter_.code else "",
        processes=sorted(titles.items(), key=lambda item: item[1]),
        kinds={kind: _(texts.KIND_LABELS[kind]) for kind in INCIDENT_KINDS},
        waiting=count_due_messages(current_act().at),
        report=report,
        next=url_for("incidents.list_incidents", after=following, **kept) if following else None,
    )


@blueprint.get("/incidents/<uuid:incident_id>")
@allow_access("incidents.read")
@writes_every_year
def show_incident(incident_id: UUID) -> str:
    """Show one incident: what stopped, why, who is affected, and what can be done."""
    return render_template(
        "incidents/incident.html",
        incident=incident_page_view(queries.load_incident_view(current_act(), incident_id)),
    )


@blueprint.get("/incidents/<uuid:incident_id>/diagram.json")
@allow_access("incidents.read")
def get_incident_diagram_json(incident_id: UUID) -> Any:
    """Return the diagram of the case with its open steps and the step that stopped. Raises Missing."""
    view = queries.load_incident_view(current_act(), incident_id)
    published = find_undamaged_diagram_version(view.case.version_id if view.case else None)
    if published is None:
        raise Missing
    stopped = view.incident.element
    return {
        "xml": published.xml,
        "names": process_labels.element_titles_by_id(published.model, locale()),
        "done": [],
        "open": sorted({*view.open_elements, *([stopped] if stopped else [])}),
        "path": [],
    }


@blueprint.post("/incidents/<uuid:incident_id>/retry")
@allow_access("incidents.solve")
def retry_stopped_incident(incident_id: UUID) -> Any:
    """Retry what stopped. A failed retry is recorded and told."""
    result = retry_incident_and_record_failure(door.write, current_act(), incident_id, _read_retries_seen())
    if isinstance(result.error, DepterError):
        raise result.error
    if result.error is not None:
        flash(
            _("It was tried again and failed: %(cause)s") % {"cause": incident_cause_text(result.code)},
            "late",
        )
    elif result.how == UNDER_WAY:
        flash(_("The message is in the queue again. The incident is solved once it is delivered."), "good")
    else:
        flash(_("It worked: the incident is solved."), "good")
    return redirect(url_for("incidents.show_incident", incident_id=incident_id))


@blueprint.post("/incidents/<uuid:incident_id>/assign")
@allow_access("incidents.solve")
def assign_incident_step(incident_id: UUID) -> Any:
    """Assign the step of the incident to a person whom its lane accepts."""
    person = parse_id(request.form.get("person"), "person")
    with door.write(current_act()):
        assign_incident_task(current_act(), incident_id, _read_retries_seen(), person)
    flash(_("The step has a new owner, and the incident is solved."), "good")
    return redirect(url_for("incidents.show_incident", incident_id=incident_id))


@blueprint.post("/incidents/<uuid:incident_id>/close")
@allow_access("incidents.solve")
def close_incident_with_reason(incident_id: UUID) -> Any:
    """Close the incident with a reason; nothing of the case changes."""
    typed, seen = request.form.get("reason", ""), _read_retries_seen()
    try:
        with door.write(current_act()):
            close_incident(current_act(), incident_id, seen, typed)
    except Invalid as refused:
        problems = [
            message_text(problem.code, problem.params) for problem in refused.fields.get("reason", ())
        ]
        view = queries.load_incident_view(current_act(), incident_id)
        page = render_template("incidents/incident.html", incident=incident_page_view(view, typed, problems))
        return page, refused.status
    flash(_("The incident is closed."), "good")
    return redirect(url_for("incidents.show_incident", incident_id=incident_id))


@blueprint.post("/incidents/retry")
@allow_access("incidents.solve")
def retry_chosen_incidents() -> Any:
    """Retry the chosen incidents, or all of one cause, each in an act of its own; report what failed."""
    kind, code = request.form.get("kind", ""), request.form.get("code", "")[:120]
    filter_ = IncidentFilter(process=request.form.get("process", "")[:80], kind=kind, code=code)
    left = 0
    if request.form.get("all") == "1":
        if kind not in INCIDENT_KINDS:
            raise Invalid.field("kind", "forms.field.not_offered")
        found = queries.load_incidents_of_cause(filter_, MAX_RETRIES + 1)
        chosen, left = found[:MAX_RETRIES], max(0, len(found) - MAX_RETRIES)
    else:
        chosen = _read_chosen_incident_ids_and_retries()
    results = retry_incidents(door.write, current_act(), chosen)
    return _render_incident_list_page(
        filter_, incident_retry_report(results, _failed_incident_titles(results), left)
    )


def _failed_incident_titles(results: Sequence[RetryResult]) -> dict[UUID, str]:
    """Return the titles of the incidents that failed."""
    failed = [result.incident for result in results if result.error is not None]
    return {
        row.id: " ".join(part for part in (_(texts.KIND_LABELS[row.kind]), row.number) if part)
        for row in queries.load_incident_rows(current_act(), failed)
    }


def _read_chosen_incident_ids_and_retries() -> list[tuple[UUID, int]]:
    """Return the chosen incidents, each once, with the retries seen. Raises Invalid."""
    chosen: dict[UUID, int] = {}
    for picked in request.form.getlist("incident"):
        incident_id, _colon, seen = picked.partition(":")
        if not seen.isdecimal() or len(seen) > 4:
            raise Invalid.field("incident", "kernel.input.not_an_id")
        chosen[parse_id(incident_id, "incident")] = int(seen)
    if not chosen:
        raise Invalid.field("incident", "forms.field.required")
    if len(chosen) > MAX_RETRIES:
        raise Invalid.field("incident", "forms.field.out_of_range")
    return list(chosen.items())


def _read_retries_seen() -> int:
    """Return the number of retries that the page showed. Raises Invalid."""
    given = request.form.get("seen", "")
    if not given.isdecimal() or len(given) > 4:
        raise Invalid.field("seen", "kernel.input.not_a_number")
    return int(given)
