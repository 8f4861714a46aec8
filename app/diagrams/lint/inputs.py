"""Lint rule: a service task passes every parameter of its operation and no other.

Without one the operation refuses (`operations.input.missing`); an unknown one is a misspelt name.
"""

from __future__ import annotations

from collections.abc import Iterator

from app import operations
from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext


def find_wrong_inputs(context: LintContext) -> Iterator[DiagramFinding]:
    """Find parameters that are unknown or absent; the rule `operations` finds unknown operations."""
    for service in context.model.services.values():
        operation = operations.OPERATIONS.get(service.operation)
        if operation is None:
            continue
        for name in service.inputs:
            if name not in operation.params:
                yield context.make_finding(
                    "diagrams.input.unknown", service.id, name=name, operation=operation.name
                )
        for name in operation.params:
            if name not in service.inputs:
                yield context.make_finding(
                    "diagrams.input.missing", service.id, name=name, operation=operation.name
                )
