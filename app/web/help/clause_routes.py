"""Routes that explain the clauses of the regulation: a fragment for the dialog, or a page."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from types import SimpleNamespace

from flask import Blueprint, render_template, request

from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.regulation.clauses import Clause, all_clauses, clause_by_number
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access

blueprint = Blueprint("clauses", __name__)

REGULATION_SECTION_TITLES = {
    "1": N_("General"),
    "2": N_("Parts of the journal"),
    "3": N_("Roles and access"),
    "4": N_("Filling the journal"),
    "5": N_("Work-offs"),
    "6": N_("Rights of the student"),
    "7": N_("Protection, archive, closing"),
    "8": N_("Control and responsibility"),
}


@blueprint.get("/clauses")
@allow_access("signed_in")
def list_clauses() -> str:
    """Show every clause that is described."""
    return render_template("clauses/clauses.html", sections=_clause_section_views(all_clauses()), alone=False)


@blueprint.get("/clauses/<number>")
@allow_access("signed_in")
def show_clause(number: str) -> str:
    """Show one clause; a fragment when `X-Fragment` is sent. Raises Missing."""
    try:
        found = clause_by_number(number)
    except KeyError:
        raise Missing from None
    if request.headers.get("X-Fragment"):
        return render_template("clauses/_clause.html", clause=_clause_view(found))
    return render_template("clauses/clauses.html", sections=_clause_section_views([found]), alone=True)


def _clause_section_views(clauses: Iterable[Clause]) -> list[SimpleNamespace]:
    """Return the clauses grouped under the headings of the regulation."""
    return [
        SimpleNamespace(
            number=number,
            title=_(REGULATION_SECTION_TITLES[number]),
            clauses=[_clause_view(item) for item in items],
        )
        for number, items in groupby(clauses, key=lambda item: item.number.split(".")[0])
    ]


def _clause_view(found: Clause) -> SimpleNamespace:
    """Return number, title and meaning of a clause."""
    return SimpleNamespace(
        number=found.number,
        title=pick_text(found.titles, locale()),
        meaning=pick_text(found.meaning, locale()),
    )
