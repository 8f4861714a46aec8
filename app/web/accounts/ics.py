"""Rendering of calendar entries as an .ics file (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from icalendar import Calendar, Event

from app.kernel.clock import local_time

ICS_VERSION = 2.0
"""Version of the iCalendar format."""
REFRESH_INTERVAL = timedelta(hours=3)
"""Interval at which a program should fetch the file again."""
LAST_SECOND_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One calendar entry; `uid` never changes.

    Without `ends_at` it is a deadline: a whole day if it ends with the day, else a moment. `revision` grows
    with changes; `cancelled` entries stay in the file with that status.
    """

    uid: str
    summary: str
    starts_at: datetime
    ends_at: datetime | None = None
    text: str = ""
    url: str = ""
    place: str = ""
    revision: int = 0
    cancelled: bool = False


def render_ics(name: str, entries: Iterable[CalendarEntry], now: datetime) -> bytes:
    """Render the file. Moments are in UTC, so that no table of time zones is needed.

    Days are days of the university.
    """
    made = Calendar()
    made.add("prodid", "-//Depter//Calendar//EN")
    made.add("version", str(ICS_VERSION))
    made.add("calscale", "GREGORIAN")
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", "Asia/Bishkek")
    made.add("refresh-interval", REFRESH_INTERVAL, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT3H")
    for entry in entries:
        made.add_component(_ics_event(entry, now))
    return bytes(made.to_ical())


def _ics_event(entry: CalendarEntry, now: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", entry.revision)
    event.add("summary", entry.summary)
    whole_day = (
        entry.ends_at is None
        and local_time(entry.starts_at).time().replace(microsecond=0) == LAST_SECOND_OF_DAY
    )
    if whole_day:
        day = local_time(entry.starts_at).date()
        # DTEND is exclusive (RFC 5545 3.6.1): a one-day entry ends on the next day.
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
    else:
        event.add("dtstart", entry.starts_at.astimezone(UTC))
        event.add("dtend", (entry.ends_at or entry.starts_at).astimezone(UTC))
    if entry.ends_at is None:
        # A deadline does not make its owner busy.
        event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    for part, value in (("description", entry.text), ("location", entry.place), ("url", entry.url)):
        if value:
            event.add(part, value)
    return event
