"""Commands that add, change and end disciplines of departments (3.1). Nothing is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from app.journal.tables import Course, CurriculumLine, Offering, Semester
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid
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
    DEPARTMENT,
    INSTITUTE_KINDS,
    names_and_code_problems,
    refusal_to_use_unit,
)

COURSE_COLUMNS = ("code", "names", "department_id", "ends_on")
"""What a form of a discipline shows."""
COURSE_ADDED, COURSE_CHANGED, COURSE_ENDED = (
    "journal.course.added",
    "journal.course.changed",
    "journal.course.ended",
)
MANAGE_DISCIPLINES = "disciplines.manage"
TEACHING_UNIT_KINDS = (DEPARTMENT, *INSTITUTE_KINDS)


@dataclass(frozen=True, slots=True)
class CourseEdit:
    """A discipline as a form sends it; `names` by language, without empty ones."""

    code: str
    names: Mapping[str, str]
    department: UUID


def add_discipline(act: Act, course_id: UUID, edit: CourseEdit) -> None:
    """Add a discipline of a department; a repeat has no effect. Raises Denied, Invalid (fields), Stale."""
    require_permission_in_units(act, MANAGE_DISCIPLINES, edit.department)
    lock_structure()
    values = _course_values(edit)
    if is_row_added_before(Course, course_id, values):
        return
    _check_course(course_id, edit, local_day(act.at), moves=True)
    add_row(act, Course, course_id, values, COURSE_ADDED, "journal.course", None)


def change_discipline(act: Act, course_id: UUID, seen: str, edit: CourseEdit) -> bool:
    """Change a discipline; return False when nothing changes. Raises Missing, Denied, Invalid (fields), Stale."""
    row = load_row_to_change(act, Course, course_id, MANAGE_DISCIPLINES, "department_id", edit.department)
    _check_course(course_id, edit, local_day(act.at), moves=edit.department != row.department_id)
    values = _course_values(edit)
    return change_row(act, row, seen, COURSE_COLUMNS, values, COURSE_CHANGED, "journal.course", None)


def end_discipline(act: Act, course_id: UUID, seen: str, last: date | None) -> bool:
    """Set the last day of a discipline, or (None) let it go on; return False when nothing changes.

    Raises Missing, Denied, Invalid on `last`, Refused with the counts of journals and curriculum lines, Stale.
    """
    row = load_row_to_change(act, Course, course_id, MANAGE_DISCIPLINES, "department_id")

    def count_left(day: date) -> dict[str, int]:
        journals = _running_journals_after(day).where(Offering.course_id == course_id)
        lines = select(func.count()).where(
            CurriculumLine.course_id == course_id,
            or_(CurriculumLine.ends_on.is_(None), CurriculumLine.ends_on > day),
        )
        return {"journals": db.session.scalar(journals) or 0, "lines": db.session.scalar(lines) or 0}

    require_end_possible(last, "journal.course.still_used", count_left)
    return change_row(act, row, seen, COURSE_COLUMNS, {"ends_on": last}, COURSE_ENDED, "journal.course", None)


def count_disciplines_after(unit: UUID, last: date) -> int:
    """Return how many disciplines of a unit go on after a day; one statement."""
    found = select(func.count()).where(
        Course.department_id == unit, or_(Course.ends_on.is_(None), Course.ends_on > last)
    )
    return db.session.scalar(found) or 0


def count_journals_of_group_after(group: UUID, last: date) -> int:
    """Return how many journals of a group go on after a day; one statement."""
    return db.session.scalar(_running_journals_after(last).where(Offering.group_id == group)) or 0


def _running_journals_after(last: date) -> Select[int]:
    """Return the count of journals of semesters that end after a day and that were not ended by then."""
    return (
        select(func.count())
        .select_from(Offering)
        .join(Semester, Semester.id == Offering.semester_id)
        .where(Semester.ends_on > last, or_(Offering.ends_on.is_(None), Offering.ends_on > last))
    )


def _course_values(edit: CourseEdit) -> dict[str, object]:
    return {"code": edit.code, "names": dict(edit.names), "department_id": edit.department}


def _check_course(course_id: UUID, edit: CourseEdit, today: date, *, moves: bool) -> None:
    """Raise Invalid with all problems of a discipline; its department is checked when it is new there."""
    problems = names_and_code_problems(edit.code, edit.names)
    if moves:
        units = load_placed_units()
        refusal = refusal_to_use_unit("unit", units.get(edit.department), TEACHING_UNIT_KINDS, today)
        problems |= refusal.fields if refusal is not None else {}
    same_code = select(Course.id).where(
        Course.id != course_id,
        func.lower(Course.code) == edit.code.lower(),
        or_(Course.ends_on.is_(None), Course.ends_on >= today),
    )
    problems |= code_problems(edit.code, same_code)
    if problems:
        raise Invalid(problems)
