"""Rows of the notes that general requests left on the page of a student or a journal."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

from flask import url_for

from app.journal.requests.queries import NoteRow
from app.kernel.i18n import pick_text
from app.texts.translate import locale


def note_rows(notes: Iterable[NoteRow]) -> list[SimpleNamespace]:
    """Return the rows of `requests/_notes.html`."""
    return [
        SimpleNamespace(
            text=pick_text(note.titles, locale()),
            process=pick_text(note.process, locale()),
            number=note.number,
            url=url_for("cases.show_case", case_id=note.case_id),
            at=note.made_at,
        )
        for note in notes
    ]
