"""Compute deadlines. Pure: a calendar, a policy and a moment in, the deadline and its computation out.

Readings (`clauses.md`): a period of days begins on the day after its anchor, or on that day where a policy says
so of the clauses that leave it open, and ends with the last second of its last day at the university; working
days skip weekends and days off; calendar days do not; hours run through. Anything strictly after that moment is
late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import holidays

from app.kernel.clock import UNIVERSITY_ZONE, local_day

HOURS_MEASURE, CALENDAR_DAYS_MEASURE, WORKING_DAYS_MEASURE, CODE_MEASURE = (
    "hours",
    "calendar_days",
    "working_days",
    "code",
)
NEXT_WORKING_DAY_ROLL = "NEXT_WORKING_DAY"
ROLL_POLICY = "caltime.roll"
FIRST_DAY_POLICY, FIRST_DAY_COUNTED = "caltime.first_day", "COUNTED"
STARTING_FROM_A_DAY_POLICIES = frozenset({"excuse.submit_term", "grade.current_term", "workoff.term"})
"""Deadlines that the regulation counts "starting from" a day ("-дан тартып": 4.2.3, 4.3.1, 5.3.1), which leaves open
whether this day is the first one: COUNTED or NOT_COUNTED."""
_MAX_SEARCHED_DAYS = 400
"""Limit of the search for working days; no period of the regulation is longer than this many days."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A dated value: `measure` is hours, calendar_days, working_days or code.

    `source` is text, default or decision; `document` names the decision of the university.
    """

    key: str
    value: str
    measure: str
    clause: str
    source: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class CalendarDayValue:
    """A day of the university's own table: off, working or short; with origin and source document."""

    kind: str
    names: Mapping[str, str]
    origin: str = "government"
    source: str = ""


@dataclass(frozen=True, slots=True)
class PausePeriod:
    """A pause from and until a moment."""

    starts_at: datetime
    ends_at: datetime
    kind: str
    reference: str


@dataclass(frozen=True)
class DeadlineCalendar:
    """Input of a deadline: policies in force, week, own days, pauses. Frozen for one unit and one day.

    `weeks` are the dated weeks of the unit, of its ancestors and of the university, nearest first; before the
    first of them a week has `default_workdays_per_week` days. `confirmed_years` are those whose
    days the academic office has confirmed.
    """

    policies: Mapping[str, Policy]
    default_workdays_per_week: int = 6
    days: Mapping[date, CalendarDayValue] = field(default_factory=dict)
    pauses: tuple[PausePeriod, ...] = ()
    weeks: tuple[tuple[tuple[date, int], ...], ...] = ()
    confirmed_years: frozenset[int] = frozenset()

    def policy(self, key: str) -> Policy:
        """Return the policy in force; raises KeyError naming it."""
        return self.policies[key]

    def day_off_reason(self, day: date) -> tuple[str, Mapping[str, str]] | None:
        """Return why the day is off: (`holiday` or `weekend`, its names); None for a working day."""
        own = self.days.get(day)
        if own is not None:
            return ("holiday", own.names) if own.kind == "off" else None
        if day.isoweekday() > self.workdays_per_week_on(day):
            return ("weekend", {})
        names = public_holidays(day.year).get(day)
        return ("holiday", names) if names is not None else None

    def workdays_per_week_on(self, day: date) -> int:
        """Return the number of working days in the week of this day."""
        for level in self.weeks:
            for since, days in reversed(level):
                if since <= day:
                    return days
        return self.default_workdays_per_week

    def is_workday(self, day: date) -> bool:
        """Return whether the day is a working day."""
        return self.day_off_reason(day) is None


@lru_cache(maxsize=64)
def public_holidays(year: int) -> Mapping[date, Mapping[str, str]]:
    """Return the public holidays of Kyrgyzstan; religious ones are estimates that the university's table
    overrides."""
    spoken = {
        locale: holidays.country_holidays("KG", years=year, language=code) for locale, code in _LANGUAGES
    }
    return {day: {locale: found.get(day, "") for locale, found in spoken.items()} for day in spoken["en"]}


_LANGUAGES = (("ky", "ky"), ("ru", "ru_KG"), ("en", "en_US"))


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline and how it was computed; `steps` are JSON, translated where they are displayed.

    `not_before` is the moment before whose day it does not end, None without one.
    """

    moment: datetime
    policy: str
    clause: str
    steps: tuple[Mapping[str, Any], ...]
    not_before: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Return policy, clause, steps and the day before which it does not end, as stored beside a task."""
        least = {"not_before": self.not_before.isoformat()} if self.not_before else {}
        steps = [dict(step) for step in self.steps]
        return {"policy": self.policy, "clause": self.clause, "steps": steps, **least}


