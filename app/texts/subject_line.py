"""One-line texts of case subjects, from their stored structure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from app.kernel.i18n import day_text, pick, translations


def mark(message: str) -> str:
    """Mark a text for the catalogue where it is declared; it is translated where it is used."""
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
    """Return a case subject as one line:
    "Calculus I, IVT-2-23, Asanova A., Mon 12 Oct, lecture: absent → present"."""
    write_line = LINES.get(subject.get("kind", ""), _cells_line)
    return write_line(subject, locale) or place_line(subject, locale)


def _cells_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the first changed cell, old and new value, and the number of further cells; "" without cells."""
    cells = subject.get("cells") or []
    if not cells:
        return ""
    first = cells[0]
    old, new = (value_word(first.get(side, ""), locale) for side in ("old", "new"))
    return f"{_cell_place(subject, first, locale)}: {old} → {new}" + _and_more(cells, locale)


def _entries_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the first cell of a late entry, its kind, and the number of further cells; "" without cells."""
    entries = subject.get("entries") or []
    if not entries:
        return ""
    gettext = translations(locale).gettext
    what = gettext(ENTRY_KINDS[entry_kind(entries[0])])
    return f"{_cell_place(subject, entries[0], locale)}: {what}" + _and_more(entries, locale)


def entry_kind(entry: Mapping[str, Any]) -> str:
    """Return the key in `ENTRY_KINDS` of a cell of a late entry; without a student it is the whole roll."""
    return entry["kind"] if entry.get("student") else "ROLL"


ENTRY_KINDS: Mapping[str, str] = {
    "ROLL": mark("the roll, late"),
    "ATTENDANCE": mark("attendance, late"),
    "GRADE": mark("grade, late"),
}
GROUNDS: Mapping[str, str] = {
    "medical": mark("medical document"),
    "event": mark("university event"),
    "trip": mark("business trip"),
    "other": mark("another lawful ground"),
}


def _excuse_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return "Asanova A., 5 - 9 Oct, medical document, 6 lessons"; the document itself is not mentioned."""
    gettext = translations(locale).gettext
    parts = [names_line(subject, locale), period_line(subject, locale)]
    ground = GROUNDS.get(subject.get("ground", ""))
    if ground:
        parts.append(gettext(ground))
    if subject.get("lessons"):
        n = subject["lessons"]
        parts.append(translations(locale).ngettext("%(n)s lesson", "%(n)s lessons", n) % {"n": n})
    return ", ".join(part for part in parts if part)


def _excused_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return journal, students and period of a confirmed excuse for a teacher, without its reason (7.1)."""
    parts = [place_line(subject, locale), names_line(subject, locale), period_line(subject, locale)]
    return ", ".join(part for part in parts if part)


def _review_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return journal, student and the days that a teacher has to check after an order."""
    days = [day_text(date.fromisoformat(day), locale) for day in subject.get("days") or ()]
    more = subject.get("lessons", 0) - len(days)
    if more > 0:
        days.append(translations(locale).gettext("and %(n)s more") % {"n": more})
    parts = [place_line(subject, locale), names_line(subject, locale), "; ".join(days)]
    return ", ".join(part for part in parts if part)


def _makeup_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the first missed lesson of make-up work and the number of further ones; "" without lessons."""
    missed = subject.get("missed") or []
    if not missed:
        return ""
    return _cell_place(subject, {**missed[0], "student": subject["student"]}, locale) + _and_more(
        missed, locale
    )


def _lesson_line(subject: Mapping[str, Any], locale: str) -> str:
    return _cell_place(subject, subject, locale)


def _return_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return since which day a student is back from leave."""
    since = day_text(date.fromisoformat(subject["date"]), locale)
    return translations(locale).gettext("You are back to study since %(day)s") % {"day": since}


def _dispute_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the disputed cell and its value."""
    return f"{_cell_place(subject, subject, locale)}: {value_word(subject.get('value'), locale)}"


COMMISSION_KINDS: Mapping[str, str] = {
    "APPEAL": mark("appeal commission"),
    "AUTHORISED": mark("authorised commission"),
    "ARCHIVE": mark("archive commission"),
}


ORDER_DAY = "d MMM y"
"""Format of the days of an order; with the year, because they may lie in two years."""


def _commission_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return kind, order number, scope and days of a commission."""
    gettext = translations(locale).gettext
    kind = gettext(COMMISSION_KINDS.get(subject["of"], ""))
    days = " – ".join(
        day_text(date.fromisoformat(subject[end]), locale, ORDER_DAY) for end in ("from", "until")
    )
    parts = [kind, f"№ {subject['order_no']}", pick(subject.get("scope"), locale), days]
    return ", ".join(part for part in parts if part)


