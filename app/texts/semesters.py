"""The name of a semester, as every page writes it."""

from __future__ import annotations

from collections.abc import Mapping

from app.kernel.i18n import pick_text
from app.texts.translate import locale


def semester_title(names: Mapping[str, str], academic_year: str) -> str:
    """Return name and academic year of a semester in the reader's language; a name that has the year is left."""
    name = pick_text(names, locale())
    return name if not academic_year or academic_year in name else f"{name}, {academic_year}"
