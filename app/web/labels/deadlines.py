"""Deadlines on pages: state, text and the days of their computation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.kernel.clock import UNIVERSITY_ZONE, local_day, local_time
from app.kernel.db import db
from app.kernel.i18n import day_text, moment_text, pick_text
from app.regulation import queries as regulation
from app.regulation import rules as regulation_rules
from app.texts.translate import N_, ngettext
from app.texts.translate import gettext as _

DueGroupBounds = dict[str, tuple[datetime | None, datetime | None]]


@dataclass(frozen=True, slots=True)
class DueView:
    """One deadline, as the macro `deadline` renders it."""

    at: datetime
    state: str
    text: str
    computation: tuple[str, ...] = ()
    clause: str | None = None


def due_group_bounds(now: datetime) -> DueGroupBounds:
    """Return the time span (from, until) of each group of the inbox."""
    tomorrow = datetime.combine(local_time(now).date() + timedelta(days=1), time.min, UNIVERSITY_ZONE)
    monday = datetime.combine(
        local_time(now).date() + timedelta(days=7 - local_time(now).weekday()), time.min, UNIVERSITY_ZONE
    )
    return {
        "overdue": (None, now),
        "today": (now, tomorrow),
        "week": (tomorrow, monday),
        "later": (max(monday, tomorrow), None),
    }


def due_group_key(due: datetime, now: datetime, bounds: DueGroupBounds) -> str:
    """Return overdue, today, week or later."""
    if due < now:
        return "overdue"
    for state in ("today", "week"):
        end = bounds[state][1]
        if end is not None and due < end:
            return state
    return "later"


def task_due_view(
    due: datetime,
    now: datetime,
    locale: str,
    unit: UUID | None = None,
    computation: Mapping[str, Any] | None = None,
    clause: str | None = None,
) -> DueView:
    """Return the deadline of an open task as text: "Overdue", "Due today", "Due in 2 working days"."""
    state = due_group_key(due, now, due_group_bounds(now))
    return DueView(
        due,
        state,
        task_due_text(due, now, state, unit),
        deadline_computation_lines(computation or {}, locale),
        clause,
    )


def task_due_text(due: datetime, now: datetime, state: str, unit: UUID | None) -> str:
    """Return the text of a deadline; working days are those of the responsible unit."""
    if state == "overdue":
        return _("Overdue")
    if state == "today":
        return _("Due today")
    terms = regulation.load_unit_deadline_calendar(db.session, unit, local_day(now))
    days = max(regulation_rules.working_days_left(terms, now, due), 1)
    return ngettext("Due in %(n)s working day", "Due in %(n)s working days", days) % {"n": days}


def deadline_computation_lines(computation: Mapping[str, Any], locale: str) -> tuple[str, ...]:
    """Return the lines of a stored computation: start, each day counted or skipped, end, the end before the
    calendar changed, and a note for each year whose days are not confirmed."""
    steps = computation.get("steps", ())
    by_days = all(step.get("kind") != "hours" for step in steps)
    lines = [_computation_step_line(step, locale, by_days) for step in steps]
    years = {
        local_time(datetime.fromisoformat(step["at"])).year for step in steps if step.get("kind") == "end"
    }
    for year in sorted(years - regulation.load_regulation_snapshot(db.session).confirmed_years):
        lines.append(_("The days of %(year)s are not confirmed yet: this date may move") % {"year": year})
    return tuple(line for line in lines if line)


_COMPUTATION_STEP_TEXTS: Mapping[str, str] = {
    "anchor": N_("Counted from %(when)s"),
    "first_day": N_("%(when)s is the first day"),
    "counted": N_("%(when)s counts"),
    "weekend": N_("%(when)s is a day off"),
    "holiday": N_("%(when)s is a holiday"),
    "pause": N_("Deadline paused: %(when)s"),
    "not_before": N_("A later day was set: %(when)s"),
    "end": N_("Ends %(when)s"),
    "moved": N_("Before the calendar changed it ended %(when)s"),
}


def _computation_step_line(step: Mapping[str, Any], locale: str, by_days: bool) -> str:
    """Return one step of a computation as text; "" for a length of zero.

    `by_days`: the length is in days, so the hour of the start does not matter and is not written.
    """
    kind = step.get("kind", "")
    if kind in ("hours", "calendar"):
        return _deadline_length_text(kind, step.get("number", step.get("days", 0)))
    words = _COMPUTATION_STEP_TEXTS.get(kind)
    line = (_(words) if words else "%(when)s") % {
        "when": _computation_step_time_text(step, locale, day_only=by_days and kind == "anchor")
    }
    name = step.get("name") or ""
    reason = pick_text(name, locale) if isinstance(name, Mapping) else name
    return f"{line} ({reason})" if reason else line


def _deadline_length_text(kind: str, number: float) -> str:
    """Return the length of a deadline in hours or calendar days; "" for a length of zero."""
    if not number:
        return ""
    if kind == "hours":
        text = ngettext("%(n)s hour, day and night", "%(n)s hours, day and night", int(number))
    else:
        text = ngettext("%(n)s calendar day", "%(n)s calendar days", int(number))
    return text % {"n": int(number)}


def _computation_step_time_text(step: Mapping[str, Any], locale: str, *, day_only: bool) -> str:
    """Return the time or the day of a step; of a pause also its end."""
    if step.get("at") and day_only:
        return day_text(local_day(datetime.fromisoformat(step["at"])), locale)
    if step.get("at"):
        moments = [datetime.fromisoformat(step[part]) for part in ("at", "until") if step.get(part)]
        return " – ".join(moment_text(moment, locale) for moment in moments)
    return day_text(datetime.fromisoformat(step["day"]).date(), locale) if step.get("day") else ""
