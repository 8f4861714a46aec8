"""Lint rule: every outcome of a case says what it is for the requester, and says it in the same words everywhere.

Pages colour a closed case by the result of its end and name it by the title. Two ends with one outcome are one word
for readers: the first of them names all.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.bpmn.model import EndEvent
from app.diagrams.lint.context import LintContext


def find_end_problems(context: LintContext) -> Iterator[DiagramFinding]:
    """Find outcomes without a result, ends that contradict each other, and processes without any outcome."""
    first: dict[str, EndEvent] = {}
    for end in context.model.ends.values():
        if not end.outcome:
            continue
        if not end.has_result:
            yield context.make_finding("diagrams.end.result_missing", end.id, outcome=end.outcome)
        before = first.setdefault(end.outcome, end)
        if (before.titles, before.result) != (end.titles, end.result):
            yield context.make_finding(
                "diagrams.end.unequal", end.id, first=before.id, second=end.id, outcome=end.outcome
            )
    if not first:
        yield context.make_finding("diagrams.end.no_outcome", context.model.key)