SHEET_KINDS: Mapping[str, str] = {
    "MODULE1": mark("module 1"),
    "MODULE2": mark("module 2"),
    "FINAL": mark("final"),
    "RETAKE": mark("retake"),
    "SUMMARY_REPORT": mark("summary report"),
}


def _sheet_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return journal, kind and number of a grade sheet."""
    word = SHEET_KINDS[subject["sheet_kind"]]
    kind = translations(locale).gettext(word)
    return ", ".join(part for part in (place_line(subject, locale), kind, subject.get("number", "")) if part)


def _lines_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return a grade sheet and the students whose lines are concerned."""
    return f"{_sheet_line(subject, locale)}: {names_line(subject, locale)}"


def _appeal_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return journal, student, kind and number of the sheet of an appeal or a correction."""
    word = SHEET_KINDS[subject["sheet_kind"]]
    kind = translations(locale).gettext(word)
    parts = (place_line(subject, locale), subject.get("student", ""), kind, subject.get("number", ""))
    return ", ".join(part for part in parts if part)


MOST_EXAMS = 12
"""Exams listed in one line: more than any group has in a session; further exams are only counted."""


def _exams_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the new and the former day of each exam; beyond the maximum exams are only counted."""
    exams = subject["exams"]
    lines = "; ".join(_exam_line(exam, locale) for exam in exams[:MOST_EXAMS])
    return lines + _and_more(exams[MOST_EXAMS - 1 :], locale)


def _exam_line(exam: Mapping[str, Any], locale: str) -> str:
    """Return discipline and group of an exam with its new day, and its former day if it had one."""
    gettext = translations(locale).gettext
    days = {
        key: day_text(date.fromisoformat(exam[key]), locale) if exam[key] else gettext("no day")
        for key in ("day", "before")
    }
    text = gettext("%(exam)s: %(day)s, was %(before)s") if exam["before"] else gettext("%(exam)s: %(day)s")
    return text % {"exam": place_line(exam, locale), **days}


def names_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the first student of a subject and the number of further students; "" without students."""
    names = subject.get("students") or []
    return (names[0] + _and_more(names, locale)) if names else ""


def period_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return first and last day of a subject; one day is written once; "" without a period."""
    if not subject.get("from"):
        return ""
    days = [day_text(date.fromisoformat(subject[end]), locale) for end in ("from", "to")]
    return days[0] if days[0] == days[1] else " – ".join(days)


LINES: Mapping[str, Callable[[Mapping[str, Any], str], str]] = {
    "entries": _entries_line,
    "excuse": _excuse_line,
    "excused": _excused_line,
    "workoff": _makeup_line,
    "dispute": _dispute_line,
    "commission": _commission_line,
    "appeal": _appeal_line,
    "correction": _appeal_line,
    "sheet": _sheet_line,
    "review": _review_line,
    "lesson": _lesson_line,
    "return": _return_line,
    "lines": _lines_line,
    "exams": _exams_line,
}
"""Function that writes the line, by kind of subject; a subject without a kind is a change of cells."""


def _cell_place(subject: Mapping[str, Any], cell: Mapping[str, Any], locale: str) -> str:
    """Return the place of a cell: discipline, group, student, day and type of the lesson."""
    parts = [place_line(subject, locale), cell.get("student", "")]
    if cell.get("date"):
        parts.append(day_text(date.fromisoformat(cell["date"]), locale))
    if cell.get("lesson_type"):
        word = LESSON_TYPES.get(cell["lesson_type"], cell["lesson_type"])
        parts.append(translations(locale).gettext(word))
    return ", ".join(part for part in parts if part)


def _and_more(cells: Sequence[Any], locale: str) -> str:
    """Return " and n more" for all elements but the first; "" for fewer than two."""
    if len(cells) < 2:
        return ""
    return " " + translations(locale).gettext("and %(n)s more") % {"n": len(cells) - 1}


def place_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return discipline and group only, without personal data, so that it may be sent by mail."""
    return ", ".join(part for part in (pick(subject.get("course"), locale), subject.get("group", "")) if part)


def value_word(value: str | None, locale: str) -> str:
    """Return the value of a cell as text: a status of annex 2, or the points themselves."""
    text = VALUES.get(value or "")
    return translations(locale).gettext(text) if text else str(value)
