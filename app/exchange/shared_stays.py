"""Join the enrolments of a student in the classes of one group to stays. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from app.exchange.row_days import RowDays

StayKey = tuple[UUID, UUID]
"""Person and group."""


class SharedStays:
    """Periods of students in groups with several classes. Periods that share a day are one stay."""

    def __init__(self, periods: Iterable[tuple[StayKey, RowDays]]) -> None:
        found: defaultdict[StayKey, list[RowDays]] = defaultdict(list)
        for key, days in periods:
            if days not in found[key]:
                found[key].append(days)
        self._stays = {key: _join_overlapping_periods(each) for key, each in found.items()}

    def find_stay(self, person: UUID, group: UUID, days: RowDays) -> RowDays:
        """Return the stay that contains these days; the days themselves when there is none."""
        for stay in self._stays.get((person, group), ()):
            if stay.includes_day(days.first):
                return stay
        return days


def _join_overlapping_periods(periods: Sequence[RowDays]) -> Sequence[RowDays]:
    """Return the periods by first day, those that share a day as one."""
    joined: list[RowDays] = []
    for one in sorted(periods, key=lambda days: (days.first, days.last or date.max)):
        if joined and joined[-1].includes_day(one.first):
            before = joined.pop()
            last = None if before.last is None or one.last is None else max(before.last, one.last)
            joined.append(RowDays(before.first, last))
        else:
            joined.append(one)
    return joined
