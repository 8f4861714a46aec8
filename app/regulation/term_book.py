"""Everything the regulation's tables say, as one frozen value: from it the terms of any unit on any day. Pure.

A unit counts by its own rows, else by those of the unit above it, else by the university's. A book can be asked what
it would say after a change (`with_day`, `with_week`, `with_pause`): a preview and its execution count alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from app.regulation.rules import Day, Policy, Stop, Terms

Level = UUID | None
"""A unit, or (None) the whole university."""


@dataclass(frozen=True, slots=True)
class DatedPolicy:
    """One value of one policy for a unit from a day on."""

    unit: Level
    since: date
    policy: Policy


@dataclass(frozen=True, slots=True)
class Book:
    """The tables. `lines`: each unit with those above it, nearest first; `years`: those that are confirmed."""

    policies: tuple[DatedPolicy, ...] = ()
    days: Mapping[tuple[Level, date], Day] = field(default_factory=dict)
    weeks: Mapping[tuple[Level, date], int] = field(default_factory=dict)
    pauses: Mapping[UUID, tuple[Level, Stop]] = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    lines: Mapping[UUID, tuple[UUID, ...]] = field(default_factory=dict)

    def line(self, unit: Level) -> tuple[Level, ...]:
        """The unit, those above it, the university."""
        return (*self.lines.get(unit, (unit,)), None) if unit is not None else (None,)

    def terms(self, unit: Level, on: date) -> Terms:
        """The terms of the unit, by the policies in force on the day."""
        line = self.line(unit)
        far_first = {level: place for place, level in enumerate(reversed(line))}
        policies = sorted(
            (row for row in self.policies if row.unit in far_first and row.since <= on),
            key=lambda row: (far_first[row.unit], row.since),
        )
        days = [(level, day) for level, day in self.days if level in far_first]
        return Terms(
            policies={row.policy.key: row.policy for row in policies},
            days={day: self.days[level, day] for level, day in sorted(days, key=lambda at: far_first[at[0]])},
            pauses=tuple(
                sorted(
                    (stop for level, stop in self.pauses.values() if level in far_first),
                    key=lambda stop: stop.starts_at,
                )
            ),
            weeks=tuple(self._weeks(level) for level in line),
            years=self.years,
        )

    def _weeks(self, level: Level) -> tuple[tuple[date, int], ...]:
        return tuple(sorted((since, days) for (unit, since), days in self.weeks.items() if unit == level))

    def with_day(self, unit: Level, day: date, value: Day | None) -> Book:
        """The book with this day in its table, or (None) without it."""
        rest = {at: known for at, known in self.days.items() if at != (unit, day)}
        return replace(self, days=rest | ({(unit, day): value} if value is not None else {}))

    def with_week(self, unit: Level, since: date, days: int) -> Book:
        """The book with a week of so many days from a day on."""
        return replace(self, weeks={**self.weeks, (unit, since): days})

    def with_pause(self, id: UUID, unit: Level, stop: Stop) -> Book:
        """The book with this pause, instead of what it had under the id."""
        return replace(self, pauses={**self.pauses, id: (unit, stop)})

    def below(self, unit: Level) -> frozenset[UUID]:
        """The unit and every unit below it; of the university all."""
        return frozenset(one for one, line in self.lines.items() if unit is None or unit in line)


def lines_of(parents: Iterable[tuple[UUID, UUID | None]]) -> dict[UUID, tuple[UUID, ...]]:
    """Each unit with those above it, from (unit, its parent); each unit is climbed once."""
    above = dict(parents)
    lines: dict[UUID, tuple[UUID, ...]] = {}
    for unit in above:
        path: dict[UUID, None] = {}
        at: UUID | None = unit
        while at is not None and at not in lines and at not in path:
            path[at] = None
            at = above.get(at)
        line = lines.get(at, ()) if at is not None else ()
        for one in reversed(path):
            line = lines[one] = (one, *line)
    return {unit: lines[unit] for unit in above}
