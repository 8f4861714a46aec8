"""Scenarios after a check in the editor: they run on the stored draft while one draws (decision 39)."""

from __future__ import annotations

from threading import Lock
from typing import Any
from uuid import UUID

from flask import current_app, jsonify, render_template
from flask_limiter.errors import RateLimitExceeded

from app.diagrams import draft_queries
from app.diagrams.limited_check import check_diagram_with_limits
from app.diagrams.scenario_queries import load_scenarios
from app.kernel import door
from app.kernel.errors import Refused
from app.plays import scenarios
from app.web.core.error_pages import HttpRefusal
from app.web.core.visitor import allow_access, current_act, current_visitor
from app.web.plays.routes import blueprint
from app.web.processes.scenario_rows import scenario_run_views

SCENARIO_RATE_LIMIT = "20 per minute"
"""A page asks at most every two seconds, and only for a stored state that the check has found sound."""
_one_run = Lock()
"""Held while scenarios run after a check: at most one thread of a web process is busy with them."""


@blueprint.record_once
def install_scenario_rate_limit(state: Any) -> None:
    """Limit the runs of scenarios of one person."""
    limiter = state.app.extensions["depter.limiter"]
    state.app.extensions["depter.check_scenarios"] = limiter.limit(
        SCENARIO_RATE_LIMIT, key_func=lambda: f"scenarios:{current_visitor().person_id}"
    )(_scenario_check_response)


@blueprint.post("/processes/drafts/<uuid:draft_id>/check/scenarios")
@allow_access("processes.edit")
def check_scenarios(draft_id: UUID) -> Any:
    """Run the scenarios of a process on the stored state of a draft and store the results: `{revision, html}`.

    429 for more than `SCENARIO_RATE_LIMIT` by one person, 409 while this process runs those of another draft.
    """
    try:
        return current_app.extensions["depter.check_scenarios"](draft_id)
    except RateLimitExceeded:
        raise HttpRefusal("diagrams.check.too_often", 429) from None


def _scenario_check_response(draft_id: UUID) -> Any:
    if not _one_run.acquire(blocking=False):
        raise Refused("diagrams.scenario.busy")
    try:
        return _run_scenarios_of_draft(draft_id)
    finally:
        _one_run.release()


def _run_scenarios_of_draft(draft_id: UUID) -> Any:
    """Run them until the draft has another state; a draft with errors is not played, and `html` is empty."""
    draft = draft_queries.load_open_draft(draft_id)
    revision, xml, forms = draft.row.revision, draft.xml, draft.form_texts_named_in_drawing

    def is_draft_state_newest() -> bool:
        return draft_queries.load_draft_revision_number(draft_id) == revision

    rows = load_scenarios(draft.row.key)
    if rows and check_diagram_with_limits(xml.encode(), forms).errors:
        return jsonify(revision=revision, html="")
    runs = scenarios.run_scenarios_while(rows, xml, forms, current_act().at, is_draft_state_newest)
    done = [(row, run) for row, run in runs if run is not None]
    if not is_draft_state_newest():
        return jsonify(revision=revision, html="")
    if done:
        with door.write(current_act()):
            scenarios.store_scenario_results(current_act(), xml, forms, done)
            scenarios.prune_draft_scenario_results(draft.row.key)
    views = scenario_run_views(runs, xml, forms)
    html = render_template("plays/_scenario_check.html", scenarios=views, draft_id=draft_id)
    return jsonify(revision=revision, html=html)
