"""The page of one field of a form: who reads it, and what is asked before it, or an answer, is renamed or removed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from app.bpmn.errors import DiagramError
from app.bpmn.model import DECISION_FIELD
from app.diagrams import draft_queries, drafts, form_renames
from app.diagrams.draft_file import parse_drawing
from app.diagrams.draft_queries import StoredDraft
from app.diagrams.form_readers import variable_owners_of_form
from app.forms import form_changes
from app.forms.form_changes import FormObject
from app.kernel import door
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Stale
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access, current_act
from app.web.labels.messages import error_message, problem_texts_by_field
from app.web.studio import fields, form_input, form_presenter, presenter
from app.web.studio.drawing_titles import element_titles_of_drawing
from app.web.studio.form_editor_routes import checked_form_text, form_as_plain_object
from app.web.studio.form_presenter import OpenForm
from app.web.studio.form_routes import require_form_text
from app.web.studio.routes import blueprint

RENAME, REMOVE, RENAME_ANSWER, REMOVE_ANSWER = "rename", "remove", "rename_answer", "remove_answer"


@blueprint.get("/processes/drafts/<uuid:draft_id>/forms/<form_name>/fields/<field_key>")
@allow_access("processes.edit")
def show_form_field(
    draft_id: UUID, form_name: str, field_key: str, refused: Invalid | Stale | None = None
) -> str:
    """Show who reads a field and each of its answers, and offer to rename or remove them."""
    stored, opened, part = _require_open_form_field(draft_id, form_name, field_key)
    titles = element_titles_of_drawing(stored.xml)
    item = opened.form.field_with_key(field_key)
    labels = (
        {one.value: form_presenter.text_in_current_locale(one.label) for one in item.values} if item else {}
    )
    return render_template(
        "studio/form_field.html",
        draft=presenter.draft_heading(stored.row),
        form=SimpleNamespace(
            name=form_name, url=url_for("studio.show_form_editor", draft_id=draft_id, form_name=form_name)
        ),
        field=SimpleNamespace(
            key=field_key,
            title=form_presenter.text_in_current_locale(item.label) if item else field_key,
            is_subject=form_changes.is_subject_field(part),
            readers=form_presenter.field_reader_views(opened, opened.readers_of_field(field_key), titles),
            answers=[
                SimpleNamespace(
                    value=value,
                    label=label,
                    readers=form_presenter.field_reader_views(
                        opened, opened.readers_of_field(field_key, value), titles
                    ),
                )
                for value, label in labels.items()
            ],
        ),
        typed=request.form if request.method == "POST" else {},
        errors=problem_texts_by_field(refused) if isinstance(refused, Invalid) else {},
        refusal=error_message(refused) if isinstance(refused, Stale) else "",
    )


@blueprint.post("/processes/drafts/<uuid:draft_id>/forms/<form_name>/fields/<field_key>")
@allow_access("processes.edit")
def change_form_field(draft_id: UUID, form_name: str, field_key: str) -> Any:
    """Rename or remove a field or an answer: in the form and, when `follow` is ticked, in conditions and inputs."""
    stored, opened, _part = _require_open_form_field(draft_id, form_name, field_key)
    do, plain = request.form.get("do", ""), opened.plain
    try:
        seen = fields.read_revision_or_version_number("seen", request.form.get("seen"))
        if seen != stored.row.revision:
            raise Stale("diagrams.draft.changed")
        xml, key = _change_form_and_drawing(stored, form_name, plain, field_key, do)
        with door.write(current_act()):
            drafts.save_draft(
                current_act(),
                draft_id,
                seen,
                xml,
                {form_name: checked_form_text(plain)},
                how=drafts.FORM_CHANGED,
            )
    except (Invalid, Stale) as refused:
        db.session.rollback()
        return show_form_field(draft_id, form_name, field_key, refused), refused.status
    flash(_("Done. An earlier state is in the history of the draft."), "good")
    return redirect(
        url_for(
            "studio.show_form_editor",
            draft_id=draft_id,
            form_name=form_name,
            _anchor=f"field-{key}" if key else None,
        )
    )


def _require_open_form_field(
    draft_id: UUID, form_name: str, field_key: str
) -> tuple[StoredDraft, OpenForm, FormObject]:
    """Return a draft, a form of it and a field of that. Raises Missing."""
    stored = draft_queries.load_open_draft(draft_id)
    plain = form_as_plain_object(form_name, require_form_text(stored, form_name))
    part = form_changes.field_with_key(plain, field_key)
    if part is None:
        raise Missing
    return stored, form_presenter.open_form_with_readers(stored, form_name, plain), part


def _change_form_and_drawing(
    stored: StoredDraft, form_name: str, plain: FormObject, key: str, do: str
) -> tuple[str | None, str]:
    """Change a form as the button says. Returns the drawing that follows, None when it stays, and the key of the field.

    Raises Invalid naming the input.
    """
    part = form_changes.field_with_key(plain, key) or {}
    value, new = (request.form.get(name, "").strip() for name in ("value", "new"))
    answers = [str(one.get("value")) for one in part.get("values") or []]
    follows = "follow" in request.form
    owners = variable_owners_of_form(parse_drawing(stored.xml), form_name)
    if do in (RENAME_ANSWER, REMOVE_ANSWER) and value not in answers:
        raise Invalid.field("value", "forms.field.not_offered")
    try:
        if do == REMOVE:
            form_changes.remove_field(plain, key)
            return None, ""
        if do == REMOVE_ANSWER:
            form_changes.remove_answer(plain, key, value)
            return None, key
        if do == RENAME_ANSWER:
            form_input.require_free_key(f"new-{value}", new, answers, is_answer=True)
            form_changes.rename_answer(plain, key, value, new)
            renamed = form_renames.rename_answer_in_drawing(stored.xml, owners, key, value, new)
            return (renamed if follows else None), key
        if do == RENAME and key != DECISION_FIELD and not form_changes.is_subject_field(part):
            form_input.require_free_key("new", new, [str(one.get("key")) for one in plain["components"]])
            form_changes.rename_field(plain, key, new)
            renamed = form_renames.rename_field_in_drawing(stored.xml, owners, key, new)
            return (renamed if follows else None), new
    except DiagramError:
        raise Invalid.field("follow", "diagrams.draft.not_xml") from None
    raise Invalid.field("do", "forms.field.not_offered")
