"""Views of the files that a student handed in: case, time, person, and whether the visitor may open them
(7.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import request, url_for

from app.cases.queries.my_work import SubmittedFile, load_submitted_files_page
from app.diagrams.versions import load_version_unless_damaged
from app.journal.requests.queries import load_notes_of_student
from app.kernel.clock import local_day
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.texts.subject_line import case_subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import current_act
from app.web.labels.cases import case_state_label
from app.web.labels.notes import note_rows
from app.web.student_access.student_pages import Cabinet

FILE_TYPE_LABELS = {"application/pdf": "PDF", "image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WebP"}


def documents_view(cabinet: Cabinet) -> SimpleNamespace:
    """Build the view of `student/documents.html`."""
    found, following = load_submitted_files_page(
        current_act(), cabinet.student, request.args.get("after", "")
    )
    names = people.load_names({one.by for one in found if one.by != cabinet.student})
    return SimpleNamespace(
        rows=[_document_row(one, names) for one in found],
        next=cabinet.student_page_url("documents", after=following) if following else None,
        notes=note_rows(load_notes_of_student(cabinet.student, local_day(current_act().at))),
    )


def _document_row(one: SubmittedFile, names: Mapping[UUID, people.PersonName]) -> SimpleNamespace:
    save: dict[str, Any] = {"save": 1}
    by = names.get(one.by)
    published = load_version_unless_damaged(one.case.version_id)
    return SimpleNamespace(
        name=one.name if one.can_open else _("A document kept for the directorate and the student"),
        kind=FILE_TYPE_LABELS.get(one.media_type, one.media_type),
        size=_file_size_text(one.size),
        at=one.at,
        by=by.short if by else None,
        process=pick_text(published.model.titles, locale()) if published else one.case.diagram,
        about=case_subject_line(one.subject, locale()),
        number=one.case.number,
        case_url=url_for("cases.show_case", case_id=one.case.id),
        state=one.case.status,
        state_label=case_state_label(one.case.status, one.case.outcome, published),
        url=url_for("files.show_or_download_file", file_id=one.id) if one.can_open else None,
        save_url=url_for("files.show_or_download_file", file_id=one.id, **save) if one.can_open else None,
    )


def _file_size_text(octets: int) -> str:
    if octets < 1024 * 1024:
        return _("%(n)s KB") % {"n": max(octets // 1024, 1)}
    return _("%(n)s MB") % {"n": round(octets / 1024 / 1024, 1)}
