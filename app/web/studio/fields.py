"""Input of the studio: JSON of the editor, uploaded files, numbers of versions and revisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import FileStorage

from app.bpmn.safe_xml import MAX_DIAGRAM_BYTES
from app.cases.queries.processes import VersionRow
from app.diagrams.draft_package import MAX_PACKAGE_BYTES, PACKAGE_START, read_draft_package
from app.kernel.composed_text import compose_text
from app.kernel.errors import Invalid, Missing
from app.web.processes.presenter import published_or_newest_version


@dataclass(frozen=True, slots=True)
class DrawingInput:
    """A drawing that the editor sent, and the revision it was made on."""

    revision: int
    xml: str


def read_drawing_and_revision(body: Any) -> DrawingInput:
    """Read `{revision, xml}`. Raises Invalid naming the field."""
    checked = read_json_object(body)
    return DrawingInput(
        read_revision_or_version_number("revision", checked.get("revision")), read_drawing_xml(checked)
    )


def read_json_object(body: Any) -> dict[str, Any]:
    """Return the JSON object of a request. Raises Invalid."""
    if not isinstance(body, dict):
        raise Invalid.field("body", "kernel.input.not_an_object")
    return body


def read_drawing_xml(body: dict[str, Any]) -> str:
    """Return the drawing in the field `xml`. Raises Invalid."""
    xml = body.get("xml")
    if not isinstance(xml, str):
        raise Invalid.field("xml", "kernel.input.not_a_text")
    if len(xml) > MAX_DIAGRAM_BYTES:
        raise Invalid.field("xml", "diagrams.draft.too_large", max=MAX_DIAGRAM_BYTES // 1000)
    return xml


def read_revision_or_version_number(name: str, given: object) -> int:
    """Return a revision or the number of a version, from JSON or a form. Raises Invalid naming the field."""
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid.field(name, "kernel.input.not_a_number")
    return int(text)


def chosen_version(given: str | None, versions: Sequence[VersionRow]) -> VersionRow:
    """Return the version with the number of a form, the one in force when none is given. Raises Missing, Invalid."""
    if not given:
        return published_or_newest_version(versions)
    number = read_revision_or_version_number("version", given)
    for row in versions:
        if row.number == number:
            return row
    raise Missing


def read_drawing_upload(file: FileStorage | None) -> tuple[str, dict[str, str]]:
    """Return the drawing of an uploaded BPMN file, and the forms that a ZIP file has beside it.

    Raises Invalid for the field `file`.
    """
    if file is None or not file.filename:
        raise Invalid.field("file", "diagrams.draft.no_file")
    data = file.stream.read(MAX_PACKAGE_BYTES + 1)
    if data.startswith(PACKAGE_START):
        return read_draft_package(data)
    if len(data) > MAX_DIAGRAM_BYTES:
        raise Invalid.field("file", "diagrams.draft.too_large", max=MAX_DIAGRAM_BYTES // 1000)
    try:
        return compose_text(data.decode("utf-8-sig")), {}
    except UnicodeDecodeError:
        raise Invalid.field("file", "diagrams.draft.not_xml") from None
