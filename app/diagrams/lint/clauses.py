"""Lint rule: every step rests on a clause, its own or that of the process, which the product can explain.

Without it nobody is told why he is asked; with an unknown one the page of the case answers an error. A process with a
general start need not rest on the regulation: what no clause says names none.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext
from app.regulation.clauses import all_clauses


def find_clause_problems(context: LintContext) -> Iterator[DiagramFinding]:
    """Find unknown clauses, and steps for which neither they nor the process name one."""
    known = {clause.number for clause in all_clauses()}
    model = context.model
    is_general = context.start is not None and context.start.general
    named = {model.key: model.clause} | {task.id: task.clause for task in model.user_tasks.values()}
    for element, name in named.items():
        if name and name not in known:
            yield context.make_finding("diagrams.clause.unknown", element, name=name[:80])
        elif not name and not model.clause and element != model.key and not is_general:
            yield context.make_finding("diagrams.clause.missing", element)
