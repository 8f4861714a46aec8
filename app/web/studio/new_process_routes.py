"""Page on which a new process begins: its names, by which start cases begin, who may begin one, who decides."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from app import operations
from app.cases.queries import processes as process_queries
from app.diagrams import draft_queries, drafts
from app.diagrams.new_process import (
    UNIT_VARIABLES_BY_ROLE,
    UNIVERSITY_ROLES,
    NewProcess,
    build_new_process_forms,
    draw_new_process,
    make_unused_process_key,
    unit_variable_of_decider,
)
from app.kernel import door
from app.kernel.errors import FieldProblem, Invalid
from app.kernel.i18n import LOCALES
from app.kernel.ids import new_id, parse_id
from app.texts.roles import role_label
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access, current_act
from app.web.labels.messages import problem_texts_by_field
from app.web.studio.choices import GENERAL_START_LABELS
from app.web.studio.routes import blueprint

MAX_TITLE_LENGTH, MAX_ABOUT_LENGTH = 120, 400
DECIDERS = (*UNIT_VARIABLES_BY_ROLE, *sorted(UNIVERSITY_ROLES))


@blueprint.get("/processes/new")
@allow_access("processes.edit")
def show_new_process_form(refused: Invalid | None = None) -> str:
    """Show the form of a new process."""
    typed = request.form if request.method == "POST" else MultiDict()
    return render_template(
        "studio/new_process.html",
        draft_id=typed.get("id") or new_id(),
        text_languages=[(one, _LANGUAGE_NAMES[one]) for one in LOCALES],
        typed=typed,
        starts=[
            SimpleNamespace(
                value=start.name,
                label=_(GENERAL_START_LABELS[start.name]),
                roles=", ".join(role_label(role) for role in start.roles),
            )
            for start in _general_starts()
        ],
        roles=[(role, role_label(role)) for role in _roles_of_starters()],
        deciders=[(role, role_label(role)) for role in DECIDERS],
        starters=typed.getlist("starters"),
        errors=problem_texts_by_field(refused) if refused else {},
    )


@blueprint.post("/processes/new")
@allow_access("processes.edit")
def create_new_process() -> Any:
    """Create the draft of a new process with a drawing that is sound and forms that can be filled in."""
    try:
        draft_id = parse_id(request.form.get("id"))
        process = _read_new_process(request.form)
        with door.write(current_act()):
            drafts.create_draft_of_new_process(
                current_act(), draft_id, draw_new_process(process), build_new_process_forms(process)
            )
    except Invalid as refused:
        return show_new_process_form(refused), refused.status
    return redirect(url_for("studio.show_draft_editor", draft_id=draft_id))


def _read_new_process(form: MultiDict[str, str]) -> NewProcess:
    """Return what was typed. Raises Invalid with every field that is wrong."""
    problems: dict[str, list[FieldProblem]] = {}
    texts = {
        f"{part}_{language}": " ".join(form.get(f"{part}_{language}", "").split())
        for part in ("title", "about")
        for language in LOCALES
    }
    for name, text in texts.items():
        longest = MAX_TITLE_LENGTH if name.startswith("title") else MAX_ABOUT_LENGTH
        if not text or "\x00" in text:
            problems[name] = [FieldProblem("forms.field.required", {})]
        elif len(text) > longest:
            problems[name] = [FieldProblem("forms.field.too_long", {"max": longest})]
    start = {one.name: one for one in _general_starts()}.get(form.get("start", ""))
    starters = tuple(dict.fromkeys(form.getlist("starters")))
    decider = form.get("decider", "")
    if start is None:
        problems["start"] = [FieldProblem("forms.field.not_offered", {})]
    elif not starters:
        problems["starters"] = [FieldProblem("forms.field.required", {})]
    elif not set(starters) <= set(start.roles):
        problems["starters"] = [FieldProblem("diagrams.new.starter", {})]
    unit = unit_variable_of_decider(start, decider) if start is not None and decider in DECIDERS else None
    if start is not None and unit is None:
        problems["decider"] = [FieldProblem("diagrams.new.decider", {})]
    if problems or start is None or unit is None:
        raise Invalid(problems)
    titles, about = ({one: texts[f"{part}_{one}"] for one in LOCALES} for part in ("title", "about"))
    taken = {row.key for row in process_queries.load_diagram_versions(current_act())}
    taken |= {row.key for row in draft_queries.load_open_drafts()} | set(operations.PROCESSES)
    key = make_unused_process_key(titles, taken)
    return NewProcess(key, titles, about, start, starters, decider, unit)


def _general_starts() -> list[Any]:
    return [operations.STARTS[name] for name in GENERAL_START_LABELS]


def _roles_of_starters() -> list[str]:
    return list(dict.fromkeys(role for start in _general_starts() for role in start.roles))


_LANGUAGE_NAMES = {"ky": "Кыргызча", "ru": "Русский", "en": "English"}
