"""Resolve the owner of a task: one person, or the pool of a role in a unit, without the excluded persons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app import operations
from app.bpmn.model import ProcessModel, UserTask
from app.cases.case_record import CaseRecord
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.people import assignment_rules
from app.people import queries as people

ASSIGN_REQUESTER = "requester"
ASSIGN_DEPUTY = "deputy"


@dataclass(frozen=True, slots=True)
class TaskOwner:
    """The owner of a task (one person, or the pool of a role in a unit) and who is notified of it."""

    role: str
    unit: UUID | None
    assignee: UUID | None
    on_behalf_of: UUID | None
    pooled: bool
    excluded: frozenset[UUID]
    recipients: tuple[UUID, ...]

    @property
    def is_missing(self) -> bool:
        """Return whether nobody could be found; then an incident is recorded for IT."""
        return not self.recipients


def resolve_task_owner(
    act: Act,
    case: CaseRecord,
    model: ProcessModel,
    element: UserTask,
    variables: Mapping[str, Any],
    approvers: frozenset[UUID],
) -> TaskOwner:
    """Return the owner of a user task that opens now; one statement, none when it returns to the requester.

    Excluded are the requester, the person he acted for and, for an approval, everybody whose approval is
    still valid. A task of a named person belongs to that person. If it is an approval that he must not give,
    it goes to a deputy of the lane.
    """
    lane = model.lanes[element.lane]
    if element.assign == ASSIGN_REQUESTER:
        return TaskOwner(
            lane.role, None, case.requester, case.on_behalf_of, False, frozenset(), (case.requester,)
        )
    unit = UUID(variables[lane.scope]) if variables.get(lane.scope) else None
    excluded = _persons_excluded_from_task(case, element, approvers)
    if element.is_for_named_person and variables.get(element.assign):
        person = UUID(variables[element.assign])
        if not element.approves or person not in excluded:
            return TaskOwner(lane.role, unit, person, None, False, frozenset(), (person,))
    use_deputy = element.assign == ASSIGN_DEPUTY or element.is_for_named_person
    return load_task_owner_for_role(act, lane.role, unit, excluded, deputy=use_deputy)


def _persons_excluded_from_task(
    case: CaseRecord, element: UserTask, approvers: frozenset[UUID]
) -> frozenset[UUID]:
    """Return who may not have the task: the requester, the person he acted for, for an approval the approvers; and
    those the case is about, where its start keeps them out."""
    excluded = {case.requester} | ({case.on_behalf_of} if case.on_behalf_of else set())
    start = operations.find_own_start_of_process(case.diagram)
    if start is not None and start.keeps_concerned_out:
        excluded |= set(case.about)
    return frozenset(excluded | approvers) if element.approves else frozenset(excluded)


def load_eligible_task_owners(
    act: Act,
    case: CaseRecord,
    model: ProcessModel,
    element: UserTask,
    variables: Mapping[str, Any],
    approvers: frozenset[UUID],
) -> tuple[TaskOwner, ...]:
    """Return everybody to whom a person may assign this task, by `people.assignment_rules.eligible_assignments`.

    Nobody for a task of the requester, or of a named person who may do it. One statement.
    """
    excluded = _persons_excluded_from_task(case, element, approvers)
    named = variables.get(element.assign) if element.is_for_named_person else None
    if element.assign == ASSIGN_REQUESTER or (named and UUID(named) not in excluded):
        return ()
    lane = model.lanes[element.lane]
    unit = UUID(variables[lane.scope]) if variables.get(lane.scope) else None
    holders = people.load_role_holders(lane.role, unit, local_day(act.at))
    return tuple(
        TaskOwner(lane.role, one.unit, one.person, one.on_behalf_of, True, excluded, (one.person,))
        for one in assignment_rules.eligible_assignments(lane.role, unit, excluded, holders)
        if one.person is not None
    )


def load_task_owner_for_role(
    act: Act, role: str, unit: UUID | None, excluded: frozenset[UUID], *, deputy: bool = False
) -> TaskOwner:
    """Return the owner by `people.rules.assign`; one statement."""
    assignment = assignment_rules.choose_task_assignment(
        role, unit, excluded, people.load_role_holders(role, unit, local_day(act.at)), deputy=deputy
    )
    recipients = (assignment.person,) if assignment.person else assignment.pool
    return TaskOwner(
        role=role,
        unit=assignment.unit,
        assignee=assignment.person,
        on_behalf_of=assignment.on_behalf_of,
        pooled=assignment.person is None,
        excluded=excluded,
        recipients=recipients,
    )


def load_pool_member_ids(act: Act, role: str, unit: UUID | None) -> list[UUID]:
    """Return everybody who could take a task of this pool today; one statement."""
    candidates = people.load_role_holders(role, unit, local_day(act.at))
    return list(dict.fromkeys(candidate.person for candidate in candidates if candidate.unit == unit))
