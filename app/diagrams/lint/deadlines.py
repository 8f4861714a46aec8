"""Lint rule: every step has a deadline, by a policy of its own or by a timer attached to it.

Otherwise nobody is reminded, and the case waits without end. That holds for a step of the requester too.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext


def find_missing_deadlines(context: LintContext) -> Iterator[DiagramFinding]:
    """Find user tasks without a deadline."""
    for task in context.model.user_tasks.values():
        if not task.deadline and not context.model.boundary_timers(task.id):
            yield context.make_finding("diagrams.deadline.missing", task.id)
