"""Commands that add, change, move and end units of the university (3.1). Nothing is deleted: a unit gets a last day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.people.models import Programme, RoleGrant, StudyGroup, Unit
from app.people.queries.units import load_placed_units
from app.people.row_changes import (
    add_row,
    change_row,
    code_problems,
    is_row_added_before,
    load_row,
    lock_structure,
    require_permission_in_units,
)
from app.people.structure_rules import (
    names_and_code_problems,
    refusal_of_last_day,
    refusal_to_end_used,
    refusal_to_place_unit,
)

UNIT_COLUMNS = ("kind", "code", "names", "parent_id", "ends_on")
"""What a form of a unit shows."""
UNIT_ADDED, UNIT_CHANGED, UNIT_ENDED = "people.unit.added", "people.unit.changed", "people.unit.ended"
MANAGE_UNITS = "units.manage"


@dataclass(frozen=True, slots=True)
class UnitEdit:
    """A unit as a form sends it; `names` by language, without empty ones."""

    kind: str
    code: str
    names: Mapping[str, str]
    parent: UUID | None


def add_unit(act: Act, unit_id: UUID, edit: UnitEdit) -> None:
    """Add a unit below another one; a repeat has no effect. Raises Denied, Invalid (fields), Stale."""
    require_permission_in_units(act, MANAGE_UNITS, edit.parent)
    lock_structure()
    values = _unit_values(edit)
    if is_row_added_before(Unit, unit_id, values):
        return
    _check_unit(unit_id, edit, local_day(act.at))
    add_row(act, Unit, unit_id, values, UNIT_ADDED, "people.unit", None)


def change_unit(act: Act, unit_id: UUID, seen: str, edit: UnitEdit) -> bool:
    """Rename a unit or move it below another one; return False when nothing changes.

    Raises Missing, Denied (for a move also at its new place), Invalid (fields; a circle of units), Stale.
    """
    lock_structure()
    row = load_row(Unit, unit_id)
    require_permission_in_units(act, MANAGE_UNITS, unit_id)
    if edit.parent != row.parent_id:
        require_permission_in_units(act, MANAGE_UNITS, row.parent_id)
        require_permission_in_units(act, MANAGE_UNITS, edit.parent)
    _check_unit(unit_id, edit, local_day(act.at), moves=(edit.parent, edit.kind) != (row.parent_id, row.kind))
    return change_row(act, row, seen, UNIT_COLUMNS, _unit_values(edit), UNIT_CHANGED, "people.unit", None)


def end_unit(
    act: Act, unit_id: UUID, seen: str, last: date | None, taught_after: Mapping[str, int] | None = None
) -> bool:
    """Set the last day of a unit, or (None) let it go on; return False when nothing changes.

    `taught_after` counts what the rooms above know to go on after that day: disciplines. Raises Missing, Denied,
    Invalid on `last`, Refused with the counts of what is left, Stale.
    """
    lock_structure()
    row = load_row(Unit, unit_id)
    require_permission_in_units(act, MANAGE_UNITS, row.parent_id)
    wrong = refusal_of_last_day(last)
    if wrong is None and last is None and row.parent_id is not None:
        above = load_placed_units()[row.parent_id]
        if above.ends_on is not None:
            wrong = Invalid.field("last", "people.structure.unit_ended", at=above.ends_on)
    if wrong is not None:
        raise wrong
    if last is not None:
        left = {"disciplines": 0} | count_left_in_unit(unit_id, last) | dict(taught_after or {})
        refusal = refusal_to_end_used("people.unit.still_used", left)
        if refusal is not None:
            raise refusal
    return change_row(act, row, seen, UNIT_COLUMNS, {"ends_on": last}, UNIT_ENDED, "people.unit", None)


def count_left_in_unit(unit_id: UUID, last: date) -> dict[str, int]:
    """Return how many units, groups, programmes and roles of a unit go on after a day; four statements."""

    def count(unit: Any, ends: Any) -> int:
        goes_on = or_(ends.is_(None), ends > last)
        return db.session.scalar(select(func.count()).where(unit == unit_id, goes_on)) or 0

    return {
        "units": count(Unit.parent_id, Unit.ends_on),
        "groups": count(StudyGroup.unit_id, StudyGroup.ends_on),
        "programmes": count(Programme.unit_id, Programme.ends_on),
        "roles": count(RoleGrant.unit_id, RoleGrant.valid_until),
    }


def _unit_values(edit: UnitEdit) -> dict[str, object]:
    return {"kind": edit.kind, "code": edit.code, "names": dict(edit.names), "parent_id": edit.parent}


def _check_unit(unit_id: UUID, edit: UnitEdit, today: date, *, moves: bool = True) -> None:
    """Raise Invalid with all problems of a unit; its place is checked when it is new there."""
    problems = names_and_code_problems(edit.code, edit.names)
    units = load_placed_units()
    refusal = refusal_to_place_unit(unit_id, edit.kind, edit.parent, units, today) if moves else None
    if refusal is not None:
        problems |= refusal.fields
    same_code = select(Unit.id).where(
        Unit.id != unit_id, func.lower(Unit.code) == edit.code.lower(), Unit.ends_on.is_(None)
    )
    problems |= code_problems(edit.code, same_code)
    if problems:
        raise Invalid(problems)
