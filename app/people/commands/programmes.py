"""Commands that add, change and end programmes of study (3.1). Nothing is deleted: a programme gets a last day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select

from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.people.models import Programme, StudyGroup
from app.people.queries.units import load_placed_units
from app.people.row_changes import (
    add_row,
    change_row,
    code_problems,
    is_row_added_before,
    load_row_to_change,
    lock_structure,
    require_end_possible,
    require_permission_in_units,
)
from app.people.structure_rules import (
    INSTITUTE_KINDS,
    names_and_code_problems,
    refusal_to_use_unit,
)

PROGRAMME_COLUMNS = ("code", "names", "unit_id", "ends_on")
"""What a form of a programme shows."""
PROGRAMME_ADDED, PROGRAMME_CHANGED = "people.programme.added", "people.programme.changed"
PROGRAMME_ENDED = "people.programme.ended"
MANAGE_PROGRAMMES = "programmes.manage"


@dataclass(frozen=True, slots=True)
class ProgrammeEdit:
    """A programme as a form sends it; `names` by language, without empty ones."""

    code: str
    names: Mapping[str, str]
    unit: UUID


def add_programme(act: Act, programme_id: UUID, edit: ProgrammeEdit) -> None:
    """Add a programme of an institute; a repeat has no effect. Raises Denied, Invalid (fields), Stale."""
    require_permission_in_units(act, MANAGE_PROGRAMMES, edit.unit)
    lock_structure()
    values = _programme_values(edit)
    if is_row_added_before(Programme, programme_id, values):
        return
    _check_programme(programme_id, edit, local_day(act.at), moves=True)
    add_row(act, Programme, programme_id, values, PROGRAMME_ADDED, "people.programme", None)


def change_programme(act: Act, programme_id: UUID, seen: str, edit: ProgrammeEdit) -> bool:
    """Change a programme; return False when nothing changes. Raises Missing, Denied, Invalid (fields), Stale."""
    row = load_row_to_change(act, Programme, programme_id, MANAGE_PROGRAMMES, "unit_id", edit.unit)
    _check_programme(programme_id, edit, local_day(act.at), moves=edit.unit != row.unit_id)
    values = _programme_values(edit)
    return change_row(act, row, seen, PROGRAMME_COLUMNS, values, PROGRAMME_CHANGED, "people.programme", None)


def end_programme(act: Act, programme_id: UUID, seen: str, last: date | None) -> bool:
    """Set the last day of a programme, or (None) let it go on; return False when nothing changes.

    Raises Missing, Denied, Invalid on `last`, Refused with the number of groups that go on, Stale.
    """
    row = load_row_to_change(act, Programme, programme_id, MANAGE_PROGRAMMES, "unit_id")

    def count_left(day: date) -> dict[str, int]:
        groups = select(func.count()).where(
            StudyGroup.programme_id == programme_id,
            or_(StudyGroup.ends_on.is_(None), StudyGroup.ends_on > day),
        )
        return {"groups": db.session.scalar(groups) or 0}

    require_end_possible(last, "people.programme.still_used", count_left)
    values = {"ends_on": last}
    return change_row(act, row, seen, PROGRAMME_COLUMNS, values, PROGRAMME_ENDED, "people.programme", None)


def _programme_values(edit: ProgrammeEdit) -> dict[str, object]:
    return {"code": edit.code, "names": dict(edit.names), "unit_id": edit.unit}


def _check_programme(programme_id: UUID, edit: ProgrammeEdit, today: date, *, moves: bool) -> None:
    """Raise Invalid with all problems of a programme; its institute is checked when it is new there."""
    problems = names_and_code_problems(edit.code, edit.names)
    if moves:
        refusal = refusal_to_use_unit("unit", load_placed_units().get(edit.unit), INSTITUTE_KINDS, today)
        problems |= refusal.fields if refusal is not None else {}
    same_code = select(Programme.id).where(
        Programme.id != programme_id,
        Programme.unit_id == edit.unit,
        func.lower(Programme.code) == edit.code.lower(),
        Programme.ends_on.is_(None),
    )
    problems |= code_problems(edit.code, same_code)
    if problems:
        raise Invalid(problems)
