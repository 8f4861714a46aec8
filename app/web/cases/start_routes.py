"""Routes that start a case: the form of a start, prefilled from the address, its drafts, and its POST.

The registry of starts names the diagram, the diagram names the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app import operations
from app.cases.commands.drafts import delete_form_draft, save_form_draft
from app.cases.commands.start import (
    can_start_or_offer_anything,
    load_process_start,
    require_may_start_process,
    start_case,
)
from app.cases.queries.case_details import load_form_draft
from app.diagrams.versions import PublishedDiagram
from app.forms.form_file import Form
from app.forms.schema import check_form_answers
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id, parse_id
from app.people import queries as people
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.form_view import (
    form_field_views,
    problem_summary_rows,
    read_posted_answers,
)
from app.web.cases.subject_fields import start_subject_choices, start_subject_field_view
from app.web.core.draft_input import read_posted_draft_values
from app.web.core.uploads import store_uploads
from app.web.core.visitor import allow_access, current_act, current_visitor
from app.web.labels.case_progress import main_path_lane_titles
from app.web.labels.messages import problem_texts_by_field
from app.web.student_access.student_pages import can_open_cabinet

blueprint = Blueprint("start", __name__)


def _load_permitted_start_and_form(name: str) -> tuple[operations.ProcessStart, PublishedDiagram, Form]:
    """Return start, diagram in force and form. Raises Missing, also when the person may not start it."""
    start, published = load_process_start(name)
    try:
        require_may_start_process(current_act(), start, _read_student_id_param())
    except Denied:
        raise Missing from None
    return start, published, published.forms[f"{published.key}.start"]


def _read_student_id_param() -> UUID | None:
    """Return the student named in the address, for a person who files on the student's behalf."""
    student = request.args.get("student")
    return parse_id(student, "student") if student else None


@blueprint.get("/cases/start/<name>")
@allow_access("signed_in")
def show_start_form(name: str) -> str:
    """Show the form of a start, prefilled from the address; before it, what the request can be about."""
    start, published, form = _load_permitted_start_and_form(name)
    limited = replace(
        current_act(), assignments=tuple(one for one in current_act().assignments if one.role in start.roles)
    )
    choices = start_subject_choices(form, limited, request.args)
    if choices is not None:
        view = SimpleNamespace(
            title=pick_text(published.model.titles, locale()),
            clause=published.model.clause,
            action=url_for("start.show_start_form", name=name),
            q=request.args.get("q", ""),
            back=url_for("cases.list_own_requests"),
            choices=choices,
        )
        return render_template(getattr(choices, "template", "start/choose.html"), start=view)
    return _render_start_form(new_id(), start, published, form, {})


def render_filled_start_form(name: str, typed: Any) -> str:
    """Render the form of a new request with values that somebody else filled in, such as the rows of a workbook. Raises
    Missing when the visitor may not start it."""
    start, published, form = _load_permitted_start_and_form(name)
    return _render_start_form(new_id(), start, published, form, typed)


def _render_start_form(
    case_id: UUID,
    start: operations.ProcessStart,
    published: PublishedDiagram,
    form: Form,
    typed: Any,
    refused: Invalid | None = None,
) -> str:
    """Render the form of a start, with what was typed before and the problems of a refusal."""
    values: Mapping[str, Any] = typed or load_form_draft(current_visitor().person_id, case_id)
    behalf = _read_student_id_param()
    address: dict[str, Any] = request.args.to_dict()
    screen = start_subject_field_view(form, request.args, values)
    view = SimpleNamespace(
        id=case_id,
        name=published.key,
        title=pick_text(published.model.titles, locale()),
        about=pick_text(published.model.about, locale()),
        clause=published.model.clause,
        screen=screen,
        fields=form_field_views(form, locale(), getattr(screen.view, "needless", ()) if screen else ()),
        typed=values,
        errors=problem_texts_by_field(refused) if refused else {},
        summary=problem_summary_rows(refused, form, locale()) if refused else [],
        action=url_for("start.start_case_from_form", name=published.key, **address),
        draft_url=url_for("start.save_start_draft", case_id=case_id),
        draft_key="start:" + published.key + ":" + ":".join(address.values()),
        way=main_path_lane_titles(published.model, locale()),
        behalf=people.load_names([behalf])[behalf].full if behalf else None,
        back=_requests_page_url(behalf),
    )
    return render_template("start/start.html", start=view)


def _requests_page_url(behalf: UUID | None) -> str:
    """Return the address to go back to: the pages of the student acted for, else one's own requests."""
    if behalf is not None and can_open_cabinet(current_act(), behalf):
        return url_for("groups.absences", student=behalf)
    return url_for("cases.list_own_requests")


@blueprint.post("/cases/start/<name>")
@allow_access("signed_in")
def start_case_from_form(name: str) -> Any:
    """Start the case; its id was generated with the form, so a repeated request starts no second case."""
    case_id = parse_id(request.form.get("id"))
    start, published, form = _load_permitted_start_and_form(name)
    try:
        answers = check_form_answers(form, read_posted_answers(form, request.form))
        with door.write(current_act()):
            answers |= store_uploads(form, request.files)
            started = start_case(current_act(), case_id, name, answers, _read_student_id_param())
            delete_form_draft(current_act(), case_id)
    except Invalid as refused:
        return _render_start_form(case_id, start, published, form, request.form, refused), refused.status
    if not started.repeated:
        flash(_("Request %(number)s is on its way.") % {"number": started.number}, "good")
    return redirect(url_for("cases.show_case", case_id=case_id))


@blueprint.put("/cases/start/<uuid:case_id>/draft")
@allow_access("signed_in")
def save_start_draft(case_id: UUID) -> Any:
    """Save what was typed so far, for a person who may start any case. Raises Missing for others."""
    values = read_posted_draft_values()
    if not can_start_or_offer_anything(current_act()):
        raise Missing
    with door.write(current_act()):
        save_form_draft(current_act(), case_id, values)
    return "", 204
