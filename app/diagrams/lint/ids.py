"""Lint rule: ids say what their element is, and were not left as a drawing program generated them.

Ids are kept: process variables, the history of cases and the comparison of versions use them.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext
from app.diagrams.readable_ids import GENERATED_ID_PATTERN


def find_generated_ids(context: LintContext) -> Iterator[DiagramFinding]:
    """Find generated ids of the process, its lanes, nodes and flows."""
    model = context.model
    for element in (model.key, *model.lanes, *model.node_ids, *model.flows):
        if GENERATED_ID_PATTERN.fullmatch(element):
            yield context.make_finding("diagrams.id.unreadable", element, id=element)
