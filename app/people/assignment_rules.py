"""Rules for the assignment of tasks: who of the holders of a role gets a task, and who may be chosen for it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """A holder of the role today. `distance`: 0 in the unit itself, 1 in its parent, and so on."""

    person: UUID
    unit: UUID | None
    distance: int
    deputy: bool
    substitutes: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskAssignment:
    """Assignee of a task: one person, a pool of several, or nobody (an incident)."""

    role: str
    unit: UUID | None
    person: UUID | None = None
    on_behalf_of: UUID | None = None
    pool: tuple[UUID, ...] = field(default=())

    @property
    def is_assigned_to_nobody(self) -> bool:
        """Return whether neither a person nor a pool was found."""
        return self.person is None and not self.pool


def choose_task_assignment(
    role: str,
    unit: UUID | None,
    excluded: frozenset[UUID],
    candidates: Sequence[RoleHolder],
    *,
    deputy: bool = False,
) -> TaskAssignment:
    """Return the assignee of a step: holders in the unit, else their substitutes, deputies, then the unit
    above.

    Excluded are persons, not roles. With `deputy` deputies come first: the step was late with the holder. An
    absent person gets the step only when nobody else is left anywhere.
    """
    able = [candidate for candidate in candidates if candidate.person not in excluded]
    kinds = [
        [one for one in able if one.distance == distance and one.deputy == deputies]
        for distance in sorted({candidate.distance for candidate in able})
        for deputies in ((True, False) if deputy else (False, True))
    ]
    found = (
        _present_holders_assignment(role, kind) or _first_substitute_assignment(role, kind, excluded)
        for kind in kinds
    )
    absent = (_person_or_pool_assignment(role, kind) for kind in kinds)
    return next((one for one in (*found, *absent) if one is not None), TaskAssignment(role, unit))


def eligible_assignments(
    role: str, unit: UUID | None, excluded: frozenset[UUID], candidates: Sequence[RoleHolder]
) -> tuple[TaskAssignment, ...]:
    """Return everybody to whom a person may assign the step, by the rule of `assign_task`.

    These are the holders and deputies nearest to the unit; a substitute takes the place of an absent one. An
    absent person is returned only when nobody else is left anywhere.
    """
    able = [candidate for candidate in candidates if candidate.person not in excluded]
    for distance in sorted({candidate.distance for candidate in able}):
        found = [
            assignment
            for candidate in able
            if candidate.distance == distance
            for assignment in _holder_or_substitutes(role, candidate, excluded)
        ]
        if found:
            return tuple({assignment.person: assignment for assignment in reversed(found)}.values())[::-1]
    nearest = min((candidate.distance for candidate in able), default=0)
    return tuple(
        TaskAssignment(role, candidate.unit, person=candidate.person)
        for candidate in able
        if candidate.distance == nearest
    )


def _holder_or_substitutes(
    role: str, candidate: RoleHolder, excluded: frozenset[UUID]
) -> list[TaskAssignment]:
    """Return the holder himself while he is present, else his substitutes who are not excluded."""
    if not candidate.substitutes:
        return [TaskAssignment(role, candidate.unit, person=candidate.person)]
    return [
        TaskAssignment(role, candidate.unit, person=substitute, on_behalf_of=candidate.person)
        for substitute in candidate.substitutes
        if substitute not in excluded
    ]


def _present_holders_assignment(role: str, kind: Sequence[RoleHolder]) -> TaskAssignment | None:
    """Return the holders who are not absent, or None."""
    return _person_or_pool_assignment(role, [candidate for candidate in kind if not candidate.substitutes])


def _first_substitute_assignment(
    role: str, kind: Sequence[RoleHolder], excluded: frozenset[UUID]
) -> TaskAssignment | None:
    """Return the first substitute who is not excluded, or None."""
    for candidate in kind:
        for substitute in candidate.substitutes:
            if substitute not in excluded:
                return TaskAssignment(role, candidate.unit, person=substitute, on_behalf_of=candidate.person)
    return None


def _person_or_pool_assignment(role: str, kind: Sequence[RoleHolder]) -> TaskAssignment | None:
    """Return one person, a pool of several who hold the role in the same unit, or None."""
    persons = tuple(dict.fromkeys(candidate.person for candidate in kind))
    if not persons:
        return None
    if len(persons) == 1:
        return TaskAssignment(role, kind[0].unit, person=persons[0])
    return TaskAssignment(role, kind[0].unit, pool=persons)
