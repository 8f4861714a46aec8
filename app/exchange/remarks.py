"""What somebody should look at before he agrees to a plan, though it may be done. Pure: codes, no sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from app.exchange.checks import Planned
from app.exchange.moves import Held
from app.exchange.rights import OF_A_ROSTER

ROLE_OVER = "exchange.remark.role_over"
ROLE_AHEAD = "exchange.remark.role_ahead"
STAFF_ROLE = "exchange.remark.staff_role"
TEACHERS = "exchange.remark.teachers"
ANSWERS = "exchange.remark.answers"
BEGINS_EARLY = "exchange.remark.begins_early"
LEFT_BEFORE = "exchange.remark.left_before"
REMARKS = (TEACHERS, STAFF_ROLE, ROLE_OVER, ROLE_AHEAD, BEGINS_EARLY, LEFT_BEFORE, ANSWERS)
"""In the order in which they are shown."""


def remarks_of(planned: Sequence[Planned], held: Held, today: date) -> dict[UUID, str]:
    """The remark on each changed row that has one."""
    found = ((one.change.id, _remark(one, held, today)) for one in planned)
    return {row_id: remark for row_id, remark in found if remark}


def _remark(one: Planned, held: Held, today: date) -> str:
    table, change = one.change.table, one.change
    if table == "role_grant":
        return _of_role(one, today)
    if table == "teaching":
        journals = {one.whole["offering_id"], change.before.get("offering_id")}
        return TEACHERS if journals & held.journals.keys() else ""
    if table == "membership":
        return _of_stay(one, held, today)
    if change.action != "update":
        return ""
    moved = (
        (table == "unit" and "parent_id" in change.values)
        or (table == "study_group" and "unit_id" in change.values and change.id in held.groups)
        or (table == "course" and "department_id" in change.values and change.id in held.courses)
    )
    return ANSWERS if moved else ""


def _of_role(one: Planned, today: date) -> str:
    if one.whole["role"] not in OF_A_ROSTER:
        return STAFF_ROLE
    ahead = one.change.action in ("insert", "update") and one.whole["valid_from"] > today
    return ROLE_AHEAD if ahead else ""


def _of_stay(one: Planned, held: Held, today: date) -> str:
    """A stay counts in lessons that were held already, or no more in such lessons."""
    first, last, group = one.whole["starts_on"], one.whole["ends_on"], one.whole["group_id"]
    if one.change.action == "insert":
        early = first < today and not one.row.get("beginDate")
        return BEGINS_EARLY if early and held.entered(group, first, today) else ""
    if last is not None and last < today and "ends_on" in one.change.values:
        return LEFT_BEFORE if held.entered(group, date.fromordinal(last.toordinal() + 1), today) else ""
    return ""
