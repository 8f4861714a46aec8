"""Lint rule: the role of every lane is one that people can hold, or a seat of a commission.

Otherwise nobody is ever found for the steps of the lane; nor are they where a role that is held for a unit has a lane
without one. A step of students or of a seat is for one of them: it
names the person, or every student of the institute could take it.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext
from app.operations.types import COMMISSION_SEAT_ROLES
from app.people.models import ROLES, ROLES_NEEDING_UNIT

ROLES_OF_NAMED_PERSONS = ("student", *COMMISSION_SEAT_ROLES)
"""Roles whose steps are never for whoever of them comes first."""


def find_role_problems(context: LintContext) -> Iterator[DiagramFinding]:
    """Find unknown roles, lanes without the unit of their role, and steps without the person that their role needs."""
    for lane in context.model.lanes.values():
        if lane.role not in (*ROLES, *COMMISSION_SEAT_ROLES):
            yield context.make_finding("diagrams.role.unknown", lane.id, name=lane.role)
    open_to_all = {
        task.lane
        for task in context.model.user_tasks.values()
        if not task.is_for_named_person and task.assign != "requester"
    }
    for lane in context.model.lanes.values():
        if lane.id in open_to_all and lane.role in ROLES_NEEDING_UNIT and not lane.scope:
            yield context.make_finding("diagrams.role.unit_needed", lane.id, role=lane.role)
    for task in context.model.user_tasks.values():
        role = context.model.lane_of_task(task.id).role
        if role in ROLES_OF_NAMED_PERSONS and not task.is_for_named_person and task.assign != "requester":
            yield context.make_finding("diagrams.role.person_needed", task.id, role=role)
