"""Pages of publishing: propose a draft or a version, decide as a second person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from app.diagrams import draft_queries, proposals
from app.diagrams.limited_check import check_diagram_with_limits
from app.diagrams.proposal_queries import (
    find_publication_moment_of_version,
    load_proposal,
    load_proposals_of_process,
    load_version_drawing_and_forms,
)
from app.diagrams.scenario_queries import ScenarioRow, ScenarioRun
from app.diagrams.versions import load_published_version_id
from app.kernel import door
from app.kernel.db import db
from app.kernel.errors import DepterError, Invalid, Refused, Stale
from app.kernel.ids import new_id, parse_id
from app.people import queries as people
from app.plays import scenarios
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access, current_act
from app.web.processes.presenter import published_or_newest_version
from app.web.processes.proposal_rows import proposal_view, proposal_views
from app.web.processes.scenario_rows import (
    load_removed_scenario_views,
    load_scenario_views,
    scenario_run_views,
)
from app.web.studio import fields, presenter
from app.web.studio.comparison_routes import require_version
from app.web.studio.comparison_views import (
    ComparedSide,
    compared_side_of_draft,
    compared_side_of_version,
    difference_views_or_none,
)
from app.web.studio.moment_field import read_effective_moment
from app.web.studio.proposal_views import (
    check_report_view,
    process_link,
    refusal_template_values,
    visitor_rights_on_proposal,
)
from app.web.studio.routes import blueprint, load_version_rows


@blueprint.get("/processes/drafts/<uuid:draft_id>/propose")
@allow_access("processes.edit")
def show_draft_proposal_form(draft_id: UUID, refused: DepterError | None = None) -> str:
    """Show what a draft would change, the result of its check, and the form that proposes it."""
    stored = draft_queries.load_open_draft(draft_id)
    in_force = load_published_version_id(stored.row.key)
    return _render_proposal_form_page(
        stored.row.key,
        presenter.draft_heading(stored.row),
        url_for("studio.propose_draft_version", draft_id=draft_id),
        (stored.xml, stored.form_texts_named_in_drawing),
        compared_side_of_draft(stored.xml, stored.form_texts_named_in_drawing),
        in_force,
        url_for("studio.get_draft_comparison_json", draft_id=draft_id),
        url_for("studio.show_draft_replay", draft_id=draft_id),
        refused,
        revision=stored.row.revision,
    )


@blueprint.post("/processes/drafts/<uuid:draft_id>/propose")
@allow_access("processes.edit")
def propose_draft_version(draft_id: UUID) -> Any:
    """Propose a draft."""
    try:
        proposal_id = parse_id(request.form.get("id"))
        revision = fields.read_revision_or_version_number("revision", request.form.get("revision"))
        stored = draft_queries.find_open_draft(draft_id)
        runs = (
            _run_scenarios(stored.row.key, (stored.xml, stored.form_texts_named_in_drawing))
            if stored
            else None
        )
        with door.write(current_act()):
            if stored and runs:
                scenarios.store_scenario_results(
                    current_act(), stored.xml, stored.form_texts_named_in_drawing, runs
                )
            proposals.propose_draft(
                current_act(), proposal_id, draft_id, revision, request.form.get("why", "")
            )
    except (Invalid, Refused, Stale) as refused:
        db.session.rollback()
        return show_draft_proposal_form(draft_id, refused), refused.status
    return _redirect_to_new_proposal(proposal_id)


@blueprint.get("/processes/<process>/versions/<int:version>/propose")
@allow_access("processes.edit")
def show_version_proposal_form(process: str, version: int, refused: DepterError | None = None) -> str:
    """Show what bringing a version into force would change, and the form that proposes it."""
    row = require_version(load_version_rows(process), version)
    in_force = load_published_version_id(process)
    base = published_or_newest_version(load_version_rows(process)).number
    return _render_proposal_form_page(
        process,
        presenter.version_heading(row),
        url_for("studio.propose_version", process=process, version=version),
        load_version_drawing_and_forms(row.id),
        compared_side_of_version(row.id),
        in_force,
        url_for("studio.get_version_comparison_json", process=process, before=base, after=version),
        url_for("studio.show_version_replay", process=process, version=version),
        refused,
    )


@blueprint.post("/processes/<process>/versions/<int:version>/propose")
@allow_access("processes.edit")
def propose_version(process: str, version: int) -> Any:
    """Propose a version that exists: one that came with Depter, or an old one again."""
    row = require_version(load_version_rows(process), version)
    try:
        proposal_id = parse_id(request.form.get("id"))
        source = load_version_drawing_and_forms(row.id)
        runs = _run_scenarios(process, source)
        with door.write(current_act()):
            scenarios.store_scenario_results(current_act(), *source, runs)
            proposals.propose_version(current_act(), proposal_id, row.id, request.form.get("why", ""))
    except (Invalid, Refused, Stale) as refused:
        db.session.rollback()
        return show_version_proposal_form(process, version, refused), refused.status
    return _redirect_to_new_proposal(proposal_id)


@blueprint.get("/processes/<process>/proposals")
@allow_access("processes.read")
def list_proposals(process: str) -> str:
    """List the last proposals of a process: who wanted what, why, who decided."""
    rows = load_version_rows(process)
    return render_template(
        "studio/proposals.html",
        process=presenter.process_heading(published_or_newest_version(rows)),
        proposals=proposal_views(load_proposals_of_process(process)),
    )


@blueprint.get("/processes/proposals/<uuid:proposal_id>")
@allow_access("processes.read")
def show_proposal(proposal_id: UUID, refused: DepterError | None = None) -> str:
    """Show a proposal on one page: why, check, comparison, decision."""
    row = load_proposal(proposal_id)
    named = people.load_names([row.proposed_by, row.decided_by, *row.authors])
    source = load_version_drawing_and_forms(row.version_id)
    base = row.base_version_id
    drawings_url = url_for(
        "studio.get_version_comparison_json", process=row.key, before=row.base_number, after=row.number
    )
    return render_template(
        "studio/proposal.html",
        proposal=proposal_view(row, named),
        rights=visitor_rights_on_proposal(row),
        authors=[named[person].short for person in row.authors if person in named],
        process=process_link(row),
        report=_checked_diagram_report_view(source),
        scenarios=load_scenario_views(row.key, *source),
        removed_scenarios=load_removed_scenario_views(row.key, find_publication_moment_of_version(base)),
        changes=difference_views_or_none(
            compared_side_of_version(base), compared_side_of_version(row.version_id)
        )
        if base
        else None,
        is_new=base is None,
        is_outdated=row.is_open and load_published_version_id(row.key) != base,
        base_id=base or "",
        drawings_url=drawings_url if base else None,
        replay_url=url_for("studio.show_version_replay", process=row.key, version=row.number)
        if base
        else None,
        typed={
            name: request.form.get(name, "") for name in ("reason", "return_reason", "effective_at", "when")
        },
        **refusal_template_values(refused),
    )


@blueprint.post("/processes/proposals/<uuid:proposal_id>/approve")
@allow_access("processes.publish")
def approve_proposal_from_form(proposal_id: UUID) -> Any:
    """Approve a proposal: now, or from a later moment."""
    try:
        seen = request.form.get("base", "")
        base = parse_id(seen, "base") if seen else None
        later = read_effective_moment(request.form)
        row = load_proposal(proposal_id)
        source = load_version_drawing_and_forms(row.version_id)
        runs = _run_scenarios(row.key, source) if visitor_rights_on_proposal(row).may_decide else []
        with door.write(current_act()):
            scenarios.store_scenario_results(current_act(), *source, runs)
            proposals.approve_proposal(
                current_act(), proposal_id, base, later, request.form.get("reason", "")
            )
    except (Invalid, Refused, Stale) as refused:
        db.session.rollback()
        return show_proposal(proposal_id, refused), refused.status
    said = (
        _("Approved. The version comes into force at the moment you chose.")
        if later
        else _("It is in force now.")
    )
    flash(said, "good")
    return redirect(url_for("studio.show_proposal", proposal_id=proposal_id))


@blueprint.post("/processes/proposals/<uuid:proposal_id>/return")
@allow_access("processes.publish")
def return_proposal_to_author(proposal_id: UUID) -> Any:
    """Return a proposal with a reason."""
    try:
        with door.write(current_act()):
            proposals.send_proposal_back_to_author(
                current_act(), proposal_id, request.form.get("return_reason", "")
            )
    except (Invalid, Refused, Stale) as refused:
        db.session.rollback()
        return show_proposal(proposal_id, refused), refused.status
    flash(_("The proposal was returned."), "good")
    return redirect(url_for("studio.show_proposal", proposal_id=proposal_id))


@blueprint.post("/processes/proposals/<uuid:proposal_id>/withdraw")
@allow_access("processes.edit")
def withdraw_waiting_proposal(proposal_id: UUID) -> Any:
    """Withdraw a proposal that waits."""
    try:
        with door.write(current_act()):
            proposals.withdraw_proposal(current_act(), proposal_id)
    except (Refused, Stale) as refused:
        db.session.rollback()
        return show_proposal(proposal_id, refused), refused.status
    flash(_("The proposal was withdrawn."), "good")
    return redirect(url_for("studio.show_proposal", proposal_id=proposal_id))


def _render_proposal_form_page(
    key: str,
    heading: Any,
    action: str,
    source: tuple[str, Mapping[str, str]],
    side: ComparedSide,
    in_force: UUID | None,
    drawings_url: str,
    replay_url: str,
    refused: DepterError | None,
    revision: int | None = None,
) -> str:
    return render_template(
        "studio/propose.html",
        heading=heading,
        action=action,
        proposal_id=request.form.get("id") or new_id(),
        revision=revision,
        why=request.form.get("why", ""),
        report=_checked_diagram_report_view(source),
        scenarios=scenario_run_views(_run_scenarios(key, source), *source),
        removed_scenarios=load_removed_scenario_views(key, find_publication_moment_of_version(in_force)),
        changes=difference_views_or_none(compared_side_of_version(in_force), side) if in_force else None,
        is_new=in_force is None,
        drawings_url=drawings_url if in_force else None,
        replay_url=replay_url if in_force else None,
        **refusal_template_values(refused),
    )


def _run_scenarios(key: str, source: tuple[str, Mapping[str, str]]) -> list[tuple[ScenarioRow, ScenarioRun]]:
    """Run the scenarios of a process on a drawing with its forms."""
    return scenarios.run_scenarios(key, *source, current_act().at)


def _checked_diagram_report_view(source: tuple[str, Mapping[str, str]]) -> Any:
    xml, forms = source
    return check_report_view(check_diagram_with_limits(xml.encode(), forms))


def _redirect_to_new_proposal(proposal_id: UUID) -> Any:
    flash(_("The version is proposed. Another process administrator decides."), "good")
    return redirect(url_for("studio.show_proposal", proposal_id=proposal_id))
