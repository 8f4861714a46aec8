"""Lint rule: the operation of every service task is on the menu.

Otherwise every case that reaches the task ends in `operations.operation.unknown`.
"""

from __future__ import annotations

from collections.abc import Iterator

from app import operations
from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext


def find_unknown_operations(context: LintContext) -> Iterator[DiagramFinding]:
    """Find unknown operations."""
    for service in context.model.services.values():
        if service.operation not in operations.OPERATIONS:
            yield context.make_finding("diagrams.operation.unknown", service.id, name=service.operation)
