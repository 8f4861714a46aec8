"""Lint rule: a gateway has exactly one branch for every combination of values that can reach it.

Without a branch the case stops there; with two true conditions the order in the file decides, which nobody sees on
the diagram.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.branch_walk import MAX_WALK_STATES, walk_branches
from app.diagrams.lint.context import LintContext

MAX_COMBINATIONS = 5
"""Combinations that are reported for one gateway; the others appear when these are mended."""


def find_gateway_problems(context: LintContext) -> Iterator[DiagramFinding]:
    """Find combinations of values for which a gateway has no branch, or two."""
    found = walk_branches(context)
    for gateway, combinations in found.uncovered.items():
        for values in combinations[:MAX_COMBINATIONS]:
            yield context.make_finding("diagrams.gateway.uncovered", gateway, values=values)
    for (gateway, first, second), values in found.overlaps.items():
        yield context.make_finding(
            "diagrams.gateway.overlap", gateway, first=first, second=second, values=values
        )
    if not found.complete:
        yield context.make_finding("diagrams.gateway.not_explored", context.model.key, states=MAX_WALK_STATES)
