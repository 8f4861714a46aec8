"""What a clause means, in two sentences: as a fragment for the dialog, as a page without a script."""

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
    """Every clause the product knows."""
    return render_template("clauses/clauses.html", sections=_sections(all_clauses()), alone=False)


@blueprint.get("/clauses/<number>")
@allow("signed_in")
def one(number: str) -> str:
    """One clause."""
    try:
        found = clause(number)
    except KeyError:
        raise Missing from None
    if request.headers.get("X-Fragment"):
        return render_template("clauses/_clause.html", clause=_shown(found))
    return render_template("clauses/clauses.html", sections=_sections([found]), alone=True)


def _sections(clauses: Iterable[Clause]) -> list[SimpleNamespace]:
    """The clauses under the headings of the regulation."""
    return [
        SimpleNamespace(number=number, title=_(SECTIONS[number]), clauses=[_shown(one) for one in held])
        for number, held in groupby(clauses, key=lambda one: one.number.split(".")[0])
    ]


def _shown(found: Clause) -> SimpleNamespace:
    return SimpleNamespace(
        number=found.number, title=pick(found.titles, locale()), meaning=pick(found.meaning, locale())
    )
