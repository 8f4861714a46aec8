"""Pages of the forms of a draft: their list with the steps that use them, a new one, and how people will see it."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from app.bpmn.model import DECISION_FIELD
from app.diagrams import draft_queries, drafts, form_renames
from app.diagrams.draft_forms import load_form_texts_in_force
from app.diagrams.draft_package import FORM_NAME_PATTERN
from app.diagrams.draft_queries import StoredDraft
from app.diagrams.form_readers import START
from app.diagrams.lint.context import read_form_cached
from app.forms import form_changes
from app.forms.form_file import Form, FormFileError, load_form_file_as_plain_values
from app.forms.form_problems import ReadForm
from app.kernel import door
from app.kernel.db import db
from app.kernel.errors import DepterError, Invalid, Missing, Stale
from app.kernel.i18n import LOCALES, pick_text, set_current_locale
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.form_view import form_field_views
from app.web.core.visitor import allow_access, current_act
from app.web.labels.messages import error_message, problem_texts_by_field
from app.web.studio import presenter
from app.web.studio.drawing_titles import person_steps_of_drawing, steps_using_form
from app.web.studio.routes import blueprint


@blueprint.get("/processes/drafts/<uuid:draft_id>/forms")
@allow_access("processes.edit")
def list_draft_forms(draft_id: UUID, refused: DepterError | None = None) -> str:
    """List the forms of a draft with the steps that use them; offer a new one."""
    stored = draft_queries.load_open_draft(draft_id)
    typed = request.form if request.method == "POST" else request.args
    in_force = load_form_texts_in_force()
    steps = person_steps_of_drawing(stored.xml)
    return render_template(
        "studio/forms.html",
        draft=presenter.draft_heading(stored.row),
        rows=[_form_row(stored, name, text, in_force) for name, text in sorted(stored.forms.items())],
        steps=steps,
        sources=[
            (name, _copyable_form_label(name, text))
            for name, text in _copyable_forms(stored, in_force).items()
        ],
        typed={
            "name": typed.get("name") or _propose_free_form_name(stored, typed.get("step", "")),
            "step": typed.get("step", ""),
            "source": typed.get("source", ""),
        },
        asked="step" in request.args or refused is not None,
        errors=problem_texts_by_field(refused) if isinstance(refused, Invalid) else {},
        refusal=error_message(refused) if isinstance(refused, Stale) else "",
    )


@blueprint.post("/processes/drafts/<uuid:draft_id>/forms")
@allow_access("processes.edit")
def create_or_remove_form(draft_id: UUID) -> Any:
    """Create an empty form or a copy of one, give it to a step, and open it; or remove one that nothing uses."""
    stored = draft_queries.load_open_draft(draft_id)
    try:
        if request.form.get("remove"):
            return _remove_form(stored, request.form["remove"])
        name, step, text = _read_new_form(stored, request.form)
        xml = form_renames.set_form_of_step(stored.xml, step, name) if step else None
        with door.write(current_act()):
            drafts.save_draft(
                current_act(), draft_id, stored.row.revision, xml, {name: text}, how=drafts.FORM_CHANGED
            )
    except (Invalid, Stale) as refused:
        db.session.rollback()
        return list_draft_forms(draft_id, refused), refused.status
    return redirect(url_for("studio.show_form_editor", draft_id=draft_id, form_name=name))


@blueprint.get("/processes/drafts/<uuid:draft_id>/forms/<form_name>/preview")
@allow_access("processes.edit")
def show_form_preview(draft_id: UUID, form_name: str) -> str:
    """Draw a form as people will see it, in the language `lang`; nothing can be sent from it."""
    stored = draft_queries.load_open_draft(draft_id)
    text = require_form_text(stored, form_name)
    language = request.args.get("lang", "")
    if language in LOCALES:
        set_current_locale(language)
    read = read_form_cached(text)
    form = read.form if isinstance(read, ReadForm) else None
    steps = steps_using_form(stored.xml, form_name)
    return render_template(
        "studio/form_preview.html",
        title=steps[0].title if steps else form_name,
        is_start=any(step.element == START for step in steps),
        fields=_preview_fields(form),
        actions=_preview_actions(form),
        readable=form is not None,
    )


def require_form_text(stored: StoredDraft, name: str) -> str:
    """Return the text of a form of a draft. Raises Missing."""
    if name not in stored.forms:
        raise Missing
    return stored.forms[name]


def _preview_fields(form: Form | None) -> list[SimpleNamespace]:
    """Return the fields in their order; what a case is about is drawn as a box with its name."""
    plain = {view.key: view for view in form_field_views(form, locale(), skip=(DECISION_FIELD,))}
    found = []
    for item in form.fields if form else ():
        if item.key in plain:
            found.append(SimpleNamespace(field=plain[item.key], subject=None))
        elif item.key != DECISION_FIELD:
            found.append(SimpleNamespace(field=None, subject=pick_text(item.label, locale())))
    return found


def _preview_actions(form: Form | None) -> list[SimpleNamespace]:
    """Return the buttons under the form of a step: its decisions, else one."""
    decision = form.field_with_key(DECISION_FIELD) if form else None
    if decision is None or not decision.values:
        return [SimpleNamespace(value="", label=_("Submit"), next="", style="primary")]
    return [
        SimpleNamespace(
            value=option.value,
            label=pick_text(option.label, locale()),
            next="",
            style="" if number else "primary",
        )
        for number, option in enumerate(decision.values)
    ]


def _form_row(stored: StoredDraft, name: str, text: str, in_force: Mapping[str, str]) -> SimpleNamespace:
    read = read_form_cached(text)
    count, problems = (len(read.form.fields), len(read.problems)) if isinstance(read, ReadForm) else (0, 1)
    return SimpleNamespace(
        name=name,
        url=url_for("studio.show_form_editor", draft_id=stored.row.id, form_name=name),
        steps=steps_using_form(stored.xml, name),
        count=count,
        problems=problems,
        state="same" if in_force.get(name) == text else "changed" if name in in_force else "new",
    )


def _copyable_forms(stored: StoredDraft, in_force: Mapping[str, str]) -> dict[str, str]:
    """Return the forms that can be copied: those of the draft, then those in force."""
    own = dict(sorted(stored.forms.items()))
    return own | {name: text for name, text in sorted(in_force.items()) if name not in own}


def _copyable_form_label(name: str, text: str) -> str:
    """Return the name of a form with the labels of its fields."""
    read = read_form_cached(text)
    if not isinstance(read, ReadForm):
        return name
    labels = ", ".join(pick_text(item.label, locale()) for item in read.form.fields)
    return f"{name}: {labels}"[:120]


def _propose_free_form_name(stored: StoredDraft, step: str) -> str:
    """Return a free name for the form of a step."""
    base = f"{stored.row.key or 'process'}.{step or 'form'}"
    return form_changes.make_unused_key(base, [*stored.forms, *load_form_texts_in_force()])


def _read_new_form(stored: StoredDraft, posted: Mapping[str, str]) -> tuple[str, str, str]:
    """Return name, step and text of the form to be created. Raises Invalid naming the field."""
    name, step, source = (posted.get(one, "").strip() for one in ("name", "step", "source"))
    in_force = load_form_texts_in_force()
    if not FORM_NAME_PATTERN.fullmatch(name):
        raise Invalid.field("name", "diagrams.form.name_pattern", name=stored.row.key or "process")
    if name in stored.forms or name in in_force:
        raise Invalid.field("name", "diagrams.form.name_taken")
    if step and step not in {one.element for one in person_steps_of_drawing(stored.xml)}:
        raise Invalid.field("step", "forms.field.not_offered")
    if not source:
        return name, step, form_changes.serialize_form(form_changes.build_form_without_fields(name))
    text = _copyable_forms(stored, in_force).get(source)
    if text is None:
        raise Invalid.field("source", "forms.field.not_offered")
    try:
        load_form_file_as_plain_values(text.encode())
    except FormFileError as why:
        raise Invalid.field("source", "diagrams.form.not_a_form", name=source, why=str(why)) from None
    return name, step, form_changes.copy_form_under_name(text, name)


def _remove_form(stored: StoredDraft, name: str) -> Any:
    """Remove a form that no step uses; take back the changes of one in force. Raises Missing, Invalid, Stale."""
    require_form_text(stored, name)
    if steps_using_form(stored.xml, name) and name not in load_form_texts_in_force():
        raise Invalid.field("remove", "diagrams.form.in_use")
    with door.write(current_act()):
        drafts.save_draft(
            current_act(), stored.row.id, stored.row.revision, forms={name: None}, how=drafts.FORM_CHANGED
        )
    flash(_("Done. An earlier state is in the history of the draft."), "good")
    return redirect(url_for("studio.list_draft_forms", draft_id=stored.row.id))
