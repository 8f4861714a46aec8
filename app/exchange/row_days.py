"""Find the days that a row of a roster means. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app.exchange.read import MAX_YEAR, RosterRow

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RowDays:
    """The first and the last day of a row, both included; `last` None: no end is named. `last` lies before
    `first` when the row names no day at all."""

    first: date
    last: date | None

    @property
    def is_empty(self) -> bool:
        """Return whether no day lies in the period."""
        return self.last is not None and self.last < self.first

    def includes_day(self, day: date) -> bool:
        """Return whether a day lies in the period."""
        return self.first <= day and (self.last is None or day <= self.last)


def find_days_of_roster_row(
    row: RosterRow,
    *,
    inclusive_ends: bool,
    today: date,
    session: RowDays | None = None,
    year: RowDays | None = None,
) -> RowDays:
    """Return the days of a session, a role or an enrolment; its dates have to be valid.

    Without a first day the row begins with the semester of its class, else with its school year, else today.
    `endDate` is the day after the last one, as OneRoster says, or the last day itself with `inclusive_ends`; after
    the year `MAX_YEAR` it means no end.
    """
    begin, end = row.get("beginDate") or row.get("startDate"), row.get("endDate")
    last = date.fromisoformat(end) if end else None
    if last is not None and last.year > MAX_YEAR:
        last = None
    if last is not None and not inclusive_ends:
        last -= ONE_DAY
    if begin:
        return RowDays(date.fromisoformat(begin), last)
    owner = session or year
    first = owner.first if owner else today
    return RowDays(min(first, last) if last else first, last)


def end_date_for_export(last: date | None) -> str:
    """Return the `endDate` of a last day as OneRoster counts it: the day after; "" for None and for the end of
    the calendar."""
    return (last + ONE_DAY).isoformat() if last is not None and last < date.max else ""
