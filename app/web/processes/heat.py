"""What the live map paints: the level of each step, its legend, and the steps where cases wait longest."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.cases.queries.step_statistics import StepStatistics
from app.texts.translate import N_
from app.web.labels.processes import (
    DiagramStepView,
    LaneView,
    duration_text,
    late_count_text,
    waiting_count_text,
)

DEVIATING = "deviating"
MEASURES: Mapping[str, str] = {
    "open": N_("Waiting now"),
    "late": N_("Late now"),
    "median": N_("Usual time"),
    "p90": N_("Nine of ten within"),
    "count": N_("Completed"),
    DEVIATING: N_("Away from the usual path"),
}
"""Labels of the measures that can be painted: open and overdue cases, median, 90th percentile, completed tasks, and
finished cases that left the happy path at the step."""
DEFAULT_MEASURE = "open"
PAST_MEASURES = frozenset({"median", "p90", "count", DEVIATING})
"""Measures of completed tasks; behind their figures is the list of these tasks."""
LEVELS = 4
LONGEST_WAITS = 5
"""How many steps are named as those where cases wait longest."""


@dataclass(frozen=True, slots=True)
class Heat:
    """The painted value of one step: its level from 0 (nothing) to `LEVELS`, and the value as text."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class LongWait:
    """A step where cases wait long. `since`: the oldest case that waits there now; None when none waits."""

    step: DiagramStepView
    since: datetime | None


_VALUES: Mapping[str, Callable[[StepStatistics], float]] = {
    "open": lambda row: row.open,
    "late": lambda row: row.late,
    "median": lambda row: row.median.total_seconds() if row.median is not None else 0.0,
    "p90": lambda row: row.p90.total_seconds() if row.p90 is not None else 0.0,
    "count": lambda row: row.completed,
    DEVIATING: lambda row: row.deviating,
}


def heat_by_step(rows: Mapping[str, StepStatistics], measure: str) -> dict[str, Heat]:
    """Return what is painted on each step that has a value; levels are quarters of the largest value."""
    values = {element: _VALUES[measure](row) for element, row in rows.items()}
    largest = max(values.values(), default=0.0)
    return {
        element: Heat(_heat_level(value, largest), _measure_value_text(measure, value))
        for element, value in values.items()
        if value > 0
    }


def heat_legend(rows: Mapping[str, StepStatistics], measure: str) -> list[Heat]:
    """Return the levels that occur in the legend, each with its upper bound; [] when nothing is painted."""
    largest = max((_VALUES[measure](row) for row in rows.values()), default=0.0)
    if largest <= 0:
        return []
    bounds = {level: largest * level / LEVELS for level in range(1, LEVELS + 1)}
    if measure not in ("median", "p90"):
        whole = {level: math.floor(bound) for level, bound in bounds.items()}
        bounds = {
            level: float(bound)
            for level, bound in whole.items()
            if bound and bound != whole.get(level - 1, 0)
        }
    return [Heat(level, f"≤ {_heat_bound_text(measure, bound)}") for level, bound in bounds.items()]


def _heat_level(value: float, largest: float) -> int:
    """Return the level of a value: the quarter of the largest value in which it lies."""
    return min(LEVELS, math.ceil(LEVELS * value / largest)) if value > 0 else 0


def _measure_value_text(measure: str, value: float) -> str:
    """Return a value in words."""
    if measure == "open":
        return waiting_count_text(int(value))
    if measure == "late":
        return late_count_text(int(value))
    return _heat_bound_text(measure, value)


def _heat_bound_text(measure: str, value: float) -> str:
    """Return a number, or a length of time for the measures of time."""
    return duration_text(timedelta(seconds=value)) if measure in ("median", "p90") else str(int(value))


def steps_with_longest_waits(
    lanes: Sequence[LaneView], rows: Mapping[str, StepStatistics], now: datetime
) -> list[LongWait]:
    """Return the steps where cases wait longest, by the usual time; where nobody finished, by the oldest case."""

    def waiting_time(row: StepStatistics) -> timedelta:
        if row.median is not None:
            return row.median
        return now - row.oldest if row.oldest is not None else timedelta(0)

    steps = [step for lane in lanes for step in lane.steps if step.id in rows]
    ranked = sorted(steps, key=lambda step: waiting_time(rows[step.id]), reverse=True)
    return [
        LongWait(step, rows[step.id].oldest)
        for step in ranked[:LONGEST_WAITS]
        if waiting_time(rows[step.id]) > timedelta(0)
    ]
