"""Refuse PDFs that can do more than be read: scripts, launch actions, embedded files, passwords."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from app.files.rules import PDF_MEDIA_TYPE, detect_media_type
from app.kernel.errors import Invalid

MAX_WALL_SECONDS = 20.0
_INSPECTION = Path(__file__).with_name("pdf_inspection.py")
_SUSPICIOUS_PATTERN = re.compile(
    rb"/(?:ObjStm|Encrypt|JS|XFA|S\s*/JavaScript|JavaScript|Launch|EmbeddedFile|EF|GoToE|FileAttachment|RichMedia)"
    rb"|/[^\s/<>\[\](){}%]*#[0-9A-Fa-f]{2}"
)
"""Names that need a look at the objects, names inside compressed objects, and names written with escapes. A PDF without
any of them shows all its names in the clear, as most scanners write it."""
_CLEAR_WORDS = (
    (re.compile(rb"/JavaScript\b"), "script"),
    (re.compile(rb"/Launch\b"), "launch"),
    (re.compile(rb"/(?:EmbeddedFiles?|RichMedia)\b"), "embedded"),
)
"""Words that no picture holds by chance: a viewer that repairs a broken file may find objects that its table hides."""
_CODE_BY_WORD = {
    "script": "files.pdf.script",
    "launch": "files.pdf.launch",
    "embedded": "files.pdf.embedded",
    "encrypted": "files.pdf.encrypted",
    "unreadable": "files.file.damaged",
}


def detect_passive_media_type(content: bytes) -> str:
    """Return the media type of an upload that can only be read. Raises Invalid on the field `file`."""
    media_type = detect_media_type(content)
    if media_type == PDF_MEDIA_TYPE and _SUSPICIOUS_PATTERN.search(content):
        word = _find_active_pdf_content_in_subprocess(content)
        if word == "passive":
            word = next((word for pattern, word in _CLEAR_WORDS if pattern.search(content)), word)
        if word != "passive":
            raise Invalid.field("file", _CODE_BY_WORD.get(word, "files.pdf.limit"))
    return media_type


def _find_active_pdf_content_in_subprocess(content: bytes) -> str:
    """Return the word of `pdf_inspection`; "" when it did not end within its limits."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_INSPECTION)],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=MAX_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""
