"""Typeset a dossier: PDF/A-2a with the structure that a screen reader needs (PDF/UA-1), by typst.

The document is a mapping of texts, as `dossier.typ` reads it. All of it is data: nothing that a person wrote is markup.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
import typst

from app.cases.dossier.printable_letters import PICTURE_LETTERS, printable_text

PICTURE_FONT = "'Libertinus Serif','DejaVu Sans Mono'"
"""The fonts of words in pictures: typst carries them itself, so that every machine sets the same document."""
_TEMPLATE = Path(__file__).with_name("dossier.typ")


def draw_qr_code(address: str) -> str:
    """Return the QR code of an address as SVG; a quarter of it may be dirty."""
    drawn = io.BytesIO()
    segno.make(address, error="q", micro=False).save(drawn, kind="svg", scale=4, border=2, xmldecl=False)
    return drawn.getvalue().decode()


def typeset_dossier(
    document: Mapping[str, Any], diagram: str | None, qr_code: str, made_at: datetime
) -> bytes:
    """Return the PDF. `diagram` and `qr_code` are SVG; without a diagram its section says why. 0.1 s for most cases."""
    inputs = {
        "document": json.dumps(_printable_json(document), ensure_ascii=False),
        "diagram": printable_text(diagram or "", PICTURE_LETTERS),
        "qr": qr_code,
    }
    content = typst.compile(
        _TEMPLATE,
        root=_TEMPLATE.parent,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs=inputs,
        pdf_standards=["a-2a", "ua-1"],
        timestamp=made_at.replace(microsecond=0),
    )
    return content


def _printable_json(value: Any) -> Any:
    """Return the value with every text in it written in letters that the fonts draw."""
    if isinstance(value, str):
        return printable_text(value)
    if isinstance(value, Mapping):
        return {name: _printable_json(part) for name, part in value.items()}
    return [_printable_json(part) for part in value] if isinstance(value, (list, tuple)) else value
