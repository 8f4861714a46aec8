"""Commands that add, change and end study groups and name their curators (2.1a, 3.1). Nothing is deleted.

A curator is named from a day on. `StudyGroup.curator_id` is the curator of today: it is set at once, or on the first
day by the event `people.curator.due`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select

from app.audit.record import record_audit_event
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import FieldProblem, Invalid, Stale
from app.kernel.ids import new_id
from app.outbox.post import post_event
from app.people.models import GroupCurator, Membership, Person, Programme, StudyGroup
from app.people.queries.units import load_placed_units
from app.people.row_changes import (
    add_row,
    change_row,
    is_row_added_before,
    load_row,
    load_row_to_change,
    lock_structure,
    require_end_possible,
    require_permission_in_units,
)
from app.people.structure_rules import (
    INSTITUTE_KINDS,
    group_value_problems,
    refusal_to_change_curator,
    refusal_to_use_unit,
)

GROUP_COLUMNS = ("name", "unit_id", "programme_id", "year_of_study", "ends_on")
"""What a form of a group shows."""
GROUP_ADDED, GROUP_CHANGED, GROUP_ENDED = "people.group.added", "people.group.changed", "people.group.ended"
CURATOR_CHANGED, CURATOR_DUE_EVENT = "people.group.curator_changed", "people.curator.due"
MANAGE_GROUPS = "groups.manage"


@dataclass(frozen=True, slots=True)
class GroupEdit:
    """A group as a form sends it."""

    name: str
    unit: UUID
    programme: UUID | None
    year: int | None


def add_group(act: Act, group_id: UUID, edit: GroupEdit) -> None:
    """Add a group to an institute; a repeat has no effect. Raises Denied, Invalid (fields), Stale."""
    require_permission_in_units(act, MANAGE_GROUPS, edit.unit)
    lock_structure()
    values = _group_values(edit)
    if is_row_added_before(StudyGroup, group_id, values):
        return
    _check_group(group_id, edit, local_day(act.at), None)
    add_row(act, StudyGroup, group_id, values, GROUP_ADDED, "people.group", "2.1")


def change_group(act: Act, group_id: UUID, seen: str, edit: GroupEdit) -> bool:
    """Change a group; return False when nothing changes. Raises Missing, Denied, Invalid (fields), Stale."""
    row = load_row_to_change(act, StudyGroup, group_id, MANAGE_GROUPS, "unit_id", edit.unit)
    _check_group(group_id, edit, local_day(act.at), row)
    return change_row(
        act, row, seen, GROUP_COLUMNS, _group_values(edit), GROUP_CHANGED, "people.group", "2.1"
    )


def end_group(
    act: Act, group_id: UUID, seen: str, last: date | None, taught_after: Mapping[str, int] | None = None
) -> bool:
    """Set the last day of a group, or (None) let it go on; return False when nothing changes.

    `taught_after` counts what the rooms above know to go on after that day: journals. Raises Missing, Denied, Invalid
    on `last`, Refused with the counts of what is left, Stale.
    """
    row = load_row_to_change(act, StudyGroup, group_id, MANAGE_GROUPS, "unit_id")

    def count_left(day: date) -> dict[str, int]:
        students = select(func.count(Membership.person_id.distinct())).where(
            Membership.group_id == group_id, or_(Membership.ends_on.is_(None), Membership.ends_on > day)
        )
        return {"journals": 0, "students": db.session.scalar(students) or 0} | dict(taught_after or {})

    require_end_possible(last, "people.group.still_used", count_left)
    return change_row(act, row, seen, GROUP_COLUMNS, {"ends_on": last}, GROUP_ENDED, "people.group", "2.1")


def change_group_curator(
    act: Act, group_id: UUID, curator: UUID | None, first: date, seen: UUID | None
) -> bool:
    """Name the curator of a group from a day on, None for nobody; return False when nothing changes.

    The curator before stays until the day before; one that was to come later is replaced. `seen` is the last curator
    that the form showed. Raises Missing, Denied, Invalid (`curator`, `from`), Stale.
    """
    lock_structure()
    group = load_row(StudyGroup, group_id)
    require_permission_in_units(act, MANAGE_GROUPS, group.unit_id)
    if curator is not None:
        person = db.session.get(Person, curator)
        if person is None or person.ended_at is not None:
            raise Invalid.field("curator", "forms.field.not_offered")
    rows = _load_curator_rows(group)
    last = rows[-1] if rows else None
    held = last.person_id if last is not None and last.ends_on is None else None
    if held == curator:
        return False
    if held != seen:
        raise Stale("people.structure.changed_meanwhile")
    today = local_day(act.at)
    is_to_come = last is not None and last.starts_on is not None and last.starts_on > today
    before = rows[-2] if is_to_come and len(rows) > 1 else None if is_to_come else last
    refusal = refusal_to_change_curator(first, before.starts_on if before else None, group.ends_on)
    if refusal is not None:
        raise refusal
    day_before = last.starts_on - timedelta(days=1) if is_to_come and last and last.starts_on else None
    if is_to_come and last is not None:
        db.session.delete(last)
        db.session.flush()
    if before is not None and (
        before.ends_on is None or before.ends_on == day_before or before.ends_on >= first
    ):
        before.ends_on = first - timedelta(days=1)
        db.session.flush()
    if curator is not None:
        db.session.add(GroupCurator(id=new_id(), group_id=group_id, person_id=curator, starts_on=first))
        db.session.flush()
    record_audit_event(
        act,
        CURATOR_CHANGED,
        ("people.group", group_id),
        {"curator": held},
        {"curator": curator, "from": first},
        "2.1",
    )
    set_curator_of_today(act, group_id)
    if first > today:
        at = datetime.combine(first, time(), UNIVERSITY_ZONE).astimezone(UTC)
        post_event(act, CURATOR_DUE_EVENT, {"group": str(group_id)}, not_before=at)
    return True


def set_curator_of_today(act: Act, group_id: UUID) -> None:
    """Set the curator of a group to the one of today, by the dated rows; a repeat has no effect."""
    group, today = load_row(StudyGroup, group_id), local_day(act.at)
    rows = db.session.scalars(select(GroupCurator).where(GroupCurator.group_id == group_id)).all()
    group.curator_id = next(
        (
            row.person_id
            for row in rows
            if (row.starts_on is None or row.starts_on <= today)
            and (row.ends_on is None or today <= row.ends_on)
        ),
        None,
    )
    db.session.flush()


def _load_curator_rows(group: StudyGroup) -> list[GroupCurator]:
    """Return the curators of a group, oldest first; one without a row, of a roster, gets its row."""
    rows = list(
        db.session.scalars(
            select(GroupCurator)
            .where(GroupCurator.group_id == group.id)
            .order_by(GroupCurator.starts_on.nulls_first())
            .execution_options(populate_existing=True)
        )
    )
    if not rows and group.curator_id is not None:
        row = GroupCurator(id=new_id(), group_id=group.id, person_id=group.curator_id)
        db.session.add(row)
        db.session.flush()
        return [row]
    return rows


def _group_values(edit: GroupEdit) -> dict[str, object]:
    return {
        "name": edit.name,
        "unit_id": edit.unit,
        "programme_id": edit.programme,
        "year_of_study": edit.year,
    }


def _check_group(group_id: UUID, edit: GroupEdit, today: date, row: StudyGroup | None) -> None:
    """Raise Invalid with all problems of a group; what stays as it was in `row` is not checked again."""
    problems = group_value_problems(edit.name, edit.year)
    if row is None or row.unit_id != edit.unit:
        refusal = refusal_to_use_unit("unit", load_placed_units().get(edit.unit), INSTITUTE_KINDS, today)
        problems |= refusal.fields if refusal is not None else {}
    if edit.programme is not None and (row is None or row.programme_id != edit.programme):
        programme = db.session.get(Programme, edit.programme)
        if programme is None or programme.unit_id != edit.unit:
            problems["programme"] = [FieldProblem("people.group.foreign_programme")]
        elif programme.ends_on is not None and programme.ends_on < today:
            problems["programme"] = [FieldProblem("people.programme.ended", {"at": programme.ends_on})]
    same = select(StudyGroup.id).where(
        StudyGroup.id != group_id,
        func.lower(StudyGroup.name) == edit.name.lower(),
        or_(StudyGroup.ends_on.is_(None), StudyGroup.ends_on >= today),
    )
    if edit.name and db.session.scalar(same.limit(1)) is not None:
        problems["name"] = [FieldProblem("people.group.name_taken", {"name": edit.name})]
    if problems:
        raise Invalid(problems)
