"""Lint rule: the start of a diagram is on the menu, its cases are of this diagram, and somebody may begin them.

Otherwise nobody can start a case, or the menu starts cases of another diagram. A general start serves every process
that is not on the menu itself, and the diagram says which roles may begin.
"""

from __future__ import annotations

from collections.abc import Iterator

from app import operations
from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext
from app.operations.types import ProcessStart


def find_start_problems(context: LintContext) -> Iterator[DiagramFinding]:
    """Find a start that is unknown or of another diagram, and roles that may not begin cases by it."""
    model, start = context.model, context.start
    if start is None:
        yield context.make_finding("diagrams.start.unknown", model.key, name=model.start_name)
    elif not operations.can_start_serve_process(start, model.key):
        if start.general:
            yield context.make_finding("diagrams.start.own", model.key, name=start.name, diagram=model.key)
        else:
            yield context.make_finding(
                "diagrams.start.of_another", model.key, name=model.start_name, diagram=start.name
            )
    else:
        yield from _find_starter_problems(context, start)


def _find_starter_problems(context: LintContext, start: ProcessStart) -> Iterator[DiagramFinding]:
    starters = context.model.starters
    if not start.general:
        if starters:
            yield context.make_finding("diagrams.starters.fixed", context.model.key, name=start.name)
        return
    if not starters:
        yield context.make_finding("diagrams.starters.missing", context.model.key)
    for role in starters:
        if role not in start.roles:
            yield context.make_finding(
                "diagrams.starters.not_allowed", context.model.key, role=role, name=start.name
            )
