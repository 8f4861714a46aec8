"""The editor of one form of a draft: it saves itself, as the drawing does, and every button saves what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_limiter.errors import RateLimitExceeded
from werkzeug.datastructures import MultiDict

from app.diagrams import draft_queries, drafts
from app.diagrams.draft_forms import load_draft_form_texts
from app.diagrams.draft_queries import StoredDraft
from app.forms import form_changes
from app.forms.form_changes import FormObject
from app.forms.form_file import MAX_FORM_BYTES, FormFileError, load_form_file_as_plain_values
from app.forms.form_problems import read_unfinished_form
from app.kernel import door
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Stale
from app.kernel.ids import new_id, parse_id
from app.web.core.error_pages import HttpRefusal, is_json_expected
from app.web.core.visitor import allow_access, current_act, current_visitor
from app.web.labels.messages import error_message
from app.web.studio import fields, form_input, form_presenter, presenter
from app.web.studio.editor_routes import CHECK_RATE_LIMIT
from app.web.studio.form_findings import draft_check_findings_for_form, unfinished_form_findings
from app.web.studio.form_input import TypedForm
from app.web.studio.form_routes import require_form_text
from app.web.studio.routes import blueprint

SAVE, AUTOSAVE, ADD_FIELD, COPY = "save", "autosave", "add_field", "copy"
MAX_REVISION = 2**31 - 1


@blueprint.record_once
def install_form_check_rate_limit(state: Any) -> None:
    """Limit the checks of one person from the form editor."""
    limiter = state.app.extensions["depter.limiter"]
    state.app.extensions["depter.form_check"] = limiter.limit(
        CHECK_RATE_LIMIT, key_func=lambda: f"form-check:{current_visitor().person_id}"
    )(_form_findings_response)


@blueprint.get("/processes/drafts/<uuid:draft_id>/forms/<form_name>")
@allow_access("processes.edit")
def show_form_editor(draft_id: UUID, form_name: str) -> Any:
    """Show the editor of a form; a form that cannot be read is shown as a text to be replaced by another one."""
    stored = draft_queries.load_open_draft(draft_id)
    text = require_form_text(stored, form_name)
    return _render_form_editor_page(
        stored, form_name, form_as_plain_object(form_name, text), stored.row.revision
    )


@blueprint.get("/processes/drafts/<uuid:draft_id>/forms/<form_name>/findings.json")
@allow_access("processes.edit")
def get_form_findings(draft_id: UUID, form_name: str) -> Any:
    """Check the draft: what is found about this form, and errors elsewhere. Reads only; 429 when asked too often."""
    try:
        return current_app.extensions["depter.form_check"](draft_id, form_name)
    except RateLimitExceeded:
        raise HttpRefusal("diagrams.check.too_often", 429) from None


def _form_findings_response(draft_id: UUID, form_name: str) -> Any:
    stored = draft_queries.load_open_draft(draft_id)
    require_form_text(stored, form_name)
    return jsonify(draft_check_findings_for_form(stored, form_name))


@blueprint.post("/processes/drafts/<uuid:draft_id>/forms/<form_name>")
@allow_access("processes.edit")
def save_form(draft_id: UUID, form_name: str) -> Any:
    """Save what was typed, then do what the button `do` says. JSON `{do, seen, values}` answers JSON.

    409 when somebody changed this form meanwhile; `copy` then keeps what was typed as a draft of its own.
    """
    stored = draft_queries.load_open_draft(draft_id)
    require_form_text(stored, form_name)
    posted = _posted_values()
    seen = min(fields.read_revision_or_version_number("seen", posted.get("seen")), MAX_REVISION)
    shown = form_as_plain_object(form_name, _form_text_in_seen_revision(draft_id, form_name, seen))
    typed = form_input.read_form_with_posted_inputs(posted, shown)
    do = posted.get("do") or SAVE
    try:
        asked = _apply_form_button(posted, typed, do)
        typed.raise_if_problems()
        text = checked_form_text(typed.form)
        if do == COPY:
            return _save_posted_form_as_new_draft(draft_id, form_name, text, posted)
        with door.write(current_act()):
            saved = drafts.save_draft(
                current_act(), draft_id, seen, forms={form_name: text}, how=drafts.FORM_CHANGED
            )
    except (Invalid, Stale) as refused:
        db.session.rollback()
        if is_json_expected():
            raise
        return _render_refused_form_page(draft_id, form_name, shown, typed, posted, refused), refused.status
    if is_json_expected():
        at = presenter.hours_and_minutes_text(saved.saved_at)
        return jsonify(
            revision=saved.revision, at=at, findings=unfinished_form_findings(form_name, typed.form)
        )
    if asked is not None:
        return redirect(asked(draft_id, form_name))
    return redirect(
        url_for("studio.show_form_editor", draft_id=draft_id, form_name=form_name)
        + _page_fragment_after_button(do, typed.form)
    )


def _posted_values() -> MultiDict[str, str]:
    """Return the inputs of a form, or those of the JSON body. Raises Invalid."""
    if not request.is_json:
        return request.form
    body = fields.read_json_object(request.get_json(silent=True))
    values = fields.read_json_object(body.get("values", {}))
    posted: MultiDict[str, str] = MultiDict()
    for name, given in {
        **values,
        "do": body.get("do"),
        "seen": body.get("seen"),
        "id": body.get("id"),
    }.items():
        for one in given if isinstance(given, list) else [given]:
            if isinstance(one, int) and not isinstance(one, bool):
                one = str(one)
            if one is not None and not isinstance(one, str):
                raise Invalid.field(name, "kernel.input.not_a_text")
            if one is not None:
                posted.add(name, one)
    return posted


def _form_text_in_seen_revision(draft_id: UUID, form_name: str, seen: int) -> str:
    """Return the form in the revision that the page showed. Raises Stale when that is not kept any more."""
    try:
        return load_draft_form_texts(draft_id, seen)[form_name]
    except (Missing, KeyError):
        raise Stale("diagrams.draft.changed") from None


def form_as_plain_object(name: str, text: str) -> FormObject:
    """Return a form as plain values; one that cannot be read as a form without fields, marked `unreadable`."""
    try:
        found = load_form_file_as_plain_values(text.encode())
        read_unfinished_form(text.encode())
    except FormFileError:
        return {**form_changes.build_form_without_fields(name), "unreadable": True}
    return found


def checked_form_text(plain: FormObject) -> str:
    """Return the text of a form. Raises Invalid when it is too large or no form."""
    text = form_changes.serialize_form(plain)
    if len(text.encode()) > MAX_FORM_BYTES:
        raise Invalid.field("form", "diagrams.form.too_large", max=MAX_FORM_BYTES // 1024)
    try:
        read_unfinished_form(text.encode())
    except FormFileError as why:
        raise Invalid.field(
            "form", "diagrams.form.not_a_form", name=str(plain.get("id", "")), why=str(why)
        ) from None
    return text


def _apply_form_button(posted: MultiDict[str, str], typed: TypedForm, do: str) -> Any:
    """Do what a button says on a form. Returns how to find the page that has to ask first, or None. Raises Invalid."""
    parts = typed.form["components"]
    typed.form.pop("unreadable", None)
    if do == AUTOSAVE:
        return None
    # Every button takes along what was typed to be added, so that drawing the page anew loses nothing.
    for place in range(len(parts)):
        form_input.add_new_answer(posted, typed, place)
    if do == ADD_FIELD or form_input.has_posted_new_field(posted):
        parts.append(form_input.read_new_field(posted, typed.form, form_presenter.shared_form_fields()))
    if do in (SAVE, COPY, ADD_FIELD):
        return None
    verb, _dash, place_text = do.partition("-")
    places = [int(one) for one in place_text.split("-") if one.isascii() and one.isdigit() and len(one) < 4]
    if not places or places[0] >= len(parts) or verb not in _VERBS:
        raise Invalid.field("do", "forms.field.not_offered")
    return _VERBS[verb](posted, typed, places)


def _make_field_mover(by: int) -> Any:
    def move_field(_posted: MultiDict[str, str], typed: TypedForm, places: list[int]) -> None:
        form_changes.move_row_in_list(typed.form["components"], places[0], by)

    return move_field


def _make_answer_mover(by: int) -> Any:
    def move_answer(_posted: MultiDict[str, str], typed: TypedForm, places: list[int]) -> None:
        values = typed.form["components"][places[0]].get("values") or []
        if len(places) == 2 and places[1] < len(values):
            form_changes.move_row_in_list(values, places[1], by)

    return move_answer


def _go_to_field_page(_posted: MultiDict[str, str], typed: TypedForm, places: list[int]) -> Any:
    """Go to the page of a field, which says who reads it, before it is renamed or removed."""
    key = typed.form["components"][places[0]]["key"]
    return lambda draft_id, form_name: url_for(
        "studio.show_form_field", draft_id=draft_id, form_name=form_name, field_key=key
    )


_VERBS: Mapping[str, Any] = {
    "up": _make_field_mover(-1),
    "down": _make_field_mover(1),
    "answer_up": _make_answer_mover(-1),
    "answer_down": _make_answer_mover(1),
    "add_answer": lambda *_: None,
    "ask": _go_to_field_page,
}


def _page_fragment_after_button(do: str, plain: FormObject) -> str:
    """Return where the page goes on: at the field that a button was about."""
    parts = plain["components"]
    verb, _dash, rest = do.partition("-")
    if do == ADD_FIELD:
        return f"#field-{parts[-1]['key']}"
    if verb in _VERBS and rest.partition("-")[0].isdigit():
        place = int(rest.partition("-")[0]) + {"up": -1, "down": 1}.get(verb, 0)
        return f"#field-{parts[max(0, min(place, len(parts) - 1))]['key']}"
    return ""


def _save_posted_form_as_new_draft(
    draft_id: UUID, form_name: str, text: str, posted: MultiDict[str, str]
) -> Any:
    """Keep what was typed as a draft of its own, because somebody changed this form meanwhile."""
    copy_id = parse_id(posted.get("id"))
    with door.write(current_act()):
        saved = drafts.create_draft_from_draft(current_act(), copy_id, draft_id, forms={form_name: text})
        author = drafts.load_last_draft_author_id(draft_id)
    flash(presenter.saved_as_copy_message(author), "good")
    url = url_for("studio.show_form_editor", draft_id=copy_id, form_name=form_name)
    return jsonify(revision=saved.revision, url=url) if is_json_expected() else redirect(url)


def _render_refused_form_page(
    draft_id: UUID,
    form_name: str,
    shown: FormObject,
    typed: TypedForm,
    posted: MultiDict[str, str],
    refused: Invalid | Stale,
) -> str:
    """Show the page again with everything typed: in the fields that it showed, and in those for what is added."""
    stored = draft_queries.load_open_draft(draft_id)
    problems = {**typed.problems, **(refused.fields if isinstance(refused, Invalid) else {})}
    again = form_input.read_form_with_posted_inputs(posted, shown)
    conflict = error_message(refused) if isinstance(refused, Stale) else ""
    seen = min(fields.read_revision_or_version_number("seen", posted.get("seen")), MAX_REVISION)
    kept = {name: text for name, text in posted.items() if "new-" in name or name in problems}
    return _render_form_editor_page(stored, form_name, again.form, seen, problems, kept, conflict)


def _render_form_editor_page(
    stored: StoredDraft,
    form_name: str,
    plain: FormObject,
    seen: int,
    problems: Mapping[str, Any] | None = None,
    kept: Mapping[str, str] | None = None,
    conflict: str = "",
) -> str:
    is_unreadable = bool(plain.pop("unreadable", False))
    opened = form_presenter.open_form_with_readers(stored, form_name, plain)
    findings = unfinished_form_findings(form_name, plain)
    return render_template(
        "studio/form.html",
        seen=seen,
        copy_id=new_id(),
        conflict=conflict,
        is_unreadable=is_unreadable,
        **form_presenter.form_editor_page_values(opened, findings, problems or {}, kept or {}),
    )
