"""Lint rule: every clause a diagram names is one that the product can explain.

Otherwise the page of the case that cites it answers an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext
from app.regulation.clauses import all_clauses


def find_unknown_clauses(context: LintContext) -> Iterator[DiagramFinding]:
    """Find unknown clauses; a process or step may have none of its own."""
    known = {clause.number for clause in all_clauses()}
    model = context.model
    named = {model.key: model.clause} | {task.id: task.clause for task in model.user_tasks.values()}
    for element, name in named.items():
        if name and name not in known:
            yield context.make_finding("diagrams.clause.unknown", element, name=name[:80])
