"""The operation of every service task is on the menu.

Otherwise every case that reaches the task ends in `operations.operation.unknown`.
"""

from __future__ import annotations

from collections.abc import Iterator

from app import operations
from app.bpmn.errors import Finding
from app.diagrams.lint.drawing import Drawing

SAYS = {"diagrams.operation.unknown": "the menu has no operation named {name!r}"}


def check(drawing: Drawing) -> Iterator[Finding]:
    """Find operations that are unknown."""
    for service in drawing.model.services.values():
        if service.operation not in operations.OPERATIONS:
            yield drawing.finding("diagrams.operation.unknown", service.id, name=service.operation)
