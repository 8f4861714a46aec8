"""Queries of drafts; return frozen rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.diagrams.draft_file import read_drawing_outline
from app.diagrams.draft_forms import load_form_texts_by_hashes
from app.diagrams.models import DiagramDraft, DiagramVersion, DraftEditor, DraftRevision
from app.kernel.db import db
from app.kernel.errors import Missing

MAX_LISTED_DRAFTS = 100
MAX_LISTED_REVISIONS = 400


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One draft in a list. `base_number`: the number of the version it was made from, None for an import."""

    id: UUID
    key: str
    titles: Mapping[str, str]
    base_number: int | None
    revision: int
    created_by: UUID
    created_at: datetime
    updated_by: UUID
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """One draft with its drawing and the texts of its forms by name."""

    row: DraftRow
    xml: str
    forms: Mapping[str, str]

    @property
    def form_texts_named_in_drawing(self) -> dict[str, str]:
        """Return the forms that the drawing names: those that a version made of this draft holds."""
        named = read_drawing_outline(self.xml).form_names
        return {name: text for name, text in self.forms.items() if name in named}


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """One earlier state of a draft: number, how it came about, by whom and when, and the hashes of its forms."""

    revision: int
    how: str
    saved_by: UUID
    saved_at: datetime
    forms: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EditorRow:
    """One person who has a draft open, and since when."""

    person: UUID
    since: datetime


_ROW_COLUMNS = (
    DiagramDraft.id,
    DiagramDraft.key,
    DiagramDraft.titles,
    DiagramVersion.number,
    DiagramDraft.revision,
    DiagramDraft.created_by,
    DiagramDraft.created_at,
    DiagramDraft.updated_by,
    DiagramDraft.updated_at,
)


def load_open_drafts(key: str | None = None) -> list[DraftRow]:
    """Return the open drafts of one process, or of all, the last changed first; one statement."""
    statement = _select_drafts(*_ROW_COLUMNS).where(DiagramDraft.closed_at.is_(None))
    if key is not None:
        statement = statement.where(DiagramDraft.key == key)
    ordered = statement.order_by(DiagramDraft.updated_at.desc(), DiagramDraft.id).limit(MAX_LISTED_DRAFTS)
    return [DraftRow(*row) for row in db.session.execute(ordered)]


def load_open_draft(draft_id: UUID) -> StoredDraft:
    """Return one open draft; two statements. Raises Missing."""
    found = find_open_draft(draft_id)
    if found is None:
        raise Missing
    return found


def find_open_draft(draft_id: UUID) -> StoredDraft | None:
    """Return one open draft, None when it is closed or never was; two statements."""
    statement = _select_drafts(*_ROW_COLUMNS, DiagramDraft.xml, DiagramDraft.forms)
    found = db.session.execute(
        statement.where(DiagramDraft.id == draft_id, DiagramDraft.closed_at.is_(None))
    ).first()
    return (
        StoredDraft(DraftRow(*found[:-2]), found[-2], load_form_texts_by_hashes(found[-1])) if found else None
    )


def load_draft_revision_number(draft_id: UUID) -> int | None:
    """Return the number of the stored state of a draft, None when it is closed or never was; one statement."""
    statement = select(DiagramDraft.revision)
    found: int | None = db.session.scalar(
        statement.where(DiagramDraft.id == draft_id, DiagramDraft.closed_at.is_(None))
    )
    return found


def load_draft_revisions(draft_id: UUID) -> list[RevisionRow]:
    """Return the states of a draft, the newest first; one statement."""
    row = DraftRevision
    columns = (row.revision, row.how, row.saved_by, row.saved_at, row.forms)
    statement = select(*columns).where(DraftRevision.draft_id == draft_id)
    ordered = statement.order_by(DraftRevision.revision.desc()).limit(MAX_LISTED_REVISIONS)
    return [RevisionRow(*row) for row in db.session.execute(ordered)]


def load_draft_revision_xml(draft_id: UUID, revision: int) -> str:
    """Return the drawing of one state of a draft; one statement. Raises Missing."""
    found = db.session.scalar(
        select(DraftRevision.xml).where(
            DraftRevision.draft_id == draft_id, DraftRevision.revision == revision
        )
    )
    if found is None:
        raise Missing
    return found


def load_draft_editors(draft_id: UUID, seen_after: datetime) -> list[EditorRow]:
    """Return who has a draft open and was seen after the moment, the first to come first; one statement."""
    statement = (
        select(DraftEditor.person_id, DraftEditor.since)
        .where(DraftEditor.draft_id == draft_id, DraftEditor.seen_at > seen_after)
        .order_by(DraftEditor.since, DraftEditor.person_id)
    )
    return [EditorRow(*row) for row in db.session.execute(statement)]


def _select_drafts(*columns: Any) -> Select[Any]:
    return select(*columns).outerjoin(DiagramVersion, DiagramVersion.id == DiagramDraft.base_version_id)
