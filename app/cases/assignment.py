"""Who gets a step: asks people for who holds the role, keeps out who must not decide, notes whom to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.bpmn.model import Model, UserTask
from app.cases.case_record import HeldCase
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.people import queries as people
from app.people import rules as people_rules

REQUESTER = "requester"
DEPUTY = "deputy"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has a task: one person, or the pool of a role in a unit; and whom to tell."""

    role: str
    unit: UUID | None
    assignee: UUID | None
    on_behalf_of: UUID | None
    pooled: bool
    excluded: frozenset[UUID]
    recipients: tuple[UUID, ...]

    @property
    def nobody(self) -> bool:
        """Whether nobody could be found: an incident for IT."""
        return not self.recipients


def owner_of(
    act: Act,
    case: HeldCase,
    model: Model,
    element: UserTask,
    facts: Mapping[str, Any],
    approvers: frozenset[UUID],
) -> Owner:
    """The owner of a user task that opens now; one statement, none when it goes back to the requester.

    Excluded are the requester and whom he acted for and, for an approval, everybody whose approval stands. A step of
    a named person is his, unless it is an approval that he must not give: then it falls to a deputy of the lane.
    """
    lane = model.lanes[element.lane]
    if element.assign == REQUESTER:
        return Owner(
            lane.role, None, case.requester, case.on_behalf_of, False, frozenset(), (case.requester,)
        )
    unit = UUID(facts[lane.scope]) if facts.get(lane.scope) else None
    excluded = {case.requester} | ({case.on_behalf_of} if case.on_behalf_of else set())
    if element.approves:
        excluded |= approvers
    if element.named and facts.get(element.assign):
        person = UUID(facts[element.assign])
        if not element.approves or person not in excluded:
            return Owner(lane.role, unit, person, None, False, frozenset(), (person,))
    late = element.assign == DEPUTY or element.named
    return find_owner(act, lane.role, unit, frozenset(excluded), deputy=late)


def find_owner(
    act: Act, role: str, unit: UUID | None, excluded: frozenset[UUID], *, deputy: bool = False
) -> Owner:
    """The owner by `people.rules.assign`; one statement."""
    found = people_rules.assign(
        role, unit, excluded, people.candidates(role, unit, local_day(act.at)), deputy=deputy
    )
    recipients = (found.person,) if found.person else found.pool
    return Owner(
        role=role,
        unit=found.unit,
        assignee=found.person,
        on_behalf_of=found.on_behalf_of,
        pooled=found.person is None,
        excluded=excluded,
        recipients=recipients,
    )


def pool_of(act: Act, role: str, unit: UUID | None) -> list[UUID]:
    """Everybody who could take a task of this pool today; one statement."""
    found = people.candidates(role, unit, local_day(act.at))
    return list(dict.fromkeys(candidate.person for candidate in found if candidate.unit == unit))
