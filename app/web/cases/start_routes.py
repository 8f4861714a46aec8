"""A case begins: the form of its start, prefilled from where the person came, and the one POST that makes it.

Knows no process in particular: the menu says which starts there are, their diagrams which form asks what.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app import operations
from app.cases.commands.start import begins_anything, may_begin, start_case
from app.cases.commands.talk import drop_draft, save_draft
from app.cases.queries.case_details import draft
from app.diagrams.versions import Published, in_force, load
from app.forms.read import Form
from app.forms.schema import check
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Missing
from app.kernel.i18n import pick
from app.kernel.ids import new_id, read_id
from app.people import queries as people
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.form_view import answers_from, field_views, problem_lines, problem_texts
from app.web.cases.subject_fields import field_for_start
from app.web.core.draft_input import typed_values
from app.web.core.uploads import store_uploads
from app.web.core.visitor import act, allow, visitor
from app.web.labels.case_progress import lanes_met
from app.web.student_access.student_pages import may_look

blueprint = Blueprint("start", __name__)


def _found(name: str) -> tuple[operations.Start, Published, Form]:
    """The start with its diagram in force and its form; raises Missing, also for who may not begin it."""
    start = operations.STARTS.get(name)
    version = in_force(start.diagram) if start else None
    if start is None or version is None:
        raise Missing
    try:
        may_begin(act(), start, _behalf())
    except Denied:
        raise Missing from None
    published = load(version)
    return start, published, published.forms[f"{start.diagram}.start"]


def _behalf() -> UUID | None:
    """The student for whom somebody else asks, as the address names him."""
    given = request.args.get("student")
    return read_id(given, "student") if given else None


@blueprint.get("/cases/start/<name>")
@allow("signed_in")
def begin(name: str) -> str:
    """The form of a request, with what the address names filled in."""
    start, published, form = _found(name)
    return _page(new_id(), start, published, form, {})


def _page(
    case_id: UUID,
    start: operations.Start,
    published: Published,
    form: Form,
    typed: Any,
    refused: Invalid | None = None,
) -> str:
    kept: Mapping[str, Any] = typed or draft(visitor().person_id, case_id)
    behalf = _behalf()
    came: dict[str, Any] = request.args.to_dict()
    screen = field_for_start(form, request.args, kept)
    shown = SimpleNamespace(
        id=case_id,
        name=start.name,
        title=pick(published.model.titles, locale()),
        about=pick(published.model.about, locale()),
        clause=published.model.clause,
        screen=screen,
        fields=field_views(form, locale(), getattr(screen.view, "needless", ()) if screen else ()),
        typed=kept,
        errors=problem_texts(refused) if refused else {},
        summary=problem_lines(refused, form, locale()) if refused else [],
        action=url_for("start.send", name=start.name, **came),
        draft_url=url_for("start.keep", case_id=case_id),
        draft_key="start:" + start.name + ":" + ":".join(came.values()),
        way=lanes_met(published.model, locale()),
        behalf=people.names([behalf])[behalf].full if behalf else None,
        back=_back(behalf),
    )
    return render_template("start/start.html", start=shown)


def _back(behalf: UUID | None) -> str:
    """Where one comes from: the cabinet of the student one asks for, else one's own requests."""
    if behalf is not None and may_look(act(), behalf):
        return url_for("groups.absences", student=behalf)
    return url_for("cases.requests")


@blueprint.post("/cases/start/<name>")
@allow("signed_in")
def send(name: str) -> Any:
    """Begin the case; the id was drawn with the form, so pressing twice makes one case."""
    case_id = read_id(request.form.get("id"))
    start, published, form = _found(name)
    try:
        answers = check(form, answers_from(form, request.form))
        with door.write(act()):
            answers |= store_uploads(form, request.files)
            started = start_case(act(), case_id, name, answers, _behalf())
            drop_draft(act(), case_id)
    except Invalid as refused:
        return _page(case_id, start, published, form, request.form, refused), refused.status
    if not started.repeated:
        flash(_("Request %(number)s is on its way.") % {"number": started.number}, "good")
    return redirect(url_for("cases.case", case_id=case_id))


@blueprint.put("/cases/start/<uuid:case_id>/draft")
@allow("signed_in")
def keep(case_id: UUID) -> Any:
    """Keep what was typed so far; for who may begin anything at all, in his own name or in another's."""
    values = typed_values()
    if not begins_anything(act()):
        raise Missing
    with door.write(act()):
        save_draft(act(), case_id, values)
    return "", 204
