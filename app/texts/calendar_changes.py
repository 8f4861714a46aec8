"""One-line texts of calendar changes, from the kind of a change and its stored values before and after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.kernel.i18n import day_text, moment_text, pick_text
from app.texts.policy_names import CHOICE_LABELS, policy_name
from app.texts.translate import N_
from app.texts.translate import gettext as _

DAY_KIND_LABELS: Mapping[str, str] = {
    "off": N_("day off"),
    "working": N_("working day"),
    "short": N_("short day"),
}
DAY_ORIGIN_LABELS: Mapping[str, str] = {
    "government": N_("decided by the government"),
    "university": N_("decided by the university"),
}
PAUSE_KIND_LABELS: Mapping[str, str] = {
    "outage": N_("failure of the system"),
    "closure": N_("building closed"),
    "inquiry": N_("inquiry under way"),
    "leave": N_("academic leave"),
}
SEMESTER_DATE_LABELS: Mapping[str, str] = {
    "starts_on": N_("First day"),
    "module1_from": N_("Module 1, first day"),
    "module1_until": N_("Module 1, last day"),
    "module2_from": N_("Module 2, first day"),
    "module2_until": N_("Module 2, last day"),
    "session_from": N_("Session, first day"),
    "session_until": N_("Session, last day"),
    "makeup_until": N_("Make-up deadline of the semester"),
    "ends_on": N_("Last day"),
}
"""The dates of a semester in the order of the form."""
MAX_LISTED_EXAMS = 1
"""Number of exams listed in the line; the page lists all of them below it."""


def calendar_change_line(
    kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, locale: str
) -> str:
    """Return a calendar change as one line, without its unit."""
    values = after or before or {}
    return _CHANGE_TEXT_WRITERS[kind](before or {}, after or {}, values, locale)


def _day_was_set_text(before: Mapping[str, Any], _after: Any, values: Mapping[str, Any], locale: str) -> str:
    """Return the text of a day that was added or changed; the former kind is in brackets."""
    text = f"{_iso_day_text(values['day'], locale)}: {_day_kind_text(values, locale)}"
    if before:
        text += f" ({_('before: %(what)s') % {'what': _day_kind_text(before, locale)}})"
    return text


def _removed_day_text(_before: Any, _after: Any, values: Mapping[str, Any], locale: str) -> str:
    return _("%(day)s: %(what)s is taken out of the calendar") % {
        "day": _iso_day_text(values["day"], locale),
        "what": _day_kind_text(values, locale),
    }


def _week_was_set_text(before: Mapping[str, Any], _after: Any, values: Mapping[str, Any], locale: str) -> str:
    return _("From %(day)s on a week has %(days)s working days instead of %(before)s") % {
        "day": _iso_day_text(values["since"], locale),
        "days": values["days"],
        "before": before.get("days", ""),
    }


def _added_pause_text(_before: Any, _after: Any, values: Mapping[str, Any], locale: str) -> str:
    return _("Deadlines paused from %(since)s until %(until)s: %(why)s") % _pause_text_params(values, locale)


def _ended_pause_text(_before: Any, after: Mapping[str, Any], values: Mapping[str, Any], locale: str) -> str:
    if not after:
        return _("Pause of deadlines cancelled: %(why)s") % _pause_text_params(values, locale)
    return _("Deadlines run again from %(until)s: %(why)s") % _pause_text_params(values, locale)


def _confirmed_year_text(_before: Any, _after: Any, values: Mapping[str, Any], _locale: str) -> str:
    return _("The days of %(year)s are confirmed: %(source)s") % dict(values)


def _changed_semester_text(
    before: Mapping[str, Any], after: Mapping[str, Any], values: Mapping[str, Any], locale: str
) -> str:
    """Return the name of the semester and each date that changed, old and new."""
    rescheduled = [
        f"{_(word)} {_iso_day_or_dash_text(before.get(name), locale)}"
        f" → {_iso_day_or_dash_text(after.get(name), locale)}"
        for name, word in SEMESTER_DATE_LABELS.items()
        if before.get(name) != after.get(name)
    ]
    return f"{pick_text(values.get('names'), locale)}: {', '.join(rescheduled)}"


def _changed_exams_text(
    before: Mapping[str, Any], after: Mapping[str, Any], values: Mapping[str, Any], locale: str
) -> str:
    """Return the text of a changed exam timetable with the first exams and the number of all."""
    lines = rescheduled_exam_lines(before, after, locale)
    more = f", … ({len(lines)})" if len(lines) > MAX_LISTED_EXAMS else ""
    listed = "; ".join(lines[:MAX_LISTED_EXAMS])
    return f"{_('Exam timetable')}, {pick_text(values.get('names'), locale)}: {listed}{more}"


def rescheduled_exam_lines(before: Mapping[str, Any], after: Mapping[str, Any], locale: str) -> list[str]:
    """Return a line for each exam whose day changed, sorted by group; [] for another kind of change."""
    old_days, about = before.get("exams", {}), after.get("about", {})
    return sorted(
        f"{about[id]['group']}, {pick_text(about[id]['course'], locale)}: "
        f"{_iso_day_or_dash_text(old_days.get(id), locale)} → {_iso_day_or_dash_text(new_day, locale)}"
        for id, new_day in after.get("exams", {}).items()
        if old_days.get(id) != new_day
    )


def _set_policy_text(before: Mapping[str, Any], _after: Any, values: Mapping[str, Any], locale: str) -> str:
    """Return the name of the policy, its old and new value, the first day and the document."""
    choices = CHOICE_LABELS.get(values["key"], {})
    old, new = (
        _(choices[value]) if value in choices else value for value in (before["value"], values["value"])
    )
    return _("%(name)s: %(before)s → %(after)s, from %(day)s (%(document)s)") % {
        "name": _(policy_name(values["key"])),
        "before": old,
        "after": new,
        "day": _iso_day_text(values["effective_from"], locale),
        "document": values["document"],
    }


_CHANGE_TEXT_WRITERS = {
    "day_set": _day_was_set_text,
    "day_removed": _removed_day_text,
    "week_set": _week_was_set_text,
    "pause_added": _added_pause_text,
    "pause_ended": _ended_pause_text,
    "year_confirmed": _confirmed_year_text,
    "semester_set": _changed_semester_text,
    "exams_set": _changed_exams_text,
    "policy_set": _set_policy_text,
}


def _day_kind_text(values: Mapping[str, Any], locale: str) -> str:
    word = DAY_KIND_LABELS[values["kind"]]
    parts = [_(word), pick_text(values.get("names"), locale), values.get("source", "")]
    return ", ".join(part for part in parts if part)


def _pause_text_params(values: Mapping[str, Any], locale: str) -> dict[str, str]:
    word = PAUSE_KIND_LABELS[values["kind"]]
    return {
        "since": _iso_moment_text(values["from"], locale),
        "until": _iso_moment_text(values["until"], locale),
        "why": f"{_(word)}, {values['reference']}",
    }


def _iso_day_text(text: str, locale: str) -> str:
    return day_text(date.fromisoformat(text), locale, with_year=True)


def _iso_day_or_dash_text(text: str | None, locale: str) -> str:
    return _iso_day_text(text, locale) if text else "–"


def _iso_moment_text(text: str, locale: str) -> str:
    return moment_text(datetime.fromisoformat(text), locale, with_year=True)
