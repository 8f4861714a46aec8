"""Texts of the journal: statuses, types of lessons, reasons why a cell is closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.journal.gradebook.entry_deadlines import Closing
from app.kernel.clock import local
from app.kernel.i18n import day_text, moment_text
from app.texts.subject_line import LESSON_TYPES
from app.texts.translate import gettext as _
from app.texts.translate import locale, mark
from app.web.labels.deadlines import unfold

STATUSES: Mapping[str, str] = {
    "present": mark("present"),
    "absent": mark("absent"),
    "excused": mark("excused"),
    "sick": mark("sick"),
    "worked_off": mark("worked off"),
    "not_recorded": mark("not recorded"),
    "not_applicable": mark("not applicable"),
    "no_roll": mark("no attendance is taken"),
}
LETTERS: Mapping[str, str] = {
    "LECTURE": mark("L (lecture)"),
    "PRACTICE": mark("P (practical class)"),
    "LAB": mark("Lab (laboratory class)"),
    "INDEPENDENT_WORK": mark("IW (independent work)"),
    "CONSULTATION": mark("C (consultation)"),
}
STATES: Mapping[str, str] = {
    "PLANNED": mark("planned"),
    "HELD": mark("held"),
    "CANCELLED": mark("cancelled"),
    "MOVED": mark("moved"),
    "SUBSTITUTED": mark("held by a substitute"),
}
CLOSINGS: Mapping[str, str] = {
    "journal.mark.sheet_closed": mark(
        "The grade sheet that covers this lesson is closed; only a protocol changes it. Closed since"
    ),
    "journal.mark.sheet_signed": mark("The grade sheet that covers this lesson is signed. Closed since"),
    "journal.mark.corrected_by_case": mark(
        "An approved correction wrote this; only another one changes it. Closed since"
    ),
    "journal.mark.self_window_closed": mark(
        "Three calendar days after the first entry nobody corrects alone. Closed since"
    ),
    "journal.mark.entry_closed": mark("The time for entering is over. Closed since"),
}


def status_word(status: str) -> str:
    """Return a status of annex 2 as text; accepts upper and lower case."""
    return _(STATUSES[status.lower()]) if status.lower() in STATUSES else status


def value_word(kind: str, value: str | None) -> str:
    """Return a value of a cell as text; "empty" for None and ""."""
    if value is None or value == "":
        return _("empty")
    return status_word(value) if kind == "ATTENDANCE" else value


def type_word(lesson_type: str) -> str:
    """Return the type of a lesson as text."""
    return _(LESSON_TYPES[lesson_type])


def type_letter(lesson_type: str) -> str:
    """Return the short form of a type of lesson for a narrow column: the text before the bracket."""
    return _(LETTERS[lesson_type]).split(" (")[0]


def lesson_line(starts_at: datetime, lesson_type: str) -> str:
    """Return a lesson as one line: "Mon 12 Oct, 09:00, lecture"."""
    return f"{moment_text(starts_at, locale())}, {type_word(lesson_type)}"


def closing_text(closing: Closing) -> str:
    """Return why the cell is closed; the page adds the time."""
    return _(CLOSINGS[closing.code])


def roll_text(
    taken_at: datetime | None, taken_by: str, late: bool, closing: Closing, takes_roll: bool
) -> str:
    """Return the line under a lesson: when the roll was taken and by whom, or until when it can be taken."""
    if not takes_roll:
        return _("No attendance is taken here")
    return taken_text(taken_at, taken_by, late) if taken_at is not None else term_text(closing)


def taken_text(taken_at: datetime, taken_by: str, late: bool) -> str:
    """Return when the roll was taken, by whom, and whether it was late (4.2.1)."""
    when = moment_text(taken_at, locale())
    text = _("Roll taken %(when)s by %(who)s") % {"when": when, "who": taken_by}
    return f"{text}, {_('late')}" if late else text


def term_text(closing: Closing) -> str:
    """Return until when attendance can be entered, or since when it cannot."""
    when = moment_text(closing.at, locale())
    if not closing.open:
        return _("Closed since %(when)s") % {"when": when}
    if closing.late:
        return _("The 24 hours are over; entries count as late, possible until %(when)s") % {"when": when}
    return _("Enter until %(when)s") % {"when": when}


def unfolded(computation: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the computation of a deadline, line by line, in the language of the request."""
    return unfold(computation, locale())


def clock_text(moment: datetime) -> str:
    """Return hours and minutes in the university's time zone."""
    return f"{local(moment):%H:%M}"


def day_words(moment: datetime) -> str:
    """Return the day of a time with its weekday."""
    return day_text(local(moment).date(), locale())
