"""How the way of a case differs from the happy path of its process. Pure.

The happy path are the steps that every case passes which ends well, by the diagram in force
(`bpmn.progress.happy_path_task_ids`), each once. The order is not compared: parallel branches end in any order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

REPEATED, SKIPPED, ASIDE, OTHER_END = "repeated", "skipped", "aside", "other_end"


@dataclass(frozen=True, slots=True)
class ExpectedWay:
    """What the diagram in force expects: the steps that every good case passes, the steps that it may pass (of the main
    path), and the outcomes that are good for the requester."""

    always: tuple[str, ...]
    main: frozenset[str]
    good_outcomes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Deviation:
    """One deviation: of a step (`element`), or of the end, where `element` is the outcome."""

    kind: str
    element: str


def find_deviations(steps: Sequence[str], outcome: str, expected: ExpectedWay) -> list[Deviation]:
    """Return how the completed steps and the outcome of a case differ from the expected way, each deviation once.

    A step beside the main path is `aside`, one of it that was done more than once `repeated`. Steps are `skipped` only
    by a case that ended well: after another end nobody expects them.
    """
    found = [
        Deviation(REPEATED if step in expected.main else ASIDE, step)
        for step, times in Counter(steps).items()
        if times > 1 or step not in expected.main
    ]
    if outcome not in expected.good_outcomes:
        return [*found, Deviation(OTHER_END, outcome)]
    return found + [Deviation(SKIPPED, step) for step in expected.always if step not in steps]


def count_cases_by_deviation(
    ways: Collection[tuple[Sequence[str], str, int]], expected: ExpectedWay
) -> dict[Deviation, int]:
    """Return how many cases have each deviation, the most frequent first. A way is steps, outcome, number of cases."""
    counts: Counter[Deviation] = Counter()
    for steps, outcome, cases in ways:
        for deviation in find_deviations(steps, outcome, expected):
            counts[deviation] += cases
    return dict(counts.most_common())
