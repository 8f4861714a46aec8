"""Views of drafts in lists: title, who drew last and when, addresses."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

from flask import url_for

from app.diagrams.draft_queries import DraftRow, load_open_drafts
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.people.rules import is_permitted
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import current_act


def may_edit_processes() -> bool:
    """Return whether the visitor may draw processes."""
    return is_permitted(current_act().assignments, "processes.edit")


def load_draft_views(key: str | None = None) -> list[SimpleNamespace]:
    """Return the open drafts of one process, or of all, for a visitor who may edit; else nothing."""
    return draft_views(load_open_drafts(key)) if may_edit_processes() else []


def draft_views(rows: Sequence[DraftRow]) -> list[SimpleNamespace]:
    """Return drafts as rows; one statement for the names."""
    named = people.load_names(row.updated_by for row in rows)
    return [
        SimpleNamespace(
            id=row.id,
            url=url_for("studio.show_draft_editor", draft_id=row.id),
            title=draft_title(row),
            source=draft_source_text(row),
            by=named[row.updated_by].short if row.updated_by in named else "",
            at=row.updated_at,
            mine=row.created_by == current_act().person,
        )
        for row in rows
    ]


def draft_title(row: DraftRow) -> str:
    """Return the title of the process of a draft; its id, or a general word, when it has none."""
    return pick_text(row.titles, locale()) or row.key or _("A process without a name")


def draft_source_text(row: DraftRow) -> str:
    """Return from which version a draft was made."""
    if row.base_number is None:
        return _("without an earlier version")
    return _("from version %(number)s") % {"number": row.base_number}
