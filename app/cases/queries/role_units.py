"""The units to which roles that reach the whole university are bound, when they were given for some units only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from uuid import UUID

from app.kernel.act import RoleAssignment
from app.people.queries import UnitRow
from app.people.rules import PERMISSIONS


def units_of_bound_roles(
    assignments: Collection[RoleAssignment], verb: str, tree: Mapping[UUID, UnitRow]
) -> tuple[UUID, ...] | None:
    """Return the units, with all below them, for which the roles that permit a verb were given; None: every unit.

    An auditor of one institute holds his role for it; the auditor of the university for no unit.
    """
    holding = [one.unit for one in assignments if one.role in PERMISSIONS.get(verb, {})]
    if None in holding:
        return None
    return tuple(dict.fromkeys(unit for top in holding if top for unit in iter_unit_ids_below(tree, top)))


def iter_unit_ids_below(tree: Mapping[UUID, UnitRow], top: UUID) -> Iterator[UUID]:
    """Yield a unit and every unit below it, each once."""
    seen, waiting = {top}, [top]
    while waiting:
        unit = waiting.pop(0)
        yield unit
        below = [row.id for row in tree.values() if row.parent == unit and row.id not in seen]
        seen.update(below)
        waiting = [*below, *waiting]