def compute_deadline(
    calendar: DeadlineCalendar, policy: str, anchor: datetime, not_before: datetime | None = None
) -> Deadline:
    """Return the deadline of a period that begins at `anchor`, at the earliest the end of the day `not_before`.

    Raises KeyError for an unknown policy, ValueError for a code.
    """
    found = calendar.policy(policy)
    steps: list[Mapping[str, Any]] = [{"kind": "anchor", "at": anchor.isoformat()}]
    if found.measure == HOURS_MEASURE:
        moment = anchor + timedelta(hours=float(found.value))
        steps.append({"kind": "hours", "number": float(found.value)})
    elif found.measure == CALENDAR_DAYS_MEASURE:
        day = _day_before_first_counted(calendar, policy, local_day(anchor), steps)
        moment = _university_day_end_in_utc(_add_calendar_days(calendar, day, int(found.value), steps))
    elif found.measure == WORKING_DAYS_MEASURE:
        day = _day_before_first_counted(calendar, policy, local_day(anchor), steps)
        moment = _university_day_end_in_utc(_add_working_days(calendar, day, int(found.value), steps))
    else:
        raise ValueError(f"{policy} is no term")
    moment = _extend_deadline_by_pauses(calendar, anchor, moment, found.measure, steps)
    if not_before is not None and _university_day_end_in_utc(local_day(not_before)) > moment:
        moment = _university_day_end_in_utc(local_day(not_before))
        steps.append({"kind": "not_before", "day": local_day(not_before).isoformat()})
    steps.append({"kind": "end", "at": moment.isoformat()})
    return Deadline(moment, policy, found.clause, tuple(steps), not_before)


def _day_before_first_counted(
    calendar: DeadlineCalendar, policy: str, day: date, steps: list[Mapping[str, Any]]
) -> date:
    """Return the day after which counting begins: the anchor, or the day before it where the anchor counts."""
    chosen = calendar.policies.get(FIRST_DAY_POLICY)
    if policy not in STARTING_FROM_A_DAY_POLICIES or chosen is None or chosen.value != FIRST_DAY_COUNTED:
        return day
    steps.append({"kind": "first_day", "day": day.isoformat()})
    return day - timedelta(days=1)


def _add_calendar_days(
    calendar: DeadlineCalendar, day: date, number: int, steps: list[Mapping[str, Any]]
) -> date:
    """Return the last day after `number` calendar days; rolled to a working day when the policy says so."""
    end = day + timedelta(days=number)
    steps.append({"kind": "calendar", "number": number})
    roll = calendar.policies.get(ROLL_POLICY)
    if roll is not None and roll.value == NEXT_WORKING_DAY_ROLL:
        return _roll_to_working_day(calendar, end, steps)
    return end


def _add_working_days(
    calendar: DeadlineCalendar, day: date, number: int, steps: list[Mapping[str, Any]]
) -> date:
    """Return the last day after `number` working days; raises ValueError beyond `_MAX_SEARCHED_DAYS` days."""
    counted = 0
    for _ in range(_MAX_SEARCHED_DAYS):
        day += timedelta(days=1)
        off = calendar.day_off_reason(day)
        if off is None:
            counted += 1
            steps.append({"kind": "counted", "day": day.isoformat()})
            if counted == number:
                return day
        else:
            steps.append({"kind": off[0], "day": day.isoformat(), "name": dict(off[1])})
    raise ValueError("no working day within reach: the calendar has no year like this")


def subtract_working_days(calendar: DeadlineCalendar, day: date, number: int) -> date:
    """Return the day that lies `number` working days before a day; the day itself does not count. Raises ValueError
    beyond `_MAX_SEARCHED_DAYS` days."""
    for _ in range(_MAX_SEARCHED_DAYS):
        if number <= 0:
            return day
        day -= timedelta(days=1)
        number -= calendar.is_workday(day)
    raise ValueError("no working day within reach: the calendar has no year like this")


def _university_day_end_in_utc(day: date) -> datetime:
    """Return the last second of the day at the university, in UTC."""
    # The last second is still in time; anything strictly after it is late.
    return datetime.combine(day, time(23, 59, 59), UNIVERSITY_ZONE).astimezone(UTC)


def _extend_deadline_by_pauses(
    calendar: DeadlineCalendar,
    anchor: datetime,
    moment: datetime,
    measure: str,
    steps: list[Mapping[str, Any]],
) -> datetime:
    """Return the deadline extended by the length of every pause within the period: for days to the end of
    that day, for working days to the end of a working day."""
    # In order of time: each pause moves the end, and a later one counts if it begins before the moved end.
    for pause in sorted(calendar.pauses, key=lambda stop: stop.starts_at):
        if pause.ends_at <= anchor or pause.starts_at > moment:
            continue
        moment += pause.ends_at - max(pause.starts_at, anchor)
        steps.append(
            {
                "kind": "pause",
                "at": pause.starts_at.isoformat(),
                "until": pause.ends_at.isoformat(),
                "name": pause.reference,
            }
        )
        if measure == CALENDAR_DAYS_MEASURE:
            moment = _university_day_end_in_utc(local_day(moment))
        elif measure == WORKING_DAYS_MEASURE:
            moment = _university_day_end_in_utc(_roll_to_working_day(calendar, local_day(moment), steps))
    return moment


def _roll_to_working_day(calendar: DeadlineCalendar, day: date, steps: list[Mapping[str, Any]]) -> date:
    """Return the day itself, or the first working day after it."""
    for _ in range(_MAX_SEARCHED_DAYS):
        off = calendar.day_off_reason(day)
        if off is None:
            return day
        steps.append({"kind": off[0], "day": day.isoformat(), "name": dict(off[1])})
        day += timedelta(days=1)
    raise ValueError("no working day within reach: the calendar has no year like this")


def working_days_left(calendar: DeadlineCalendar, now: datetime, moment: datetime) -> int:
    """Return the number of working days after today until the moment; 0 when it is today or past."""
    today = local_day(now)
    days = (local_day(moment) - today).days
    return sum(calendar.is_workday(today + timedelta(days=ahead)) for ahead in range(1, days + 1))
