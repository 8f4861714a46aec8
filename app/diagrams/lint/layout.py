"""Lint rule: every node, lane and flow is drawn.

An element without a place in the drawing runs, but nobody sees it on the diagram.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext


def find_undrawn_elements(context: LintContext) -> Iterator[DiagramFinding]:
    """Find elements without a place; one finding when nothing at all is drawn."""
    model, drawing = context.model, context.model.drawing
    if not drawing.shapes and not drawing.ways:
        yield context.make_finding("diagrams.layout.none", model.key)
        return
    undrawn = [element for element in (*model.lanes, *model.node_ids) if element not in drawing.shapes]
    undrawn += [flow for flow in model.flows if len(drawing.ways.get(flow, ())) < 2]
    for element in undrawn:
        yield context.make_finding("diagrams.layout.missing", element)
