"""What a clause means, in two sentences: as a fragment for the dialog, as a page without a script."""

from __future__ import annotations

from types import SimpleNamespace

from flask import Blueprint, render_template, request

from app.kernel.errors import Missing
from app.kernel.i18n import pick
from app.regulation.clauses import Clause, all_clauses, clause
from app.web.entrance import allow
from app.web.speech import locale

blueprint = Blueprint("clauses", __name__)


@blueprint.get("/clauses")
@allow("signed_in")
def clauses() -> str:
    """Every clause the product knows."""
    return render_template("clauses/clauses.html", clauses=[_shown(found) for found in all_clauses()])


@blueprint.get("/clauses/<number>")
@allow("signed_in")
def one(number: str) -> str:
    """One clause."""
    try:
        found = clause(number)
    except KeyError:
        raise Missing from None
    template = "clauses/_clause.html" if request.headers.get("X-Fragment") else "clauses/clauses.html"
    shown = _shown(found)
    return render_template(template, clause=shown, clauses=[shown])


def _shown(found: Clause) -> SimpleNamespace:
    return SimpleNamespace(
        number=found.number, title=pick(found.titles, locale()), meaning=pick(found.meaning, locale())
    )
