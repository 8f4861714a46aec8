"""Limits of a request body: bytes and fields of a form, before it is taken apart."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

MAX_FORM_BYTES = 2 * 1024 * 1024
"""Bytes of the fields of a form; files have the limit of the whole body (12 MB)."""
MAX_FORM_FIELDS = 5000
"""Fields of a form: the largest page, a grid of lessons, has some hundreds."""


class BoundedFormParser(FormDataParser):
    """Refuses a form of too many bytes or fields before parsing it; werkzeug bounds multipart forms only."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        """Return stream, fields and files. Raises RequestEntityTooLarge."""
        if mimetype == "application/x-www-form-urlencoded":
            body = stream.read(MAX_FORM_BYTES + 1)
            if len(body) > MAX_FORM_BYTES or body.count(b"&") >= MAX_FORM_FIELDS:
                raise RequestEntityTooLarge
            stream = BytesIO(body)
        return super().parse(stream, mimetype, content_length, options)


class BoundedRequest(Request):
    """A request whose form is bounded, and whose uploads stay in memory: Flask would write them to disk in clear."""

    form_data_parser_class = BoundedFormParser
    max_form_memory_size = MAX_FORM_BYTES
    max_form_parts = MAX_FORM_FIELDS

    def _get_file_stream(self, *_sizes_and_names: Any, **_more: Any) -> BytesIO:
        return BytesIO()
