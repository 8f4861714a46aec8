"""A frozen snapshot of the tables of the regulation, with the calendar of any unit on any day. Pure.

A unit uses its own rows, else those of its parent, else those of the university. `with_day`, `with_week`,
`with_policy` and `with_pause` return the snapshot after a change: a preview and its execution compute the same
deadlines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from app.regulation.rules import CalendarDayValue, DeadlineCalendar, PausePeriod, Policy

UnitOrUniversity = UUID | None
"""A unit, or (None) the whole university."""


@dataclass(frozen=True, slots=True)
class DatedPolicy:
    """One value of one policy for a unit from a day on."""

    unit: UnitOrUniversity
    since: date
    policy: Policy


@dataclass(frozen=True, slots=True)
class RegulationSnapshot:
    """Content of the tables. `units_upwards`: each unit with its ancestors, nearest first; `confirmed_years`: confirmed
    years."""

    policies: tuple[DatedPolicy, ...] = ()
    days: Mapping[tuple[UnitOrUniversity, date], CalendarDayValue] = field(default_factory=dict)
    weeks: Mapping[tuple[UnitOrUniversity, date], int] = field(default_factory=dict)
    pauses: Mapping[UUID, tuple[UnitOrUniversity, PausePeriod]] = field(default_factory=dict)
    confirmed_years: frozenset[int] = frozenset()
    units_upwards: Mapping[UUID, tuple[UUID, ...]] = field(default_factory=dict)

    def unit_ancestors_and_university(self, unit: UnitOrUniversity) -> tuple[UnitOrUniversity, ...]:
        """Return the unit, its ancestors, and None for the university."""
        return (*self.units_upwards.get(unit, (unit,)), None) if unit is not None else (None,)

    def calendar_of_unit(self, unit: UnitOrUniversity, on: date) -> DeadlineCalendar:
        """Return the calendar of the unit, with the policies in force on the day."""
        line = self.unit_ancestors_and_university(unit)
        far_first = {level: place for place, level in enumerate(reversed(line))}
        policies = sorted(
            (row for row in self.policies if row.unit in far_first and row.since <= on),
            key=lambda row: (far_first[row.unit], row.since),
        )
        days = [(level, day) for level, day in self.days if level in far_first]
        return DeadlineCalendar(
            policies={row.policy.key: row.policy for row in policies},
            days={day: self.days[level, day] for level, day in sorted(days, key=lambda at: far_first[at[0]])},
            pauses=tuple(
                sorted(
                    (stop for level, stop in self.pauses.values() if level in far_first),
                    key=lambda stop: stop.starts_at,
                )
            ),
            weeks=tuple(self._dated_working_weeks(level) for level in line),
            confirmed_years=self.confirmed_years,
        )

    def _dated_working_weeks(self, level: UnitOrUniversity) -> tuple[tuple[date, int], ...]:
        """Return the dated weeks of one level, oldest first."""
        return tuple(sorted((since, days) for (unit, since), days in self.weeks.items() if unit == level))

    def with_day(
        self, unit: UnitOrUniversity, day: date, value: CalendarDayValue | None
    ) -> RegulationSnapshot:
        """Return the snapshot with this day, or (None) without it."""
        rest = {at: known for at, known in self.days.items() if at != (unit, day)}
        return replace(self, days=rest | ({(unit, day): value} if value is not None else {}))

    def with_week(self, unit: UnitOrUniversity, since: date, days: int) -> RegulationSnapshot:
        """Return the snapshot with a week of so many days from a day on."""
        return replace(self, weeks={**self.weeks, (unit, since): days})

    def with_policy(self, new: DatedPolicy) -> RegulationSnapshot:
        """Return the snapshot with this dated value, in place of one of the same policy, unit and day."""

        def has_same_place(row: DatedPolicy) -> bool:
            return (row.unit, row.since, row.policy.key) == (new.unit, new.since, new.policy.key)

        return replace(self, policies=(*(row for row in self.policies if not has_same_place(row)), new))

    def with_pause(self, id: UUID, unit: UnitOrUniversity, stop: PausePeriod) -> RegulationSnapshot:
        """Return the snapshot with this pause under the id."""
        return replace(self, pauses={**self.pauses, id: (unit, stop)})

    def unit_and_descendants(self, unit: UnitOrUniversity) -> frozenset[UUID]:
        """Return the unit and its descendants; for None all units."""
        return frozenset(one for one, line in self.units_upwards.items() if unit is None or unit in line)


def unit_and_ancestors_by_unit(parents: Iterable[tuple[UUID, UUID | None]]) -> dict[UUID, tuple[UUID, ...]]:
    """Return each unit with its ancestors, from (unit, its parent); a single pass over the units."""
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
