"""Words what a case is about, from its structure. Knows the shape of a subject, not where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.kernel.i18n import day_text, pick, translations


def mark(message: str) -> str:
    """Marks a text for the catalogue where it is declared; it is translated where it is worded."""
    return message


VALUES: Mapping[str, str] = {
    "PRESENT": mark("present"),
    "ABSENT": mark("absent"),
    "EXCUSED": mark("excused"),
    "SICK": mark("sick"),
    "WORKED_OFF": mark("worked off"),
    "": mark("empty"),
}
LESSON_TYPES: Mapping[str, str] = {
    "LECTURE": mark("lecture"),
    "PRACTICE": mark("practical class"),
    "LAB": mark("laboratory class"),
    "INDEPENDENT_WORK": mark("independent work"),
    "CONSULTATION": mark("consultation"),
}


def subject_line(subject: Mapping[str, Any], locale: str) -> str:
    """The subject in one line: "Calculus I, IVT-2-23, Asanova A., Mon 12 Oct, lecture: absent → present"."""
    cells = subject.get("cells") or []
    if not cells:
        return place_line(subject, locale)
    first = cells[0]
    gettext = translations(locale).gettext
    parts = [place_line(subject, locale), first.get("student", "")]
    if first.get("date"):
        parts.append(day_text(date.fromisoformat(first["date"]), locale))
    if first.get("lesson_type"):
        parts.append(gettext(LESSON_TYPES.get(first["lesson_type"], first["lesson_type"])))
    old, new = (value_word(first.get(side, ""), locale) for side in ("old", "new"))
    line = f"{', '.join(part for part in parts if part)}: {old} → {new}"
    if len(cells) > 1:
        line += " " + gettext("and %(n)s more") % {"n": len(cells) - 1}
    return line


def place_line(subject: Mapping[str, Any], locale: str) -> str:
    """Discipline and group only: nothing about a person, so that it may leave the house by mail."""
    return ", ".join(part for part in (pick(subject.get("course"), locale), subject.get("group", "")) if part)


def value_word(value: str | None, locale: str) -> str:
    """A cell's value in words: a status of annex 2, or the points themselves."""
    text = VALUES.get(value or "")
    return translations(locale).gettext(text) if text else str(value)
