"""Uploads of a request, stored inside the running act."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from flask import current_app, request
from werkzeug.datastructures import FileStorage, MultiDict

from app.files.store import FileStore
from app.forms.form_file import Form
from app.forms.schema import MAX_FILES_PER_FIELD
from app.kernel.errors import Invalid
from app.web.core.visitor import current_act


def files_store() -> FileStore:
    """Return the file store of this installation."""
    return FileStore(current_app.extensions["depter"].settings.data_dir)


def store_upload(file_id: UUID, given: FileStorage) -> UUID:
    """Store one upload under the id generated with its form; return the id. Raises Invalid, Stale."""
    return files_store().store_upload(current_act(), file_id, given.filename or "", given.stream).id


def store_uploads(form: Form | None, given: MultiDict[str, FileStorage]) -> Mapping[str, Any]:
    """Store the uploads of a form's file fields; return the ids by field. Raises Invalid naming the field.

    The same files sent again by the same form get the same ids.
    """
    stored: dict[str, list[UUID]] = {}
    for field in form.fields if form else ():
        if field.kind != "file":
            continue
        uploads = [upload for upload in given.getlist(field.key) if upload.filename]
        if len(uploads) > MAX_FILES_PER_FIELD:
            raise Invalid.field(field.key, "files.file.too_many", most=MAX_FILES_PER_FIELD)
        if uploads:
            stored[field.key] = [_store_field_upload(field.key, upload) for upload in uploads]
    return stored


def _store_field_upload(key: str, upload: FileStorage) -> UUID:
    """Store one upload of a field. Raises Invalid naming the field."""
    try:
        return store_upload(_deterministic_upload_id(upload), upload)
    except Invalid as problem:
        raise Invalid({key: problem.fields["file"]}) from problem


def _deterministic_upload_id(upload: FileStorage) -> UUID:
    """Return an id computed from person, form, name and content, so that a repeated request is recognised."""
    digest = hashlib.file_digest(upload.stream, hashlib.sha256).hexdigest()  # type: ignore[arg-type]
    upload.stream.seek(0)
    place = f"{request.path}|{request.form.get('id', '')}|{upload.filename}|{digest}"
    return uuid5(current_act().person or UUID(int=0), place)
