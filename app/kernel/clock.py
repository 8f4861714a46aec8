"""The only place where the clock of the machine is read, and conversions to the time of the university.

Entrances (pages, commands, worker) read it once and put the moment into the act.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

UNIVERSITY_ZONE = ZoneInfo("Asia/Bishkek")

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present moment, aware, UTC."""
    return datetime.now(UTC)


def local_time(moment: datetime) -> datetime:
    """Return the moment in the local time of the university (Asia/Bishkek, UTC+6, no summer time)."""
    return moment.astimezone(UNIVERSITY_ZONE)


def local_day(moment: datetime) -> date:
    """Return the calendar day of the moment at the university."""
    return local_time(moment).date()


def local_noon_in_utc(day: date) -> datetime:
    """Return noon of a day at the university, in UTC: the anchor of a deadline that begins on a day.

    No conversion to another time zone moves noon to another day.
    """
    return datetime.combine(day, time(12), UNIVERSITY_ZONE).astimezone(UTC)


def first_moment_of(day: date) -> datetime:
    """Return the first moment of a day of the university, in UTC."""
    return datetime.combine(day, time(), UNIVERSITY_ZONE).astimezone(UTC)


def first_moment_after(day: date) -> datetime:
    """Return the first moment after a day of the university, in UTC."""
    return first_moment_of(day + timedelta(days=1))
