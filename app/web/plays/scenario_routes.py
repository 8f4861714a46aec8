"""Pages of scenarios: keep a play as one, list and run them on a draft or the version in force, remove one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from app.diagrams import draft_queries
from app.diagrams.proposal_queries import load_version_drawing_and_forms
from app.diagrams.scenario_queries import load_scenario
from app.kernel import door
from app.kernel.errors import Invalid, Missing, Refused
from app.kernel.ids import parse_id
from app.people.rules import is_permitted
from app.plays import scenarios, stored_plays
from app.plays.stored_plays import build_play_source_of_draft
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access, current_act
from app.web.labels.messages import problem_texts_by_field
from app.web.plays.routes import blueprint, render_play
from app.web.processes.presenter import published_or_newest_version
from app.web.processes.scenario_rows import load_removed_scenario_views, load_scenario_views
from app.web.studio.fields import read_revision_or_version_number
from app.web.studio.presenter import draft_heading, process_heading
from app.web.studio.routes import load_version_rows


@blueprint.post("/processes/drafts/<uuid:draft_id>/try/keep")
@allow_access("processes.edit")
def keep_play_as_scenario(draft_id: UUID) -> Any:
    """Keep the play as a scenario of its process; with `replace` instead of the one it was opened from."""
    draft = draft_queries.load_open_draft(draft_id)
    stored = stored_plays.load_play(current_act(), draft_id)
    replaces = stored.scenario if request.form.get("replace") else None
    try:
        scenario_id = parse_id(request.form.get("id"))
        kept = scenarios.run_play_and_return_scenario_content(
            build_play_source_of_draft(draft, stored), stored.entries
        )
        with door.write(current_act()):
            scenarios.store_or_replace_scenario(
                current_act(),
                scenario_id,
                request.form.get("title", ""),
                kept,
                replaces,
                request.form.get("reason", ""),
            )
    except (Invalid, Refused) as refused:
        return render_play(draft, stored, refused), refused.status
    flash(_("The play is kept as a scenario: every later version has to pass it."), "good")
    return redirect(url_for("plays.list_draft_scenarios", draft_id=draft_id))


@blueprint.post("/processes/drafts/<uuid:draft_id>/try/open")
@allow_access("processes.edit")
def open_scenario(draft_id: UUID) -> Any:
    """Open a scenario as the play of the visitor; one that no scenario holds is replaced only after a question."""
    scenario_id = parse_id(request.form.get("scenario"), "scenario")
    seen = read_revision_or_version_number("seen", request.form["seen"]) if "seen" in request.form else None
    if seen is None and stored_plays.count_play_entries_in_no_scenario(current_act(), draft_id):
        return redirect(
            url_for("plays.show_play_replacement_question", draft_id=draft_id, scenario_id=scenario_id)
        )
    with door.write(current_act()):
        stored_plays.copy_scenario_into_play(current_act(), draft_id, scenario_id, seen)
    return redirect(url_for("plays.show_play", draft_id=draft_id))


@blueprint.get("/processes/drafts/<uuid:draft_id>/try/open/<uuid:scenario_id>")
@allow_access("processes.edit")
def show_play_replacement_question(draft_id: UUID, scenario_id: UUID) -> str:
    """Ask whether a scenario is opened in place of a play that no scenario holds."""
    draft, scenario = draft_queries.load_open_draft(draft_id), load_scenario(scenario_id)
    if scenario.key != draft.row.key:
        raise Missing
    return render_template(
        "plays/replace.html",
        heading=draft_heading(draft.row),
        scenario=scenario,
        seen=len(stored_plays.load_play(current_act(), draft_id).entries),
    )


@blueprint.get("/processes/drafts/<uuid:draft_id>/scenarios")
@allow_access("processes.edit")
def list_draft_scenarios(draft_id: UUID) -> str:
    """List the scenarios of the process of a draft, with their last results on it."""
    draft = draft_queries.load_open_draft(draft_id)
    return render_template(
        "plays/scenarios.html",
        heading=draft_heading(draft.row),
        draft_id=draft_id,
        key=draft.row.key,
        run_url=url_for("plays.run_draft_scenarios", draft_id=draft_id),
        scenarios=load_scenario_views(draft.row.key, draft.xml, draft.form_texts_named_in_drawing),
        removed=load_removed_scenario_views(draft.row.key, None),
        may_edit=True,
    )


@blueprint.post("/processes/drafts/<uuid:draft_id>/scenarios")
@allow_access("processes.edit")
def run_draft_scenarios(draft_id: UUID) -> Any:
    """Run every scenario of the process on a draft and store the results."""
    draft = draft_queries.load_open_draft(draft_id)
    _run_and_store_scenarios(draft.row.key, draft.xml, draft.form_texts_named_in_drawing)
    return redirect(url_for("plays.list_draft_scenarios", draft_id=draft_id))


@blueprint.get("/processes/<process>/scenarios")
@allow_access("processes.read")
def list_process_scenarios(process: str) -> str:
    """List the scenarios of a process, with their last results on the version in force."""
    row = published_or_newest_version(load_version_rows(process))
    return render_template(
        "plays/scenarios.html",
        heading=process_heading(row),
        draft_id=None,
        key=process,
        run_url=url_for("plays.run_process_scenarios", process=process),
        scenarios=load_scenario_views(process, *load_version_drawing_and_forms(row.id)),
        removed=load_removed_scenario_views(process, None),
        may_edit=is_permitted(current_act().assignments, "processes.edit"),
    )


@blueprint.post("/processes/<process>/scenarios")
@allow_access("processes.edit")
def run_process_scenarios(process: str) -> Any:
    """Run every scenario of a process on the version in force and store the results."""
    row = published_or_newest_version(load_version_rows(process))
    _run_and_store_scenarios(process, *load_version_drawing_and_forms(row.id))
    return redirect(url_for("plays.list_process_scenarios", process=process))


@blueprint.get("/processes/scenarios/<uuid:scenario_id>/remove")
@allow_access("processes.edit")
def show_scenario_removal_form(scenario_id: UUID, refused: Invalid | None = None) -> str:
    """Ask why a scenario is removed."""
    scenario = load_scenario(scenario_id)
    return render_template(
        "plays/remove.html",
        scenario=scenario,
        back=_scenario_list_url(scenario.key),
        reason=request.form.get("reason", ""),
        errors=problem_texts_by_field(refused) if refused else {},
    )


@blueprint.post("/processes/scenarios/<uuid:scenario_id>/remove")
@allow_access("processes.edit")
def remove_scenario_with_reason(scenario_id: UUID) -> Any:
    """Remove a scenario with a reason; the second person sees it beside the next proposal."""
    try:
        with door.write(current_act()):
            key = scenarios.remove_scenario(current_act(), scenario_id, request.form.get("reason", ""))
    except Invalid as refused:
        return show_scenario_removal_form(scenario_id, refused), refused.status
    flash(_("The scenario is removed. The second person sees the reason beside the next proposal."), "good")
    return redirect(_scenario_list_url(key))


def _scenario_list_url(key: str) -> str:
    """Return the list of the scenarios of a process; for one without a version the list of processes."""
    try:
        load_version_rows(key)
    except Missing:
        return url_for("processes.list_processes")
    return url_for("plays.list_process_scenarios", process=key)


def _run_and_store_scenarios(key: str, xml: str, forms: Any) -> None:
    runs = scenarios.run_scenarios(key, xml, forms, current_act().at)
    with door.write(current_act()):
        scenarios.store_scenario_results(current_act(), xml, forms, runs)
    failed = sum(not run.passed for _scenario, run in runs)
    if failed:
        flash(_("%(failed)s of %(count)s scenarios fail.") % {"failed": failed, "count": len(runs)}, "late")
    else:
        flash(_("All scenarios pass."), "good")
