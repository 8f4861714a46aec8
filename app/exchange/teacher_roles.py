"""Give the role teacher to persons whom a roster knows as teachers only by their enrolments. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.exchange.changes import ImportChange, SkippedRow
from app.exchange.checks import PlannedRow
from app.exchange.rights import TEACHER_ROLE, iterate_opened_journals, teacher_ids_after_plan
from app.exchange.row_identity import TEACHER_ROLE_KIND
from app.exchange.stored_rows import StoredRows
from app.journal.tables import Course, Offering
from app.people.models import RoleGrant


def plan_teacher_roles(
    planned: Sequence[PlannedRow],
    skipped: Sequence[SkippedRow],
    stored: StoredRows,
    id_of: Callable[[str, str], UUID],
    names: Mapping[UUID, str],
    today: date,
) -> Iterator[PlannedRow]:
    """Yield a role in the department of the discipline for each person to whom a journal is opened and who
    never was a teacher.

    It begins with the enrolment, but not before today, and has no last day: it permits own journals only.
    Whose role of a teacher has ended, in the database or in the file, gets none.
    """
    before = _persons_ever_with_teacher_role(skipped, stored)
    known = before | teacher_ids_after_plan(planned, stored, today)
    found: dict[UUID, PlannedRow] = {}
    courses = _department_by_course(planned, stored)
    offerings = _course_by_offering(planned, stored)
    for one in iterate_opened_journals(planned, today):
        person = one.values_after["person_id"]
        department = courses.get(offerings.get(one.values_after["offering_id"]))
        if person in known or department is None:
            continue
        first = max(one.values_after["starts_on"], today)
        if person in found and found[person].values_after["valid_from"] <= first:
            continue
        values = {
            "person_id": person,
            "role": TEACHER_ROLE,
            "unit_id": department,
            "valid_from": first,
            "valid_until": None,
        }
        about = ", ".join(filter(None, (names.get(person, ""), names.get(department, ""))))
        row_id = id_of(TEACHER_ROLE_KIND, one.row.get("userSourcedId"))
        change = ImportChange(
            RoleGrant.__tablename__, "insert", row_id, values, {}, about, one.change.file, one.row.line
        )
        found[person] = PlannedRow(change, one.row, values)
    yield from found.values()


def _persons_ever_with_teacher_role(skipped: Sequence[SkippedRow], stored: StoredRows) -> frozenset[UUID]:
    """Return the persons who have or had the role teacher, stored or in a row that is not brought."""
    held = [
        row.person_id for row in stored[RoleGrant].values() if row.role == TEACHER_ROLE and not row.deputy
    ]
    left = [
        one.values["person_id"]
        for one in skipped
        if one.table == RoleGrant.__tablename__ and one.values["role"] == TEACHER_ROLE
    ]
    return frozenset((*held, *left))


def _department_by_course(planned: Sequence[PlannedRow], stored: StoredRows) -> dict[UUID | None, Any]:
    """Return the department of each discipline after the plan."""
    found: dict[UUID | None, Any] = {row.id: row.department_id for row in stored[Course].values()}
    return found | {
        one.change.id: one.values_after["department_id"] for one in planned if one.change.table == "course"
    }


def _course_by_offering(planned: Sequence[PlannedRow], stored: StoredRows) -> dict[Any, Any]:
    """Return the discipline of each journal after the plan."""
    found: dict[Any, Any] = {row.id: row.course_id for row in stored[Offering].values()}
    return found | {
        one.change.id: one.values_after["course_id"] for one in planned if one.change.table == "offering"
    }
