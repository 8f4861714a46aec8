"""Route of the search: a case by its number, people and journals by their name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from app.cases.queries import case_details as pages
from app.cases.queries.requests import find_case_id_by_number
from app.journal.courses.offerings import load_offerings_ever_taught
from app.kernel.clock import local_day
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.people.rules import is_permitted
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act, current_visitor, request_time

blueprint = Blueprint("search", __name__)
MAX_RESULTS = 20


@blueprint.get("/search")
@allow_access("signed_in")
def search_cases_people_and_journals() -> Any:
    """Redirect to the case with this number, else show the people and journals that match."""
    query = request.args.get("q", "")[:80].strip()
    case_id = find_case_id_by_number(query) if query else None
    if case_id is not None and _can_open_case(case_id):
        return redirect(url_for("cases.show_case", case_id=case_id))
    return render_template(
        "search/search.html", q=query, people=_match_people(query), journals=_match_own_journals(query)
    )


def _can_open_case(case_id: Any) -> bool:
    """Return whether the person may open the case."""
    try:
        pages.load_case_view(current_act(), case_id)
    except Missing:
        return False
    return True


def _match_people(query: str) -> list[SimpleNamespace]:
    """Return people that match, for roles that may read them; [] for fewer than two characters."""
    if len(query) < 2 or not is_permitted(current_visitor().assignments, "people.read"):
        return []
    found = people.load_people_page(local_day(request_time()), query, most=MAX_RESULTS)
    return [
        SimpleNamespace(name=row.name.full, url=url_for("people.show_person", person_id=row.id))
        for row in found
    ]


def _match_own_journals(query: str) -> list[SimpleNamespace]:
    """Return the teacher's own journals that match; [] for fewer than two characters."""
    if len(query) < 2 or not current_visitor().has_role("teacher"):
        return []
    rows = load_offerings_ever_taught(current_visitor().person_id, request_time())
    titles = [(f"{pick_text(row.names, locale())}, {row.group}", row.id) for row in rows]
    return [
        SimpleNamespace(name=title, url=url_for("journal.show_journal_grid", offering=offering))
        for title, offering in titles
        if query.casefold() in title.casefold()
    ][:MAX_RESULTS]
