"""Queries of the tree of units: university, institutes, departments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, text

from app.kernel.db import db
from app.people.models import Unit
from app.people.rules import MAX_UNIT_DEPTH
from app.people.structure_rules import PlacedUnit


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit of the tree."""

    id: UUID
    parent: UUID | None
    kind: str
    code: str
    names: Mapping[str, str]
    ends_on: date | None = None


def load_unit_tree() -> dict[UUID, UnitRow]:
    """Return the whole tree of units by id; one statement."""
    found = db.session.execute(
        select(Unit.id, Unit.parent_id, Unit.kind, Unit.code, Unit.names, Unit.ends_on)
    )
    return {row.id: UnitRow(*row) for row in found}


def load_placed_units() -> dict[UUID, PlacedUnit]:
    """Return the place, kind and last day of every unit by id; one statement."""
    found = db.session.execute(select(Unit.id, Unit.parent_id, Unit.kind, Unit.ends_on))
    return {row.id: PlacedUnit(row.parent_id, row.kind, row.ends_on) for row in found}


def load_unit_and_parent_ids() -> list[tuple[UUID, UUID | None]]:
    """Return every unit with its parent; one statement."""
    return [(row.id, row.parent_id) for row in db.session.execute(select(Unit.id, Unit.parent_id))]


_UNIT_ANCESTRY_STATEMENT = text(
    """
WITH RECURSIVE up (id, parent_id, kind, place) AS (
  SELECT id, parent_id, kind, 0 FROM people.unit WHERE id = :unit
  UNION ALL
  SELECT u.id, u.parent_id, u.kind, up.place + 1 FROM people.unit u JOIN up ON u.id = up.parent_id
   WHERE up.place < :deepest
)
SELECT id, kind FROM up ORDER BY place
"""
)


def load_unit_and_ancestor_ids(unit: UUID) -> tuple[UUID, ...]:
    """Return the unit and its ancestors, nearest first; one statement."""
    return tuple(
        row.id
        for row in db.session.execute(_UNIT_ANCESTRY_STATEMENT, {"unit": unit, "deepest": MAX_UNIT_DEPTH})
    )


def load_institute_id_or_own_unit_id(unit: UUID) -> UUID:
    """Return the institute or college of a unit, itself included; else the unit itself. One statement."""
    rows = db.session.execute(_UNIT_ANCESTRY_STATEMENT, {"unit": unit, "deepest": MAX_UNIT_DEPTH}).all()
    return next((row.id for row in rows if row.kind in ("institute", "college", "masters")), unit)
