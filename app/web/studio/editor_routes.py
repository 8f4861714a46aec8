"""JSON for the editor: the drawing, saving, a copy after a conflict, presence, check, repairs, choices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, jsonify, request, url_for
from flask_limiter.errors import RateLimitExceeded

from app.diagrams import draft_queries, drafts
from app.kernel import door
from app.kernel.ids import parse_id
from app.web.core.error_pages import HttpRefusal
from app.web.core.visitor import allow_access, current_act, current_visitor, request_time
from app.web.studio import checking, fields, presenter
from app.web.studio.choices import diagram_choices_json, draft_form_choices
from app.web.studio.drawing_titles import step_titles_by_form
from app.web.studio.routes import blueprint

CHECK_RATE_LIMIT = "240 per minute"
"""A page checks at most every 0.4 seconds; a person may have two of them busy at once."""


@blueprint.record_once
def install_check_rate_limit(state: Any) -> None:
    """Limit the checks of one person."""
    limiter = state.app.extensions["depter.limiter"]
    state.app.extensions["depter.check"] = limiter.limit(
        CHECK_RATE_LIMIT, key_func=lambda: f"check:{current_visitor().person_id}"
    )(_drawing_check_response)


@blueprint.get("/processes/drafts/<uuid:draft_id>/draft.json")
@allow_access("processes.edit")
def get_draft_json(draft_id: UUID) -> Any:
    """Return a draft: `{xml, revision, at, forms}`; the forms as choices, as `choices.json` has those in force."""
    stored = draft_queries.load_open_draft(draft_id)
    at = presenter.hours_and_minutes_text(stored.row.updated_at)
    forms = draft_form_choices(stored.forms, step_titles_by_form(stored.xml), stored.row.key)
    return {"xml": stored.xml, "revision": stored.row.revision, "at": at, "forms": forms}


@blueprint.get("/processes/drafts/<uuid:draft_id>/history/<int:revision>/drawing.json")
@allow_access("processes.edit")
def get_draft_revision_json(draft_id: UUID, revision: int) -> Any:
    """Return one state of a draft as the viewer of diagrams reads it."""
    draft_queries.load_open_draft(draft_id)
    # Revisions are 32-bit integers in the database.
    return {"xml": draft_queries.load_draft_revision_xml(draft_id, min(revision, 2**31 - 1)), "names": {}}


@blueprint.put("/processes/drafts/<uuid:draft_id>")
@allow_access("processes.edit")
def save_draft(draft_id: UUID) -> Any:
    """Save `{revision, xml}`; 409 when somebody saved meanwhile."""
    given = fields.read_drawing_and_revision(request.get_json(silent=True))
    with door.write(current_act()):
        saved = drafts.save_draft(current_act(), draft_id, given.revision, given.xml)
    return jsonify(revision=saved.revision, at=presenter.hours_and_minutes_text(saved.saved_at))


@blueprint.post("/processes/drafts/<uuid:draft_id>/copy")
@allow_access("processes.edit")
def copy_drawing(draft_id: UUID) -> Any:
    """Save `{id, xml}` as a draft of its own, because the draft was changed or discarded meanwhile."""
    body = fields.read_json_object(request.get_json(silent=True))
    copy_id, xml = parse_id(body.get("id")), fields.read_drawing_xml(body)
    with door.write(current_act()):
        saved = drafts.create_draft_from_draft(current_act(), copy_id, draft_id, xml)
        author = drafts.load_last_draft_author_id(draft_id)
    message = presenter.saved_as_copy_message(author)
    return jsonify(
        revision=saved.revision, url=url_for("studio.show_draft_editor", draft_id=copy_id), message=message
    )


@blueprint.post("/processes/drafts/<uuid:draft_id>/presence")
@allow_access("processes.edit")
def report_presence(draft_id: UUID) -> Any:
    """Record that the page is open; answer who else has the draft open."""
    with door.write(current_act()):
        drafts.record_draft_editor(current_act(), draft_id, request_time() - presenter.EDITOR_PRESENT)
    return jsonify(presenter.other_draft_editors_json(draft_id))


@blueprint.post("/processes/drafts/<uuid:draft_id>/check")
@allow_access("processes.edit")
def check_posted_drawing(draft_id: UUID) -> Any:
    """Check the drawing `{xml}` of a page; reads only. 429 for more than `CHECK_RATE_LIMIT` by one person."""
    try:
        return current_app.extensions["depter.check"](draft_id)
    except RateLimitExceeded:
        raise HttpRefusal("diagrams.check.too_often", 429) from None


def _drawing_check_response(draft_id: UUID) -> Any:
    xml = fields.read_drawing_xml(fields.read_json_object(request.get_json(silent=True)))
    stored = draft_queries.load_open_draft(draft_id)
    return jsonify(checking.check_drawing(xml, stored.forms))


@blueprint.post("/processes/drafts/<uuid:draft_id>/repair")
@allow_access("processes.edit")
def repair_draft_drawing(draft_id: UUID) -> Any:
    """Repair the drawing `{revision, xml, kind, element, code}` and save it as a revision; answer the new drawing.

    `kind` "all" makes every offered repair, "finding" removes the finding `code`; without `element` another kind
    is repaired everywhere.
    """
    body = fields.read_json_object(request.get_json(silent=True))
    given = fields.read_drawing_and_revision(body)
    kind, element, code = (str(body.get(name) or "") for name in ("kind", "element", "code"))
    repaired = checking.repair_drawing(given.xml, kind, element, code)
    with door.write(current_act()):
        saved = drafts.save_draft(current_act(), draft_id, given.revision, repaired, how=drafts.REPAIRED)
    return jsonify(revision=saved.revision, at=presenter.hours_and_minutes_text(saved.saved_at), xml=repaired)


@blueprint.get("/processes/studio/choices.json")
@allow_access("processes.edit")
def get_diagram_choices_json() -> Any:
    """Return everything a diagram may name, in the language of the reader."""
    return jsonify(diagram_choices_json())
