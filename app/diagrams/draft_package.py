"""A drawing with its forms in one ZIP file: `<key>.bpmn`, and `forms/<name>.form` for each form. Pure.

Unpacked, `depter diagrams check` reads the forms beside the drawing. An uploaded file is hostile: nothing is
unpacked to a disk, and of each entry only so much is read as it may hold.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from app.bpmn.safe_xml import MAX_DIAGRAM_BYTES
from app.forms.form_file import MAX_FORM_BYTES, FormFileError
from app.forms.form_problems import read_unfinished_form, require_known_properties
from app.kernel.composed_text import compose_text
from app.kernel.errors import Invalid

MAX_PACKAGE_BYTES = 2_000_000
MAX_PACKAGE_ENTRIES = 150
FORM_NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,59}\.[a-z][a-z0-9_]{0,59}")
PACKAGE_START = b"PK\x03\x04"
_FIXED_TIME = (2000, 1, 1, 0, 0, 0)
_DAMAGE = (BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError)


def write_draft_package(key: str, xml: str, forms: Mapping[str, str]) -> bytes:
    """Return the ZIP file of a drawing with its forms; equal content makes equal bytes."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as file:
        file.writestr(ZipInfo(f"{key or 'diagram'}.bpmn", _FIXED_TIME), xml.encode(), ZIP_DEFLATED)
        for name, text in sorted(forms.items()):
            file.writestr(ZipInfo(f"forms/{name}.form", _FIXED_TIME), text.encode(), ZIP_DEFLATED)
    return packed.getvalue()


def read_draft_package(data: bytes) -> tuple[str, dict[str, str]]:
    """Return drawing and forms of a ZIP file; other entries are left out. Raises Invalid for the field `file`."""
    if len(data) > MAX_PACKAGE_BYTES:
        raise Invalid.field("file", "diagrams.draft.too_large", max=MAX_PACKAGE_BYTES // 1000)
    drawings: list[str] = []
    forms: dict[str, str] = {}
    try:
        with ZipFile(BytesIO(data)) as file:
            if len(file.infolist()) > MAX_PACKAGE_ENTRIES:
                raise Invalid.field("file", "diagrams.draft.not_a_package")
            for entry in file.infolist():
                path = PurePosixPath(entry.filename)
                if path.suffix == ".bpmn":
                    drawings.append(_read_zip_entry_text(file, entry, MAX_DIAGRAM_BYTES))
                elif path.suffix == ".form" and FORM_NAME_PATTERN.fullmatch(path.stem):
                    forms[path.stem] = _require_readable_form_text(
                        path.stem, _read_zip_entry_text(file, entry, MAX_FORM_BYTES)
                    )
    except _DAMAGE:
        raise Invalid.field("file", "diagrams.draft.not_a_package") from None
    if len(drawings) != 1:
        raise Invalid.field("file", "diagrams.draft.not_a_package")
    return drawings[0], forms


def _read_zip_entry_text(file: ZipFile, entry: ZipInfo, limit: int) -> str:
    """Return the text of an entry, of which at most `limit` bytes and one more are unpacked."""
    with file.open(entry) as packed:
        data = packed.read(limit + 1)
    if len(data) > limit:
        raise Invalid.field("file", "diagrams.draft.too_large", max=limit // 1000)
    return compose_text(data.decode("utf-8-sig"))


def _require_readable_form_text(name: str, text: str) -> str:
    try:
        require_known_properties(text.encode())
        read_unfinished_form(text.encode())
    except FormFileError as why:
        raise Invalid.field("file", "diagrams.form.not_a_form", name=name, why=str(why)) from None
    return text
