"""Texts of the forms of drafts: each is stored once, by its SHA-256; a state of a draft holds names and hashes.

`load_draft_form_texts` is the one way to the forms of a draft, whoever reads them: check, comparison, proposal, play.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, func, select, true
from sqlalchemy.dialects.postgresql import insert

from app.diagrams.draft_file import read_drawing_outline
from app.diagrams.models import DiagramDraft, DiagramVersion, DraftForm, DraftRevision
from app.kernel.db import db
from app.kernel.errors import Missing


def load_draft_form_texts(draft_id: UUID, revision: int | None = None) -> dict[str, str]:
    """Return the form texts of a draft by name, as they are now or in one of its states. Raises Missing."""
    forms = select(DiagramDraft.forms).where(DiagramDraft.id == draft_id)
    if revision is not None:
        forms = select(DraftRevision.forms).where(
            DraftRevision.draft_id == draft_id, DraftRevision.revision == revision
        )
    hashes = db.session.scalar(forms)
    if hashes is None:
        raise Missing
    return load_form_texts_by_hashes(hashes)


def load_form_texts_by_hashes(hashes: Mapping[str, str]) -> dict[str, str]:
    """Return form texts by name from their hashes; one statement."""
    rows = db.session.execute(
        select(DraftForm.sha256, DraftForm.text).where(DraftForm.sha256.in_(set(hashes.values())))
    )
    text_by_hash = {row.sha256: row.text for row in rows}
    return {name: text_by_hash[one] for name, one in hashes.items()}


def load_form_texts_named_in_drawing(xml: str, hashes: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of the forms that a drawing names; a version holds no others. Raises Invalid for no drawing."""
    named = read_drawing_outline(xml).form_names
    return load_form_texts_by_hashes({name: one for name, one in hashes.items() if name in named})


def store_form_texts(texts: Mapping[str, str], at: datetime) -> dict[str, str]:
    """Store form texts and return their hashes by name."""
    hashes = {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}
    # Ordered, so that two transactions that store the same texts do not wait for each other.
    rows = [
        {"sha256": one, "text": text, "used_at": at}
        for one, text in sorted({hashes[name]: text for name, text in texts.items()}.items())
    ]
    if rows:
        statement = insert(DraftForm).values(rows)
        db.session.execute(statement.on_conflict_do_update(index_elements=["sha256"], set_={"used_at": at}))
    return hashes


def delete_unused_form_texts(before: datetime) -> int:
    """Delete form texts that no draft and no state holds and that were saved before the moment; return how many."""
    held = func.jsonb_each_text(DraftRevision.forms).table_valued("key", "value")
    # The present state of every draft is one of its revisions, so revisions name all that is held.
    in_use = select(held.c.value).select_from(DraftRevision).join(held, true())
    statement = delete(DraftForm).where(DraftForm.used_at < before, DraftForm.sha256.not_in(in_use))
    return len(db.session.execute(statement.returning(DraftForm.sha256)).all())


def load_form_texts_in_force() -> dict[str, str]:
    """Return every form of the versions in force by name; one statement."""
    rows = db.session.scalars(select(DiagramVersion.forms).where(DiagramVersion.state == "published"))
    return {name: text for forms in rows for name, text in forms.items()}
