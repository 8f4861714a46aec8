"""Lint rule: the role of every lane is one that people can hold, or a seat of a commission.

Otherwise nobody is ever found for the steps of the lane.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext
from app.operations.types import COMMISSION_SEAT_ROLES
from app.people.models import ROLES


def find_unknown_roles(context: LintContext) -> Iterator[DiagramFinding]:
    """Find unknown roles."""
    for lane in context.model.lanes.values():
        if lane.role not in (*ROLES, *COMMISSION_SEAT_ROLES):
            yield context.make_finding("diagrams.role.unknown", lane.id, name=lane.role)
