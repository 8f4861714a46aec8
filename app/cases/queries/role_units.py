"""A unit with the units below it, in the order of the tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from app.people.queries import UnitRow


def iter_unit_ids_below(tree: Mapping[UUID, UnitRow], top: UUID) -> Iterator[UUID]:
    """Yield a unit and every unit below it, each once."""
    seen, waiting = {top}, [top]
    while waiting:
        unit = waiting.pop(0)
        yield unit
        below = [row.id for row in tree.values() if row.parent == unit and row.id not in seen]
        seen.update(below)
        waiting = [*below, *waiting]
