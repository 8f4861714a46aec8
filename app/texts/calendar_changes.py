"""Words a change of the calendar in one line, from its kind and what it kept. Knows texts, no request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.kernel.i18n import day_text, moment_text, pick
from app.texts.translate import gettext as _
from app.texts.translate import mark

DAY_KINDS: Mapping[str, str] = {
    "off": mark("day off"),
    "working": mark("working day"),
    "short": mark("short day"),
}
ORIGINS: Mapping[str, str] = {
    "government": mark("decided by the government"),
    "university": mark("decided by the university"),
}
PAUSES: Mapping[str, str] = {
    "outage": mark("failure of the system"),
    "closure": mark("building closed"),
    "inquiry": mark("inquiry under way"),
    "leave": mark("academic leave"),
}
DATES: Mapping[str, str] = {
    "starts_on": mark("First day"),
    "module1_from": mark("Module 1, first day"),
    "module1_until": mark("Module 1, last day"),
    "module2_from": mark("Module 2, first day"),
    "module2_until": mark("Module 2, last day"),
    "session_from": mark("Session, first day"),
    "session_until": mark("Session, last day"),
    "workoff_until": mark("Last day for work-offs"),
    "ends_on": mark("Last day"),
}
"""The dates of a semester in the order of the form."""
LONG_DAY = "EEE d MMM y"
SHOWN = 1
"""So many exams one line names; all of them stand below it."""


def line(kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, locale: str) -> str:
    """The change in one line, without the unit."""
    said = after or before or {}
    return _LINES[kind](before or {}, after or {}, said, locale)


def _day_set(before: Mapping[str, Any], _after: Any, said: Mapping[str, Any], locale: str) -> str:
    text = f"{_day(said['day'], locale)}: {_value(said, locale)}"
    if before:
        text += f" ({_('before: %(what)s') % {'what': _value(before, locale)}})"
    return text


def _day_removed(_before: Any, _after: Any, said: Mapping[str, Any], locale: str) -> str:
    return _("%(day)s: %(what)s is taken out of the calendar") % {
        "day": _day(said["day"], locale),
        "what": _value(said, locale),
    }


def _week_set(before: Mapping[str, Any], _after: Any, said: Mapping[str, Any], locale: str) -> str:
    return _("From %(day)s on a week has %(days)s working days instead of %(before)s") % {
        "day": _day(said["since"], locale),
        "days": said["days"],
        "before": before.get("days", ""),
    }


def _pause_added(_before: Any, _after: Any, said: Mapping[str, Any], locale: str) -> str:
    return _("Terms stand still from %(since)s until %(until)s: %(why)s") % _pause(said, locale)


def _pause_ended(_before: Any, after: Mapping[str, Any], said: Mapping[str, Any], locale: str) -> str:
    if not after:
        return _("Terms do not stand still: %(why)s was taken back") % _pause(said, locale)
    return _("Terms run again from %(until)s: %(why)s") % _pause(said, locale)


def _year_confirmed(_before: Any, _after: Any, said: Mapping[str, Any], _locale: str) -> str:
    return _("The days of %(year)s are confirmed: %(source)s") % dict(said)


def _semester_set(
    before: Mapping[str, Any], after: Mapping[str, Any], said: Mapping[str, Any], locale: str
) -> str:
    def day(text: str | None) -> str:
        return _day(text, locale) if text else "–"

    moved = [
        f"{_(word)} {day(before.get(name))} → {day(after.get(name))}"
        for name, word in DATES.items()
        if before.get(name) != after.get(name)
    ]
    return f"{pick(said.get('names'), locale)}: {', '.join(moved)}"


def _exams_set(
    before: Mapping[str, Any], after: Mapping[str, Any], said: Mapping[str, Any], locale: str
) -> str:
    moved = exams(before, after, locale)
    more = f", … ({len(moved)})" if len(moved) > SHOWN else ""
    return f"{_('Exam timetable')}, {pick(said.get('names'), locale)}: {'; '.join(moved[:SHOWN])}{more}"


def exams(before: Mapping[str, Any], after: Mapping[str, Any], locale: str) -> list[str]:
    """Each exam that a change of the timetable moved, by group; none for another change."""

    def day(text: str | None) -> str:
        return _day(text, locale) if text else "–"

    was, about = before.get("exams", {}), after.get("about", {})
    return sorted(
        f"{about[id]['group']}, {pick(about[id]['course'], locale)}: {day(was.get(id))} → {day(to)}"
        for id, to in after.get("exams", {}).items()
        if was.get(id) != to
    )


_LINES = {
    "day_set": _day_set,
    "day_removed": _day_removed,
    "week_set": _week_set,
    "pause_added": _pause_added,
    "pause_ended": _pause_ended,
    "year_confirmed": _year_confirmed,
    "semester_set": _semester_set,
    "exams_set": _exams_set,
}


def _value(said: Mapping[str, Any], locale: str) -> str:
    word = DAY_KINDS[said["kind"]]
    parts = [_(word), pick(said.get("names"), locale), said.get("source", "")]
    return ", ".join(part for part in parts if part)


def _pause(said: Mapping[str, Any], locale: str) -> dict[str, str]:
    word = PAUSES[said["kind"]]
    return {
        "since": _moment(said["from"], locale),
        "until": _moment(said["until"], locale),
        "why": f"{_(word)}, {said['reference']}",
    }


def _day(text: str, locale: str) -> str:
    return day_text(date.fromisoformat(text), locale, LONG_DAY)


def _moment(text: str, locale: str) -> str:
    return moment_text(datetime.fromisoformat(text), locale, f"{LONG_DAY}, HH:mm")
