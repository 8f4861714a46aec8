"""Routes that show or save a file of a case.

A person who may see the case may see its files, unless they are restricted; every access is recorded.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, request

from app.cases.access import can_read_case_content
from app.cases.audit_scope import find_end_of_days
from app.cases.queries.case_details import find_case_of_file
from app.files.models import File
from app.files.rules import EXTENSION_BY_MEDIA_TYPE, PDF_MEDIA_TYPE
from app.kernel import door
from app.web.core.uploads import files_store
from app.web.core.visitor import allow_access, current_act
from app.web.student_access.read_notes import record_kept_paper_read

blueprint = Blueprint("files", __name__)

PICTURE_CONTENT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
PDF_CONTENT_POLICY = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
"""Browsers' PDF viewers do not work in a sandbox; a PDF in a viewer cannot reach the application's pages."""


class UserFileResponse(Response):
    """Response with an uploaded file; its content policy replaces that of the application's own pages."""

    def get_wsgi_headers(self, environ: Any) -> Any:
        headers = super().get_wsgi_headers(environ)
        headers["Content-Security-Policy"] = (
            PDF_CONTENT_POLICY if self.mimetype == PDF_MEDIA_TYPE else PICTURE_CONTENT_POLICY
        )
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "SAMEORIGIN"
        headers["Cache-Control"] = "private, no-store"
        return headers


@blueprint.get("/files/<uuid:file_id>")
@allow_access("signed_in")
def show_or_download_file(file_id: UUID) -> Response:
    """Return the file for display beside the page, or with ?save=1 as a download."""
    with door.write(current_act()):
        opened = files_store().open_file(current_act(), file_id, _can_open_file)
    answer = UserFileResponse(opened.content, mimetype=opened.media_type)
    disposition = "attachment" if request.args.get("save") else "inline"
    ending = EXTENSION_BY_MEDIA_TYPE[opened.media_type]
    answer.headers["Content-Disposition"] = (
        f"{disposition}; filename=\"file{ending}\"; filename*=UTF-8''{quote(opened.name, safe='')}"
    )
    return answer


def _can_open_file(found: File) -> bool:
    """Return whether the person may open the file: of a case by its access rules, else only its uploader."""
    case = find_case_of_file(found.id)
    if case is None:
        return found.uploaded_by == current_act().person
    if not can_read_case_content(current_act(), case):
        return False
    end = find_end_of_days(current_act(), case)
    if end is not None and found.uploaded_at >= end:
        return False
    record_kept_paper_read(case)
    return True
