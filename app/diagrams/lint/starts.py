"""Lint rule: the start of a diagram is on the menu, and its cases are of this diagram.

Otherwise nobody can start a case, or the menu starts cases of another diagram.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext


def find_unknown_start(context: LintContext) -> Iterator[DiagramFinding]:
    """Find a start that is unknown or of another diagram."""
    model, start = context.model, context.start
    if start is None:
        yield context.make_finding("diagrams.start.unknown", model.key, name=model.start_name)
    elif start.diagram != model.key:
        yield context.make_finding(
            "diagrams.start.of_another", model.key, name=model.start_name, diagram=start.diagram
        )
