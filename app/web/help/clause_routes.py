"""Routes that explain the clauses of the regulation: a fragment for the dialog, or a page."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from types import SimpleNamespace

from flask import Blueprint, render_template, request

from app.kernel.errors import Missing
from app.kernel.i18n import pick
from app.regulation.clauses import Clause, all_clauses, clause
from app.texts.translate import gettext as _
from app.texts.translate import locale, mark
from app.web.core.visitor import allow

blueprint = Blueprint("clauses", __name__)

SECTIONS = {
    "1": mark("General"),
    "2": mark("Parts of the journal"),
    "3": mark("Roles and access"),
    "4": mark("Filling the journal"),
    "5": mark("Work-offs"),
    "6": mark("Rights of the student"),
    "7": mark("Protection, archive, closing"),
    "8": mark("Control and responsibility"),
}


@blueprint.get("/clauses")
@allow("signed_in")
def clauses() -> str:
    """Show every clause that is described."""
    return render_template("clauses/clauses.html", sections=_section_views(all_clauses()), alone=False)


@blueprint.get("/clauses/<number>")
@allow("signed_in")
def one(number: str) -> str:
    """Show one clause; a fragment when `X-Fragment` is sent. Raises Missing."""
    try:
        found = clause(number)
    except KeyError:
        raise Missing from None
    if request.headers.get("X-Fragment"):
        return render_template("clauses/_clause.html", clause=_clause_view(found))
    return render_template("clauses/clauses.html", sections=_section_views([found]), alone=True)


def _section_views(clauses: Iterable[Clause]) -> list[SimpleNamespace]:
    """Return the clauses grouped under the headings of the regulation."""
    return [
        SimpleNamespace(
            number=number, title=_(SECTIONS[number]), clauses=[_clause_view(item) for item in items]
        )
        for number, items in groupby(clauses, key=lambda item: item.number.split(".")[0])
    ]


def _clause_view(found: Clause) -> SimpleNamespace:
    """Return number, title and meaning of a clause."""
    return SimpleNamespace(
        number=found.number, title=pick(found.titles, locale()), meaning=pick(found.meaning, locale())
    )
