"""Every clause a diagram rests on is one that the product can explain.

Otherwise the page of the case that cites it answers an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import Finding
from app.diagrams.lint.drawing import Drawing
from app.regulation.clauses import all_clauses

SAYS = {"diagrams.clause.unknown": "the regulation has no clause {name!r}"}


def check(drawing: Drawing) -> Iterator[Finding]:
    """Find clauses that are unknown; a process or step may rest on none of its own."""
    known = {clause.number for clause in all_clauses()}
    model = drawing.model
    named = {model.key: model.clause} | {task.id: task.clause for task in model.user_tasks.values()}
    for element, name in named.items():
        if name and name not in known:
            yield drawing.finding("diagrams.clause.unknown", element, name=name[:80])
