"""Remarks on planned rows that a person should check before agreeing. Pure: returns codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from app.exchange.checks import PlannedRow
from app.exchange.class_groups import ClassGroupIndex
from app.exchange.moves import RecordedJournals
from app.exchange.rights import ROSTER_ROLES

REMARK_ROLE_OVER = "exchange.remark.role_over"
REMARK_ROLE_AHEAD = "exchange.remark.role_ahead"
REMARK_STAFF_ROLE = "exchange.remark.staff_role"
REMARK_TEACHERS_CHANGED = "exchange.remark.teachers"
REMARK_RESPONSIBLE_UNIT_CHANGED = "exchange.remark.answers"
REMARK_STAY_BEGINS_EARLY = "exchange.remark.begins_early"
REMARK_STAY_LEFT_BEFORE = "exchange.remark.left_before"
REMARK_NOT_ACTIVE = "exchange.remark.not_active"
REMARK_ROLE_BY_ENROLMENT = "exchange.remark.role_by_enrolment"
REMARK_SOME_CLASSES = "exchange.remark.some_classes"
REMARK_OTHER_JOURNALS = "exchange.remark.other_journals"
REMARK_NO_DAY = "exchange.remark.no_day"
REMARK_DISABLED_THERE = "exchange.remark.disabled_there"
REMARK_PARENT_NOT_SENT = "exchange.remark.parent_not_sent"


def remark_by_row_id(
    planned: Sequence[PlannedRow], held: RecordedJournals, groups: ClassGroupIndex, today: date
) -> dict[UUID, str]:
    """Return the remark of each changed row that has one, by row id."""
    found = (
        (one.change.id, _row_remark_code(one, held, today) or _group_remark_code(one, groups))
        for one in planned
    )
    return {row_id: remark for row_id, remark in found if remark}


def _group_remark_code(one: PlannedRow, groups: ClassGroupIndex) -> str:
    """Return the remark of a student who enters a group by some of its classes, or ""."""
    if one.change.table != "membership" or one.change.action != "insert":
        return ""
    partly = groups.is_in_some_classes_only(one.values_after["person_id"], one.values_after["group_id"])
    return REMARK_SOME_CLASSES if partly else ""


def _row_remark_code(one: PlannedRow, held: RecordedJournals, today: date) -> str:
    """Return the remark of a planned row, or ""."""
    table, change = one.change.table, one.change
    if table == "role_grant":
        return _role_remark_code(one, today)
    if table == "teaching":
        journals = {one.values_after["offering_id"], change.before.get("offering_id")}
        return REMARK_TEACHERS_CHANGED if journals & held.journals.keys() else ""
    if table == "membership":
        return _stay_remark_code(one, held, today)
    if one.row.is_inactive or one.row.get("enabledUser").lower() == "false":
        return REMARK_DISABLED_THERE
    if table == "unit" and one.row.get("parentSourcedId") and one.values_after["parent_id"] is None:
        return REMARK_PARENT_NOT_SENT
    if change.action != "update":
        return ""
    moved = (
        (table == "unit" and "parent_id" in change.values)
        or (table == "study_group" and "unit_id" in change.values and change.id in held.journals_by_group)
        or (table == "course" and "department_id" in change.values and change.id in held.journals_by_course)
    )
    return REMARK_RESPONSIBLE_UNIT_CHANGED if moved else ""


def _role_remark_code(one: PlannedRow, today: date) -> str:
    """Return the remark of a role: from an enrolment, staff role or future role."""
    if one.change.file == "enrollments.csv":
        return REMARK_ROLE_BY_ENROLMENT
    if one.values_after["role"] not in ROSTER_ROLES:
        return REMARK_STAFF_ROLE
    ahead = one.change.action in ("insert", "update") and one.values_after["valid_from"] > today
    return REMARK_ROLE_AHEAD if ahead else ""


def _stay_remark_code(one: PlannedRow, held: RecordedJournals, today: date) -> str:
    """Return the remark of a stay that begins to count, or no longer counts, in lessons already held."""
    first, last, group = (
        one.values_after["starts_on"],
        one.values_after["ends_on"],
        one.values_after["group_id"],
    )
    if one.change.action == "insert":
        early = first < today and not one.row.get("beginDate")
        return REMARK_STAY_BEGINS_EARLY if early and held.has_entries(group, first, today) else ""
    if last is not None and last < today and "ends_on" in one.change.values:
        return (
            REMARK_STAY_LEFT_BEFORE
            if held.has_entries(group, date.fromordinal(last.toordinal() + 1), today)
            else ""
        )
    return ""
