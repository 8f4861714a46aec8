"""Texts of the journal: statuses, types of lessons, reasons why a cell is closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.journal.gradebook.entry_deadlines import EntryDeadline
from app.kernel.clock import local_time
from app.kernel.i18n import moment_text, shown_number
from app.texts.subject_line import LESSON_TYPE_LABELS
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.labels.deadlines import deadline_computation_lines

MARK_STATUS_LABELS: Mapping[str, str] = {
    "present": N_("present"),
    "absent": N_("absent"),
    "excused": N_("excused"),
    "sick": N_("sick"),
    "made_up": N_("made up"),
    "not_recorded": N_("not recorded"),
    "not_applicable": N_("not applicable"),
    "no_roll": N_("no attendance is taken"),
}
SHORT_LESSON_TYPE_LABELS: Mapping[str, str] = {
    "LECTURE": N_("L (lecture)"),
    "PRACTICE": N_("P (practical class)"),
    "LAB": N_("Lab (laboratory class)"),
    "INDEPENDENT_WORK": N_("IW (independent work)"),
    "CONSULTATION": N_("C (consultation)"),
}
LESSON_STATE_LABELS: Mapping[str, str] = {
    "PLANNED": N_("planned"),
    "HELD": N_("held"),
    "CANCELLED": N_("cancelled"),
    "MOVED": N_("moved"),
    "SUBSTITUTED": N_("held by a substitute"),
}
CLOSED_CELL_REASON_TEXTS: Mapping[str, str] = {
    "journal.mark.sheet_closed": N_(
        "The grade sheet that covers this lesson is closed; only a commission decision can change it. Closed since"
    ),
    "journal.mark.sheet_signed": N_("The grade sheet that covers this lesson is signed. Closed since"),
    "journal.mark.corrected_by_case": N_(
        "An approved correction wrote this; only another one changes it. Closed since"
    ),
    "journal.mark.self_window_closed": N_(
        "Three calendar days after the first entry, corrections need a request. Closed since"
    ),
    "journal.mark.entry_closed": N_("The time for entering is over. Closed since"),
}


def mark_status_label(status: str) -> str:
    """Return a status of annex 2 as text; accepts upper and lower case."""
    return _(MARK_STATUS_LABELS[status.lower()]) if status.lower() in MARK_STATUS_LABELS else status


def mark_value_label(kind: str, value: str | None) -> str:
    """Return a value of a cell as text; "empty" for None and ""."""
    if value is None or value == "":
        return _("empty")
    return mark_status_label(value) if kind == "ATTENDANCE" else shown_number(value, locale())


def lesson_type_label(lesson_type: str) -> str:
    """Return the type of a lesson as text."""
    return _(LESSON_TYPE_LABELS[lesson_type])


def lesson_type_short_label(lesson_type: str) -> str:
    """Return the short form of a type of lesson for a narrow column: the text before the bracket."""
    return _(SHORT_LESSON_TYPE_LABELS[lesson_type]).split(" (")[0]


def lesson_time_and_type_line(starts_at: datetime, lesson_type: str) -> str:
    """Return a lesson as one line: "Mon 12 Oct, 09:00, lecture"."""
    return f"{moment_text(starts_at, locale())}, {lesson_type_label(lesson_type)}"


def closed_cell_reason_text(closing: EntryDeadline) -> str:
    """Return why the cell is closed; the page adds the time."""
    return _(CLOSED_CELL_REASON_TEXTS[closing.code])


def roll_state_text(
    taken_at: datetime | None, taken_by: str, late: bool, closing: EntryDeadline, takes_roll: bool
) -> str:
    """Return the line under a lesson: when the roll was taken and by whom, or until when it can be taken."""
    if not takes_roll:
        return _("No attendance is taken here")
    return roll_taken_text(taken_at, taken_by, late) if taken_at is not None else roll_deadline_text(closing)


def roll_taken_text(taken_at: datetime, taken_by: str, late: bool) -> str:
    """Return when the roll was taken, by whom, and whether it was late (4.2.1)."""
    when = moment_text(taken_at, locale())
    text = _("Attendance recorded: %(who)s, %(when)s") % {"when": when, "who": taken_by}
    return f"{text}, {_('late')}" if late else text


def roll_deadline_text(closing: EntryDeadline) -> str:
    """Return until when attendance can be entered, or since when it cannot."""
    when = moment_text(closing.at, locale())
    if not closing.open:
        return _("Closed since %(when)s") % {"when": when}
    if closing.late:
        return _("The 24 hours are over; entries count as late, possible until %(when)s") % {"when": when}
    return _("Enter until %(when)s") % {"when": when}


def localised_computation_lines(computation: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the computation of a deadline, line by line, in the language of the request."""
    return deadline_computation_lines(computation, locale())


def hours_and_minutes_text(moment: datetime) -> str:
    """Return hours and minutes in the university's time zone."""
    return f"{local_time(moment):%H:%M}"
