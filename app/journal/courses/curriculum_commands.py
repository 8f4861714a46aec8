"""Commands that add, change and end lines of the curriculum of a programme (3.1). Nothing is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from app.journal.courses.structure_rules import (
    CONTROL_FORMS,
    MAX_SEMESTER,
    MIN_SEMESTER,
    hours_and_credits_problems,
)
from app.journal.tables import Course, CurriculumLine
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import FieldProblem, Invalid, Missing
from app.people.models import Programme
from app.people.row_changes import (
    add_row,
    change_row,
    is_row_added_before,
    load_row,
    lock_structure,
    require_permission_in_units,
)
from app.people.structure_rules import is_going_on, refusal_of_last_day

LINE_COLUMNS = ("course_id", "semester", "credits", "hours", "control", "ends_on")
"""What a form of a curriculum line shows."""
LINE_ADDED, LINE_CHANGED, LINE_ENDED = (
    "journal.curriculum.added",
    "journal.curriculum.changed",
    "journal.curriculum.ended",
)
MANAGE_PROGRAMMES = "programmes.manage"


@dataclass(frozen=True, slots=True)
class LineEdit:
    """A curriculum line as a form sends it; `hours` by type of lesson."""

    course: UUID
    semester: int
    credits: Decimal | None
    hours: Mapping[str, int]
    control: str


def add_curriculum_line(act: Act, line_id: UUID, programme_id: UUID, edit: LineEdit) -> None:
    """Add a discipline to the curriculum of a programme; a repeat has no effect.

    Raises Missing, Denied, Invalid (fields), Stale.
    """
    lock_structure()
    programme = _load_managed_programme(act, programme_id)
    values = {"programme_id": programme_id} | _line_values(edit)
    if is_row_added_before(CurriculumLine, line_id, values):
        return
    if not is_going_on(programme.ends_on, local_day(act.at)):
        raise Invalid.field("course", "people.programme.ended", at=programme.ends_on)
    _check_line(programme_id, line_id, edit, local_day(act.at))
    add_row(act, CurriculumLine, line_id, values, LINE_ADDED, "journal.curriculum_line", None)


def change_curriculum_line(act: Act, programme_id: UUID, line_id: UUID, seen: str, edit: LineEdit) -> bool:
    """Change a curriculum line; return False when nothing changes. Journals that exist stay as they are.

    Raises Missing, Denied, Invalid (fields), Stale.
    """
    lock_structure()
    row = _load_line_of_programme(act, programme_id, line_id)
    _check_line(programme_id, line_id, edit, local_day(act.at))
    values = _line_values(edit)
    return change_row(act, row, seen, LINE_COLUMNS, values, LINE_CHANGED, "journal.curriculum_line", None)


def end_curriculum_line(act: Act, programme_id: UUID, line_id: UUID, seen: str, last: date | None) -> bool:
    """Set the last day of a curriculum line, or (None) let it go on; return False when nothing changes.

    Raises Missing, Denied, Invalid on `last`, Stale.
    """
    lock_structure()
    row = _load_line_of_programme(act, programme_id, line_id)
    wrong = refusal_of_last_day(last)
    if wrong is not None:
        raise wrong
    values = {"ends_on": last}
    return change_row(act, row, seen, LINE_COLUMNS, values, LINE_ENDED, "journal.curriculum_line", None)


def _load_managed_programme(act: Act, programme_id: UUID) -> Programme:
    """Return a programme if the act may manage it. Raises Missing, Denied."""
    programme = load_row(Programme, programme_id)
    require_permission_in_units(act, MANAGE_PROGRAMMES, programme.unit_id)
    return programme


def _load_line_of_programme(act: Act, programme_id: UUID, line_id: UUID) -> CurriculumLine:
    """Return a line of the programme if the act may manage it. Raises Missing, Denied."""
    _load_managed_programme(act, programme_id)
    row = load_row(CurriculumLine, line_id)
    if row.programme_id != programme_id:
        raise Missing
    return row


def _line_values(edit: LineEdit) -> dict[str, object]:
    return {
        "course_id": edit.course,
        "semester": edit.semester,
        "credits": edit.credits,
        "hours": {type: count for type, count in edit.hours.items() if count},
        "control": edit.control,
    }


def _check_line(programme_id: UUID, line_id: UUID, edit: LineEdit, today: date) -> None:
    """Raise Invalid with all problems of a line: unknown values, a discipline that ended, the same line twice."""
    problems = hours_and_credits_problems(edit.hours, edit.credits)
    if not MIN_SEMESTER <= edit.semester <= MAX_SEMESTER:
        problems["semester"] = [FieldProblem("forms.field.out_of_range")]
    if edit.control not in CONTROL_FORMS:
        problems["control"] = [FieldProblem("forms.field.not_offered")]
    course = db.session.get(Course, edit.course)
    if course is None:
        problems["course"] = [FieldProblem("forms.field.not_offered")]
    elif not is_going_on(course.ends_on, today):
        problems["course"] = [FieldProblem("journal.course.ended", {"at": course.ends_on})]
    same = select(CurriculumLine.id).where(
        CurriculumLine.id != line_id,
        CurriculumLine.programme_id == programme_id,
        CurriculumLine.course_id == edit.course,
        CurriculumLine.semester == edit.semester,
        CurriculumLine.ends_on.is_(None),
    )
    if not problems and db.session.scalar(same.limit(1)) is not None:
        problems["course"] = [FieldProblem("journal.curriculum.line_exists")]
    if problems:
        raise Invalid(problems)
