"""Routes that explain the clauses of the regulation: a fragment for the dialog, or a page."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from types import SimpleNamespace

from flask import Blueprint, render_template, request
from flask.blueprints import BlueprintSetupState

from app.kernel.errors import Missing
from app.regulation.clauses import all_clauses
from app.texts.translate import N_
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access
from app.web.help.visitor_calendar import visitor_deadline_calendar
from app.web.labels.clauses import ANNEX_PREFIX, ClauseView, clause_view

blueprint = Blueprint("clauses", __name__)

REGULATION_SECTION_TITLES = {
    "1": N_("General"),
    "2": N_("Parts of the journal"),
    "3": N_("Roles and access"),
    "4": N_("Filling the journal"),
    "5": N_("Make-up work"),
    "6": N_("Rights of the student"),
    "7": N_("Protection, archive, closing"),
    "8": N_("Control and responsibility"),
    ANNEX_PREFIX: N_("Annexes"),
}


@blueprint.record_once
def offer_clauses_to_templates(state: BlueprintSetupState) -> None:
    """Let every template draw a clause: pages of refusals show the one they rest on."""
    state.app.jinja_env.globals["explain_clause"] = explain_clause


def explain_clause(number: str) -> ClauseView:
    """Return a clause with the settings that hold for the visitor. Raises KeyError."""
    return clause_view(number, visitor_deadline_calendar())


@blueprint.get("/clauses")
@allow_access("signed_in")
def list_clauses() -> str:
    """Show every clause that is described."""
    terms = visitor_deadline_calendar()
    views = [clause_view(found.number, terms) for found in all_clauses()]
    return render_template("clauses/clauses.html", sections=_clause_section_views(views), alone=False)


@blueprint.get("/clauses/<number>")
@allow_access("signed_in")
def show_clause(number: str) -> str:
    """Show one clause; a fragment when `X-Fragment` is sent. Raises Missing."""
    try:
        found = explain_clause(number)
    except KeyError:
        raise Missing from None
    if request.headers.get("X-Fragment"):
        return render_template("clauses/_clause.html", clause=found)
    return render_template("clauses/clauses.html", sections=_clause_section_views([found]), alone=True)


def _clause_section_views(clauses: Iterable[ClauseView]) -> list[SimpleNamespace]:
    """Return the clauses grouped under the headings of the regulation; the annexes come last."""
    return [
        SimpleNamespace(
            number=number,
            numbered=number != ANNEX_PREFIX,
            title=_(REGULATION_SECTION_TITLES[number]),
            clauses=list(items),
        )
        for number, items in groupby(clauses, key=lambda item: item.number[0])
    ]
