"""A case begins: the form of its start, prefilled from where the person came, and the one POST that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app import operations
from app.cases.commands.start import start_case
from app.cases.commands.talk import drop_draft, save_draft
from app.cases.queries.page import draft
from app.diagrams.versions import Published, in_force, load
from app.forms.schema import check
from app.kernel import door
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import pick
from app.kernel.ids import new_id, read_id
from app.web.correction import editor, places_from
from app.web.drafts import typed_values
from app.web.entrance import act, allow, visitor
from app.web.formview import answers_from, field_views, problem_lines, problem_texts
from app.web.speech import gettext as _
from app.web.speech import locale
from app.web.uploads import store_uploads

blueprint = Blueprint("start", __name__)
NAME = "late_correction"


def _published() -> Published:
    version = in_force(operations.STARTS[NAME].diagram)
    if version is None:
        raise Missing
    return load(version)


@blueprint.get("/cases/start/late_correction")
@allow("journal.write")
def late_correction() -> str:
    """The request for a correction, with the cells the address names filled in."""
    places = places_from(request.args.get("cells", ""))
    if not places:
        raise Invalid.field("cells", "journal.change_set.empty")
    return _page(new_id(), request.args["cells"], request.form)


def _page(case_id: UUID, cells: str, typed: Any, refused: Invalid | None = None) -> str:
    published = _published()
    form = published.forms[f"{NAME}.start"]
    kept: Mapping[str, Any] = typed or draft(visitor().person_id, case_id)
    shown = SimpleNamespace(
        id=case_id,
        cells=cells,
        title=pick(published.model.titles, locale()),
        clause=published.model.clause,
        editor=editor(places_from(cells), kept),
        fields=field_views(form, locale()),
        typed=kept,
        errors=problem_texts(refused) if refused else {},
        summary=problem_lines(refused, form, locale()) if refused else [],
        action=url_for("start.send", cells=cells),
        draft_url=url_for("start.keep", case_id=case_id),
        way=[pick(lane.titles, locale()) for lane in published.model.lanes.values()],
    )
    return render_template("start/late_correction.html", start=shown)


@blueprint.post("/cases/start/late_correction")
@allow("journal.write")
def send() -> Any:
    """Begin the case; the id was drawn with the form, so pressing twice makes one case."""
    case_id = read_id(request.form.get("id"))
    form = _published().forms[f"{NAME}.start"]
    try:
        answers = check(form, answers_from(form, request.form))
        with door.write(act()):
            answers |= store_uploads(form, request.files)
            started = start_case(act(), case_id, NAME, answers)
            drop_draft(act(), case_id)
    except Invalid as refused:
        cells = request.args.get("cells", "")
        return _page(case_id, cells, request.form, refused), refused.status
    if not started.repeated:
        flash(_("Request %(number)s is on its way.") % {"number": started.number}, "good")
    return redirect(url_for("cases.case", case_id=case_id))


@blueprint.put("/cases/start/<uuid:case_id>/draft")
@allow("journal.write")
def keep(case_id: UUID) -> Any:
    """Keep what was typed so far."""
    values = typed_values()
    with door.write(act()):
        save_draft(act(), case_id, values)
    return "", 204
