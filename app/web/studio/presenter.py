"""Views of drafts: the page of the editor, the history, presence and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app.cases.queries.processes import VersionRow
from app.diagrams import draft_queries
from app.diagrams.draft_queries import DraftRow, RevisionRow, StoredDraft
from app.kernel.clock import local_time
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id
from app.people import queries as people
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.visitor import current_act, request_time
from app.web.labels import processes as process_labels
from app.web.processes.draft_rows import draft_source_text, draft_title

EDITOR_PRESENT = timedelta(seconds=60)
"""A page reports every 20 seconds; who was not seen for a minute has left."""
REVISION_LABELS: Mapping[str, str] = {
    "created": N_("begun"),
    "imported": N_("imported from a file"),
    "copied": N_("copied from another draft"),
    "drawn": N_("drawn"),
    "restored": N_("restored from an earlier state"),
    "repaired": N_("repaired"),
    "form_changed": N_("form changed"),
}


def process_heading(row: VersionRow) -> SimpleNamespace:
    """Return title and address of a process."""
    return SimpleNamespace(
        key=row.key,
        title=pick_text(row.titles, locale()),
        url=url_for("processes.show_process", process=row.key),
    )


def version_choice(row: VersionRow) -> SimpleNamespace:
    """Return one version as a choice to begin from."""
    return SimpleNamespace(
        number=row.number,
        state=row.state,
        state_label=_(process_labels.VERSION_STATE_LABELS[row.state]),
        at=row.published_at or row.made_at,
    )


def draft_heading(row: DraftRow) -> SimpleNamespace:
    """Return title, source and addresses of a draft."""
    return SimpleNamespace(
        id=row.id,
        title=draft_title(row),
        source=draft_source_text(row),
        revision=row.revision,
        url=url_for("studio.show_draft_editor", draft_id=row.id),
        history_url=url_for("studio.list_draft_revisions", draft_id=row.id),
        file_url=url_for("studio.download_draft", draft_id=row.id),
        process_url=url_for("processes.show_process", process=row.key)
        if row.base_number is not None
        else None,
    )


def version_heading(row: VersionRow) -> SimpleNamespace:
    """Return title, source and addresses of a version, as `draft_heading` does of a draft."""
    return SimpleNamespace(
        id=row.id,
        title=pick_text(row.titles, locale()) or row.key,
        source=_("version %(number)s") % {"number": row.number},
        revision=None,
        url=url_for("processes.show_process_version", process=row.key, version=row.number),
        process_url=url_for("processes.show_process", process=row.key),
    )


def editor_page_values(stored: StoredDraft) -> dict[str, Any]:
    """Return the values of the page of the editor."""
    row = stored.row
    return {
        "draft": draft_heading(row),
        "copy_id": new_id(),
        "urls": {
            "draft": url_for("studio.get_draft_json", draft_id=row.id),
            "save": url_for("studio.save_draft", draft_id=row.id),
            "copy_url": url_for("studio.copy_drawing", draft_id=row.id),
            "check": url_for("studio.check_posted_drawing", draft_id=row.id),
            "presence": url_for("studio.report_presence", draft_id=row.id),
            "repair": url_for("studio.repair_draft_drawing", draft_id=row.id),
            "choices": url_for("studio.get_diagram_choices_json"),
            "forms": url_for("studio.list_draft_forms", draft_id=row.id),
        },
    }


def draft_revision_rows(row: DraftRow, rows: Sequence[RevisionRow]) -> list[SimpleNamespace]:
    """Return the states of a draft as rows, the newest first."""
    named = people.load_names(one.saved_by for one in rows)
    earlier = [one.forms for one in rows[1:]]
    return [
        SimpleNamespace(
            revision=one.revision,
            forms=_changed_form_names(before, one.forms),
            how=_(REVISION_LABELS[one.how]),
            by=named[one.saved_by].short if one.saved_by in named else "",
            at=one.saved_at,
            is_present=one.revision == row.revision,
            drawing_url=url_for("studio.get_draft_revision_json", draft_id=row.id, revision=one.revision),
        )
        for one, before in zip_longest(rows, earlier)
    ]


def _changed_form_names(before: Mapping[str, str] | None, after: Mapping[str, str]) -> list[str]:
    """Return the names of the forms that differ from the state before; none for the first state that is kept."""
    if before is None:
        return []
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def other_draft_editors_json(draft_id: UUID) -> dict[str, Any]:
    """Return the other persons who have a draft open, each with a sentence."""
    rows = draft_queries.load_draft_editors(draft_id, request_time() - EDITOR_PRESENT)
    others = [row for row in rows if row.person != current_act().person]
    named = people.load_names(row.person for row in others)
    return {
        "editors": [
            _("%(name)s is editing since %(time)s")
            % {"name": named[row.person].short, "time": hours_and_minutes_text(row.since)}
            for row in others
            if row.person in named
        ]
    }


def hours_and_minutes_text(at: datetime) -> str:
    """Return hours and minutes in the time zone of the university."""
    return local_time(at).strftime("%H:%M")


def saved_as_copy_message(saved_by: UUID) -> str:
    """Return why the drawing was saved as a copy."""
    if saved_by == current_act().person:
        return _("Saved as a copy, because you saved the draft in another window meanwhile.")
    named = people.load_names([saved_by])
    name = named[saved_by].short if saved_by in named else _("someone")
    return _("Saved as a copy, because %(name)s saved meanwhile.") % {"name": name}
