"""How a term is counted. Pure: terms and a moment in, a moment and its computation out.

Readings (`clauses.md`): a term of days begins on the day after its anchor and ends with the last second of its last
day at the university; working days pass over weekends and days off; calendar days do not; hours run through. What
happens strictly after the moment is late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import holidays

from app.kernel.clock import ZONE, local_day

HOURS, CALENDAR_DAYS, WORKING_DAYS, CODE = "hours", "calendar_days", "working_days", "code"
NEXT_WORKING_DAY = "NEXT_WORKING_DAY"
ROLL = "caltime.roll"
_FURTHEST = 400
"""No term of the regulation is longer than this many days."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A dated value: `measure` is hours, calendar_days, working_days or code."""

    key: str
    value: str
    measure: str
    clause: str
    source: str


@dataclass(frozen=True, slots=True)
class Day:
    """What the university's own table says of a day: off, working or short; who decided it, by which paper."""

    kind: str
    names: Mapping[str, str]
    origin: str = "government"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A pause: from and until a moment."""

    starts_at: datetime
    ends_at: datetime
    kind: str
    reference: str


@dataclass(frozen=True)
class Terms:
    """Everything a term needs: policies in force, week, own days, pauses. Frozen for one unit and one day.

    `weeks` are the dated weeks of the unit, of the units above it and of the university, nearest first; before the
    first of them a week has `week` days. `years` are those whose days the academic office has confirmed.
    """

    policies: Mapping[str, Policy]
    week: int = 6
    days: Mapping[date, Day] = field(default_factory=dict)
    pauses: tuple[Stop, ...] = ()
    weeks: tuple[tuple[tuple[date, int], ...], ...] = ()
    years: frozenset[int] = frozenset()

    def policy(self, key: str) -> Policy:
        """The policy in force; raises KeyError naming it."""
        return self.policies[key]

    def day_off(self, day: date) -> tuple[str, Mapping[str, str]] | None:
        """Why the day is off: (`holiday` or `weekend`, its names); None for a working day."""
        own = self.days.get(day)
        if own is not None:
            return ("holiday", own.names) if own.kind == "off" else None
        if day.isoweekday() > self.week_on(day):
            return ("weekend", {})
        names = public_holidays(day.year).get(day)
        return ("holiday", names) if names is not None else None

    def week_on(self, day: date) -> int:
        """How many days the week of this day has."""
        for level in self.weeks:
            for since, days in reversed(level):
                if since <= day:
                    return days
        return self.week

    def works(self, day: date) -> bool:
        """Whether the day is a working day."""
        return self.day_off(day) is None


@lru_cache(maxsize=64)
def public_holidays(year: int) -> Mapping[date, Mapping[str, str]]:
    """Public holidays of Kyrgyzstan; religious ones are estimates that the university's table overrules."""
    spoken = {
        locale: holidays.country_holidays("KG", years=year, language=code) for locale, code in _LANGUAGES
    }
    return {day: {locale: found.get(day, "") for locale, found in spoken.items()} for day in spoken["en"]}


_LANGUAGES = (("ky", "ky"), ("ru", "ru_KG"), ("en", "en_US"))


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last moment of a term and how it was computed; `steps` are JSON, worded where they are shown."""

    moment: datetime
    policy: str
    clause: str
    steps: tuple[Mapping[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """What is stored beside a task."""
        return {"policy": self.policy, "clause": self.clause, "steps": [dict(step) for step in self.steps]}


def until(terms: Terms, policy: str, anchor: datetime) -> Deadline:
    """The end of a term that begins at `anchor`. Raises KeyError for an unknown policy, ValueError for a code."""
    found = terms.policy(policy)
    steps: list[Mapping[str, Any]] = [{"kind": "anchor", "at": anchor.isoformat()}]
    if found.measure == HOURS:
        moment = anchor + timedelta(hours=float(found.value))
        steps.append({"kind": "hours", "number": float(found.value)})
    elif found.measure == CALENDAR_DAYS:
        moment = _end_of(_calendar(terms, local_day(anchor), int(found.value), steps))
    elif found.measure == WORKING_DAYS:
        moment = _end_of(_working(terms, local_day(anchor), int(found.value), steps))
    else:
        raise ValueError(f"{policy} is no term")
    moment = _paused(terms, anchor, moment, found.measure, steps)
    steps.append({"kind": "end", "at": moment.isoformat()})
    return Deadline(moment, policy, found.clause, tuple(steps))


def _calendar(terms: Terms, day: date, number: int, steps: list[Mapping[str, Any]]) -> date:
    end = day + timedelta(days=number)
    steps.append({"kind": "calendar", "number": number})
    roll = terms.policies.get(ROLL)
    if roll is not None and roll.value == NEXT_WORKING_DAY:
        return _rolled(terms, end, steps)
    return end


def _working(terms: Terms, day: date, number: int, steps: list[Mapping[str, Any]]) -> date:
    counted = 0
    for _ in range(_FURTHEST):
        day += timedelta(days=1)
        off = terms.day_off(day)
        if off is None:
            counted += 1
            steps.append({"kind": "counted", "day": day.isoformat()})
            if counted == number:
                return day
        else:
            steps.append({"kind": off[0], "day": day.isoformat(), "name": dict(off[1])})
    raise ValueError("no working day within reach: the calendar has no year like this")


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), ZONE).astimezone(UTC)


def _paused(
    terms: Terms, anchor: datetime, moment: datetime, measure: str, steps: list[Mapping[str, Any]]
) -> datetime:
    """Every pause that falls into the term moves its end by the pause's length: of days to the end of that day, of
    working days to the end of a working day."""
    for pause in sorted(terms.pauses, key=lambda stop: stop.starts_at):
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
        if measure == CALENDAR_DAYS:
            moment = _end_of(local_day(moment))
        elif measure == WORKING_DAYS:
            moment = _end_of(_rolled(terms, local_day(moment), steps))
    return moment


def _rolled(terms: Terms, day: date, steps: list[Mapping[str, Any]]) -> date:
    """The day itself, or the first working day after it."""
    for _ in range(_FURTHEST):
        off = terms.day_off(day)
        if off is None:
            return day
        steps.append({"kind": off[0], "day": day.isoformat(), "name": dict(off[1])})
        day += timedelta(days=1)
    raise ValueError("no working day within reach: the calendar has no year like this")


def remaining(terms: Terms, now: datetime, moment: datetime) -> int:
    """How many working days are left after today until the moment; 0 when it is today or past."""
    today = local_day(now)
    days = (local_day(moment) - today).days
    return sum(terms.works(today + timedelta(days=ahead)) for ahead in range(1, days + 1))
