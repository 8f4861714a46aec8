"""Says what a PDF on standard input can do, as one word on standard output; run as a program of its own.

A hostile PDF may loop or expand without end, so the process limits its memory and CPU and is ended from outside. It
imports nothing of the product. Words: `passive`, `script`, `launch`, `embedded`, `encrypted`, `unreadable`.
"""

from __future__ import annotations

import io
import logging
import resource
import sys
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import IndirectObject

MAX_MEMORY_BYTES = 768 * 1024 * 1024
MAX_CPU_SECONDS = 10
SCRIPT_KEYS = frozenset({"/JS", "/JavaScript", "/XFA"})
EMBEDDED_KEYS = frozenset({"/EF", "/EmbeddedFiles", "/RichMediaContent"})
FINDING_BY_VALUE = {
    "/JavaScript": "script",
    "/Launch": "launch",
    "/EmbeddedFile": "embedded",
    "/FileAttachment": "embedded",
    "/RichMedia": "embedded",
    "/GoToE": "embedded",
}
"""What a name means as the action (/S), type or subtype of a dictionary."""


def find_active_content_of_pdf(content: bytes) -> str:
    """Return the word for a PDF: what the first object that is not passive does."""
    reader = PdfReader(io.BytesIO(content), strict=False)
    # Many scanners set an owner password only: such a file opens without one.
    if reader.is_encrypted and not reader.decrypt(""):
        return "encrypted"
    found = _find_active_content_in_object(reader.trailer)
    numbers = {(number, generation) for generation, places in reader.xref.items() for number in places} | {
        (number, 0) for number in reader.xref_objStm
    }
    for number, generation in sorted(numbers):
        if found:
            break
        found = _find_active_content_in_object(reader.get_object(IndirectObject(number, generation, reader)))
    return found or "passive"


def _find_active_content_in_object(value: Any) -> str:
    """Return the word for an object, looking into its parts but not along references; "" for a passive one."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            keys = part.keys()
            if keys & SCRIPT_KEYS:
                return "script"
            if keys & EMBEDDED_KEYS:
                return "embedded"
            for name in ("/S", "/Type", "/Subtype"):
                meaning = FINDING_BY_VALUE.get(str(part.raw_get(name)) if name in keys else "")  # type: ignore[attr-defined]
                if meaning:
                    return meaning
            waiting += [part.raw_get(key) for key in keys]  # type: ignore[attr-defined]
        elif isinstance(part, list):
            waiting += list.__iter__(part)
    return ""


def main() -> None:
    """Inspect the PDF on standard input within the limits of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    logging.disable(logging.CRITICAL)
    try:
        word = find_active_content_of_pdf(sys.stdin.buffer.read())
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        word = "unreadable"
    sys.stdout.write(word)


if __name__ == "__main__":
    main()
