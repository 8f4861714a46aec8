"""The only place where the machine's clock is read. Entrances ask it once and put the answer into the act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Bishkek")

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present moment, aware, UTC."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The moment on the university's wall clock (Asia/Bishkek, UTC+6, no summer time)."""
    return moment.astimezone(ZONE)


def local_day(moment: datetime) -> date:
    """The calendar day of the moment at the university."""
    return local(moment).date()


def noon(day: date) -> datetime:
    """The middle of a day at the university: the anchor of a term that begins on a day, moved to another by
    no zone.
    """
    return datetime.combine(day, time(12), ZONE).astimezone(UTC)
