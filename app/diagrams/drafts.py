"""Commands on drafts of diagrams: create, save, restore, discard, and report who edits.

A change names the revision it was made on. When somebody changed the same part meanwhile, the drawing or the same form,
it is refused (`Stale`), and the page stores what was drawn as a draft of its own: nothing is merged and nothing is lost
(ADR 33, ADR 40).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, delete, select
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import record_audit_event
from app.diagrams.draft_file import DrawingOutline, read_drawing_outline
from app.diagrams.draft_forms import (
    delete_unused_form_texts,
    load_form_texts_by_hashes,
    load_form_texts_in_force,
    store_form_texts,
)
from app.diagrams.models import DiagramDraft, DiagramVersion, DraftEditor, DraftRevision
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Stale

DISCARDED = "discarded"
CREATED, IMPORTED, COPIED, DRAWN, RESTORED, REPAIRED, FORM_CHANGED = (
    "created",
    "imported",
    "copied",
    "drawn",
    "restored",
    "repaired",
    "form_changed",
)
"""How a revision came about."""
FormChanges = Mapping[str, str | None]
"""New texts of forms by name; None removes a form."""
MAX_FORMS_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """The revision of a draft after a command, and when and by whom it was saved."""

    id: UUID
    revision: int
    saved_by: UUID
    saved_at: datetime


def create_draft_from_version(act: Act, draft_id: UUID, version_id: UUID) -> SavedDraft:
    """Create a draft with the drawing and the forms of a version. Raises Missing, Stale."""
    version = db.session.get(DiagramVersion, version_id)
    if version is None:
        raise Missing
    return _insert_draft(act, draft_id, CREATED, version.xml, version.forms, version.id)


def create_draft_from_file(
    act: Act, draft_id: UUID, xml: str, forms: Mapping[str, str] | None = None
) -> SavedDraft:
    """Create a draft from an uploaded BPMN file and the forms that came with it. Raises Invalid, Stale."""
    return _insert_draft(act, draft_id, IMPORTED, xml, forms or {}, None)


def create_draft_of_new_process(act: Act, draft_id: UUID, xml: str, forms: Mapping[str, str]) -> SavedDraft:
    """Create a draft of a process that does not exist yet, with its first drawing and forms. Raises Invalid, Stale."""
    return _insert_draft(act, draft_id, CREATED, xml, forms, None)


def create_draft_from_draft(
    act: Act, draft_id: UUID, source_id: UUID, xml: str | None = None, forms: FormChanges | None = None
) -> SavedDraft:
    """Create a copy of a draft; with `xml` the drawing, with `forms` the forms of a page that could not save.

    Raises Missing, Invalid, Stale. The source may have been discarded meanwhile: what was drawn on it is not lost.
    """
    source = db.session.get(DiagramDraft, source_id)
    if source is None:
        raise Missing
    drawing = source.xml if xml is None else xml
    kept = _apply_form_changes(load_form_texts_by_hashes(source.forms), forms or {})
    return _insert_draft(act, draft_id, COPIED, drawing, kept, source.base_version_id, source.id)


def save_draft(
    act: Act,
    draft_id: UUID,
    seen: int,
    xml: str | None = None,
    forms: FormChanges | None = None,
    how: str = DRAWN,
) -> SavedDraft:
    """Save a drawing, changes of forms, or both, as the next revision; a part that is None stays as it is.

    Equal content answers the present revision, so a request that is sent twice is harmless. Raises Missing,
    Invalid, and Stale when the draft is closed or one of these parts was changed after the revision `seen`.
    """
    draft = _lock_open_draft(draft_id)
    drawing = draft.xml if xml is None else xml
    present = load_form_texts_by_hashes(draft.forms)
    kept = _apply_form_changes(present, forms or {})
    if draft.xml == drawing and present == kept:
        return _build_saved_draft(draft)
    touched = {name for name in present.keys() | kept.keys() if present.get(name) != kept.get(name)}
    _require_drawing_and_forms_unchanged(draft, seen, draft.xml != drawing, touched)
    return _append_draft_revision(act, draft, drawing, kept, how)


def restore_draft_revision(act: Act, draft_id: UUID, seen: int, revision: int) -> SavedDraft:
    """Make an earlier state the newest revision. Raises Missing, Stale."""
    draft = _lock_open_draft(draft_id)
    earlier = db.session.get(DraftRevision, (draft_id, revision))
    if earlier is None:
        raise Missing
    if (draft.xml, draft.forms) == (earlier.xml, earlier.forms):
        return _build_saved_draft(draft)
    _require_current_draft_revision(draft, seen)
    before = {"revision": draft.revision}
    saved = _append_draft_revision(
        act, draft, earlier.xml, load_form_texts_by_hashes(earlier.forms), RESTORED
    )
    after = {"key": draft.key, "revision": draft.revision, "as": revision}
    record_audit_event(act, "diagrams.draft.restored", ("diagrams.draft", draft.id), before, after)
    return saved


def discard_draft(act: Act, draft_id: UUID) -> None:
    """Close a draft; a second time changes nothing. Raises Missing."""
    draft = _lock_draft(draft_id)
    if draft.closed_at is not None:
        return
    draft.closed_at, draft.closed_how = act.at, DISCARDED
    db.session.flush()
    after = {"key": draft.key, "revision": draft.revision}
    record_audit_event(act, "diagrams.draft.discarded", ("diagrams.draft", draft.id), None, after)


def record_draft_editor(act: Act, draft_id: UUID, absent_since: datetime) -> None:
    """Record that the person has the draft open; who was not seen since `absent_since` begins anew. Raises Missing."""
    is_open = select(DiagramDraft.id).where(DiagramDraft.id == draft_id, DiagramDraft.closed_at.is_(None))
    if db.session.scalar(is_open) is None:
        raise Missing
    row = {"draft_id": draft_id, "person_id": _require_acting_person(act), "since": act.at, "seen_at": act.at}
    since = case((DraftEditor.seen_at < absent_since, act.at), else_=DraftEditor.since)
    statement = insert(DraftEditor).values(row)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["draft_id", "person_id"], set_={"since": since, "seen_at": act.at}
        )
    )


def load_last_draft_author_id(draft_id: UUID) -> UUID:
    """Return who changed a draft last. Raises Missing."""
    found = db.session.scalar(select(DiagramDraft.updated_by).where(DiagramDraft.id == draft_id))
    if found is None:
        raise Missing
    return found


def delete_old_revisions(before: datetime, limit: int = 1000) -> int:
    """Delete states saved before the moment, the present one of each draft excepted; return how many.

    Texts of forms that no state holds any more go with them.
    """
    old = (
        select(DraftRevision.draft_id, DraftRevision.revision)
        .join(DiagramDraft, DiagramDraft.id == DraftRevision.draft_id)
        .where(DraftRevision.saved_at < before, DraftRevision.revision < DiagramDraft.revision)
        .limit(limit)
        .subquery()
    )
    statement = delete(DraftRevision).where(
        DraftRevision.draft_id == old.c.draft_id, DraftRevision.revision == old.c.revision
    )
    deleted = len(db.session.execute(statement.returning(DraftRevision.revision)).all())
    delete_unused_form_texts(before)
    return deleted


def _insert_draft(
    act: Act,
    draft_id: UUID,
    how: str,
    xml: str,
    forms: Mapping[str, str],
    base_version_id: UUID | None,
    source: UUID | None = None,
) -> SavedDraft:
    """Insert a draft with its first revision; the same content under the same id answers as the first time."""
    outline = read_drawing_outline(xml)
    hashes = _store_draft_forms(act, outline, forms)
    person = _require_acting_person(act)
    row = {
        "id": draft_id,
        "key": outline.key,
        "titles": dict(outline.titles),
        "base_version_id": base_version_id,
        "xml": xml,
        "forms": hashes,
        "revision": 1,
        "created_by": person,
        "created_at": act.at,
        "updated_by": person,
        "updated_at": act.at,
    }
    statement = insert(DiagramDraft).values(row).on_conflict_do_nothing(index_elements=["id"])
    if db.session.execute(statement.returning(DiagramDraft.id)).first() is None:
        return _saved_draft_of_equal_request(draft_id, person, xml)
    _insert_draft_revision(draft_id, 1, xml, hashes, how, person, act.at)
    after = {"key": outline.key, "how": how, "version": base_version_id, "draft": source}
    event_type = "diagrams.draft.imported" if how == IMPORTED else "diagrams.draft.created"
    record_audit_event(act, event_type, ("diagrams.draft", draft_id), None, after)
    return SavedDraft(draft_id, 1, person, act.at)


def _saved_draft_of_equal_request(draft_id: UUID, person: UUID, xml: str) -> SavedDraft:
    """Return the draft that an equal request created. Raises Stale for another content or person."""
    draft = _lock_draft(draft_id)
    first = db.session.get(DraftRevision, (draft_id, 1))
    if draft.created_by != person or first is None or first.xml != xml:
        raise Stale("diagrams.draft.other_content")
    return _build_saved_draft(draft)


def _append_draft_revision(
    act: Act, draft: DiagramDraft, xml: str, forms: Mapping[str, str], how: str
) -> SavedDraft:
    """Write the next revision of a locked draft."""
    outline = read_drawing_outline(xml)
    hashes = _store_draft_forms(act, outline, forms)
    person = _require_acting_person(act)
    draft.xml, draft.forms = xml, hashes
    draft.key, draft.titles = outline.key, dict(outline.titles)
    draft.revision += 1
    draft.updated_by, draft.updated_at = person, act.at
    db.session.flush()
    _insert_draft_revision(draft.id, draft.revision, xml, hashes, how, person, act.at)
    return _build_saved_draft(draft)


def _store_draft_forms(act: Act, outline: DrawingOutline, forms: Mapping[str, str]) -> dict[str, str]:
    """Store the forms of a draft and return their hashes; forms in force that only the drawing names join them."""
    if not outline.form_names <= forms.keys():
        in_force = load_form_texts_in_force()
        named = sorted(outline.form_names & in_force.keys())
        forms = {name: in_force[name] for name in named} | dict(forms)
    if sum(len(name) + len(text.encode()) for name, text in forms.items()) > MAX_FORMS_BYTES:
        raise Invalid.field("forms", "diagrams.draft.forms_too_large")
    return store_form_texts(forms, act.at)


def _apply_form_changes(forms: Mapping[str, str], changes: FormChanges) -> dict[str, str]:
    """Return forms after changes: a text takes the place of the one with its name, None removes it."""
    return {name: text for name, text in {**forms, **changes}.items() if text is not None}


def _insert_draft_revision(
    draft_id: UUID, revision: int, xml: str, forms: Mapping[str, str], how: str, person: UUID, at: datetime
) -> None:
    db.session.add(
        DraftRevision(
            draft_id=draft_id,
            revision=revision,
            xml=xml,
            forms=dict(forms),
            how=how,
            saved_by=person,
            saved_at=at,
        )
    )
    db.session.flush()


def _lock_draft(draft_id: UUID) -> DiagramDraft:
    draft = db.session.scalar(select(DiagramDraft).where(DiagramDraft.id == draft_id).with_for_update())
    if draft is None:
        raise Missing
    return draft


def _lock_open_draft(draft_id: UUID) -> DiagramDraft:
    """Lock a draft for a change. Raises Missing, and Stale when it was discarded."""
    draft = _lock_draft(draft_id)
    if draft.closed_at is not None:
        raise Stale("diagrams.draft.closed")
    return draft


def _require_current_draft_revision(draft: DiagramDraft, seen: int) -> None:
    if draft.revision != seen:
        current = {"revision": draft.revision, "by": str(draft.updated_by)}
        raise Stale("diagrams.draft.changed", current=current)


def _require_drawing_and_forms_unchanged(
    draft: DiagramDraft, seen: int, is_drawn: bool, forms: Collection[str]
) -> None:
    """Raise Stale when the drawing, if it is changed, or one of the forms is not what it was in the revision `seen`."""
    if draft.revision == seen:
        return
    before = db.session.get(DraftRevision, (draft.id, seen))
    if (
        before is None
        or (is_drawn and before.xml != draft.xml)
        or any(before.forms.get(name) != draft.forms.get(name) for name in forms)
    ):
        _require_current_draft_revision(draft, seen)


def _require_acting_person(act: Act) -> UUID:
    if act.person is None:
        raise RuntimeError("a draft belongs to a person")
    return act.person


def _build_saved_draft(draft: DiagramDraft) -> SavedDraft:
    return SavedDraft(draft.id, draft.revision, draft.updated_by, draft.updated_at)
