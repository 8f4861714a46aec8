"""The request as pages read it: limits of its body before it is taken apart, texts in NFC afterwards."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from app.kernel.composed_text import compose_text

MAX_FORM_BYTES = 2 * 1024 * 1024
"""Bytes of the fields of a form; files have the limit of the whole body (12 MB)."""
MAX_FORM_FIELDS = 5000
"""Fields of a form: the largest page, a grid of lessons, has some hundreds."""


class ComposedMultiDict(ImmutableMultiDict[str, Any]):
    """Fields of an address or a form with names and texts in NFC; uploaded files stay as they are."""

    def __init__(self, mapping: Any = None) -> None:
        super().__init__(
            (_composed_or_same(key), _composed_or_same(value))
            for key, value in iter_multi_items(mapping or ())
        )


def _composed_or_same(value: Any) -> Any:
    return compose_text(value) if isinstance(value, str) else value


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
    """A request whose form is bounded and whose texts are in NFC.

    Uploads stay in memory: Flask would write them to disk in clear.
    """

    parameter_storage_class = ComposedMultiDict
    form_data_parser_class = BoundedFormParser
    max_form_memory_size = MAX_FORM_BYTES
    max_form_parts = MAX_FORM_FIELDS

    def _get_file_stream(self, *_sizes_and_names: Any, **_more: Any) -> BytesIO:
        return BytesIO()
