"""Commands that add, change and end journals and name their teachers (2.1a, 3.1). Nothing of a journal is deleted.

The planned hours of a journal that exists are set by `journal.timetable`, which follows them with its lessons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, or_, select

from app.audit.record import record_audit_event
from app.journal.courses.structure_rules import (
    TeachingDays,
    hours_and_credits_problems,
    matching_curriculum_line,
    refusal_to_end_journal,
    refusal_to_set_teaching,
)
from app.journal.gradebook.cell_state import LESSON_STATES_WITHOUT_MARKS
from app.journal.tables import (
    Cell,
    Course,
    CurriculumLine,
    Lesson,
    LessonPattern,
    Offering,
    PlannedHours,
    Semester,
    Teaching,
)
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import FieldProblem, Invalid, Missing, Refused
from app.people.models import Person, StudyGroup
from app.people.row_changes import (
    add_row,
    change_row,
    is_row_added_before,
    load_row,
    lock_structure,
    require_permission_in_units,
)
from app.people.rules import refusal_to_set_validity_period
from app.people.structure_rules import is_going_on, refusal_of_last_day

JOURNAL_COLUMNS = ("course_id", "group_id", "semester_id", "credits", "ends_on")
"""What a form of a journal shows."""
TEACHING_COLUMNS = ("part", "starts_on", "ends_on")
JOURNAL_ADDED, JOURNAL_CHANGED, JOURNAL_ENDED = (
    "journal.offering.added",
    "journal.offering.changed",
    "journal.offering.ended",
)
TEACHER_ADDED, TEACHER_CHANGED, TEACHER_REMOVED = (
    "journal.teaching.added",
    "journal.teaching.changed",
    "journal.teaching.removed",
)
MANAGE_JOURNALS = "journals.manage"


@dataclass(frozen=True, slots=True)
class JournalEdit:
    """A journal as a form sends it. `hours` by type of lesson; without hours and credits those of the curriculum are
    taken."""

    course: UUID
    group: UUID
    semester: UUID
    credits: Decimal | None
    hours: Mapping[str, int]


def add_journal(act: Act, offering_id: UUID, edit: JournalEdit) -> None:
    """Add the journal of a discipline for a group in a semester; a repeat has no effect.

    Raises Denied, Invalid (fields; the discipline, the group or the semester is over, or the journal exists), Stale.
    """
    course, group = db.session.get(Course, edit.course), db.session.get(StudyGroup, edit.group)
    require_permission_in_units(
        act, MANAGE_JOURNALS, course.department_id if course else None, group.unit_id if group else None
    )
    lock_structure()
    keys = {"course_id": edit.course, "group_id": edit.group, "semester_id": edit.semester}
    if is_row_added_before(Offering, offering_id, keys):
        return
    problems = _journal_problems(course, group, edit, local_day(act.at))
    if problems:
        raise Invalid(problems)
    hours, credits = {type: count for type, count in edit.hours.items() if count}, edit.credits
    if group is not None and not hours and credits is None:
        hours, credits = _curriculum_hours_and_credits(edit.course, group)
    values = keys | {"credits": credits, "planned_hours": sum(hours.values())}
    add_row(act, Offering, offering_id, values, JOURNAL_ADDED, "journal.offering", "2.1")
    db.session.add_all(
        PlannedHours(offering_id=offering_id, type=type, hours=count) for type, count in hours.items()
    )
    db.session.flush()


def change_journal(act: Act, offering_id: UUID, seen: str, credits: Decimal | None) -> bool:
    """Set the credits of a journal; return False when nothing changes. Raises Missing, Denied, Invalid, Stale."""
    lock_structure()
    row = _load_managed_journal(act, offering_id)
    problems = hours_and_credits_problems({}, credits)
    if problems:
        raise Invalid(problems)
    values = {"credits": credits}
    return change_row(act, row, seen, JOURNAL_COLUMNS, values, JOURNAL_CHANGED, "journal.offering", "2.1")


def end_journal(act: Act, offering_id: UUID, seen: str, last: date | None) -> bool:
    """Set the last day of a journal and of its teachers, or (None) let the journal go on; return False when nothing
    changes.

    Raises Missing, Denied, Invalid (`last`; `reason` for a journal with marks), Refused (lessons after that
    day), Stale.
    """
    lock_structure()
    row = _load_managed_journal(act, offering_id)
    wrong = refusal_of_last_day(last) or refusal_to_end_journal(
        last, *_count_marks_rolls_and_lessons(offering_id, last or date.max), act.reason
    )
    if wrong is not None:
        raise wrong
    values = {"ends_on": last}
    if not change_row(act, row, seen, JOURNAL_COLUMNS, values, JOURNAL_ENDED, "journal.offering", "2.1"):
        return False
    for part in db.session.scalars(select(Teaching).where(Teaching.offering_id == offering_id)):
        if last is None or (part.ends_on is not None and part.ends_on <= last):
            continue
        if part.starts_on > last:
            _remove_teaching_row(act, part)
        else:
            _end_teaching_row(act, part, last)
    db.session.flush()
    return True


def add_teacher(act: Act, teaching_id: UUID, offering_id: UUID, new: TeachingDays) -> None:
    """Name a teacher of a journal for a part and days; a repeat has no effect.

    Raises Missing, Denied, Invalid (`teacher`, `part`, `from`, `until`), Stale.
    """
    lock_structure()
    journal = _load_managed_journal(act, offering_id)
    values = {
        "offering_id": offering_id,
        "person_id": new.person,
        "part": new.part,
        "starts_on": new.first,
        "ends_on": new.last,
    }
    if is_row_added_before(Teaching, teaching_id, values):
        return
    person = db.session.get(Person, new.person)
    if person is None or person.ended_at is not None:
        raise Invalid.field("teacher", "forms.field.not_offered")
    _check_teaching(journal, new, None)
    add_row(act, Teaching, teaching_id, values, TEACHER_ADDED, "journal.teaching", "2.1")


def change_teacher(
    act: Act, offering_id: UUID, teaching_id: UUID, seen: str, part: str, first: date, last: date | None
) -> bool:
    """Correct the part and days of a teacher, or end them; return False when nothing changes.

    Raises Missing, Denied, Invalid (`part`, `from`, `until`), Refused (weekly lessons of this teacher after the last
    day), Stale.
    """
    lock_structure()
    journal = _load_managed_journal(act, offering_id)
    row = load_row(Teaching, teaching_id)
    if row.offering_id != offering_id:
        raise Missing
    if part == row.part == "SUBSTITUTE":
        raise Invalid.field("part", "forms.field.not_offered")
    _check_teaching(journal, TeachingDays(row.person_id, part, first, last), teaching_id)
    _refuse_if_in_timetable(row, last)
    values = {"part": part, "starts_on": first, "ends_on": last}
    return change_row(act, row, seen, TEACHING_COLUMNS, values, TEACHER_CHANGED, "journal.teaching", "2.1")


def remove_teacher(act: Act, offering_id: UUID, teaching_id: UUID) -> None:
    """Take out a teacher whose first day is today or later. Raises Missing, Denied, Refused (he has begun, or has
    weekly lessons)."""
    lock_structure()
    _load_managed_journal(act, offering_id)
    row = load_row(Teaching, teaching_id)
    if row.offering_id != offering_id:
        raise Missing
    if row.starts_on < local_day(act.at):
        raise Refused("journal.structure.teacher_begun", at=row.starts_on)
    _refuse_if_in_timetable(row, date.min)
    _remove_teaching_row(act, row)
    db.session.flush()


def _load_managed_journal(act: Act, offering_id: UUID) -> Offering:
    """Return a journal if the act may manage it. Raises Missing, Denied."""
    row = load_row(Offering, offering_id)
    units = db.session.execute(
        select(Course.department_id, StudyGroup.unit_id)
        .join(StudyGroup, StudyGroup.id == row.group_id)
        .where(Course.id == row.course_id)
    ).one()
    require_permission_in_units(act, MANAGE_JOURNALS, *units)
    return row


def _journal_problems(
    course: Course | None, group: StudyGroup | None, edit: JournalEdit, today: date
) -> dict[str, list[FieldProblem]]:
    """Return all problems of a new journal, by field."""
    semester = db.session.get(Semester, edit.semester)
    problems = hours_and_credits_problems(edit.hours, edit.credits)
    for field, row in (("course", course), ("group", group), ("semester", semester)):
        if row is None:
            problems[field] = [FieldProblem("forms.field.not_offered")]
    if semester is None:
        return problems
    if semester.ends_on < today:
        problems["semester"] = [FieldProblem("journal.structure.semester_over", {"at": semester.ends_on})]
    first = max(today, semester.starts_on)
    if course is not None and not is_going_on(course.ends_on, first):
        problems["course"] = [FieldProblem("journal.course.ended", {"at": course.ends_on})]
    if group is not None and not is_going_on(group.ends_on, first):
        problems["group"] = [FieldProblem("people.group.ended", {"at": group.ends_on})]
    same = select(Offering.id).where(
        Offering.course_id == edit.course,
        Offering.group_id == edit.group,
        Offering.semester_id == edit.semester,
        or_(Offering.ends_on.is_(None), Offering.ends_on >= today),
    )
    if not problems and db.session.scalar(same.limit(1)) is not None:
        problems["course"] = [FieldProblem("journal.structure.journal_exists")]
    return problems


def _curriculum_hours_and_credits(course: UUID, group: StudyGroup) -> tuple[dict[str, int], Decimal | None]:
    """Return hours by type and credits of the curriculum line that fits the group; nothing when none does."""
    lines = {
        line.id: line
        for line in db.session.scalars(
            select(CurriculumLine).where(
                CurriculumLine.programme_id == group.programme_id,
                CurriculumLine.course_id == course,
                CurriculumLine.ends_on.is_(None),
            )
        )
    }
    fits = matching_curriculum_line([(id, line.semester) for id, line in lines.items()], group.year_of_study)
    return (dict(lines[fits].hours), lines[fits].credits) if fits is not None else ({}, None)


def _count_marks_rolls_and_lessons(offering_id: UUID, last: date) -> tuple[int, int, int]:
    """Return the numbers of marks, of rolls taken, and of planned lessons after a day; three statements."""
    of_journal = Lesson.offering_id == offering_id
    marks = select(func.count()).select_from(Cell).join(Lesson, Lesson.id == Cell.lesson_id).where(of_journal)
    rolls = select(func.count()).where(of_journal, Lesson.roll_taken_at.is_not(None))
    after = select(func.count()).where(of_journal, Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS))
    if last < date.max:
        next_day = datetime.combine(last + timedelta(days=1), time(), UNIVERSITY_ZONE).astimezone(UTC)
        after = after.where(Lesson.starts_at >= next_day)
    return tuple(db.session.scalar(one) or 0 for one in (marks, rolls, after))  # type: ignore[return-value]


def _check_teaching(journal: Offering, new: TeachingDays, own: UUID | None) -> None:
    """Raise Invalid unless a person may have this part in a journal on these days."""
    semester = load_row(Semester, journal.semester_id)
    others = [
        TeachingDays(row.person_id, row.part, row.starts_on, row.ends_on)
        for row in db.session.scalars(select(Teaching).where(Teaching.offering_id == journal.id))
        if row.id != own
    ]
    wrong = refusal_to_set_validity_period(new.first, new.last) or refusal_to_set_teaching(
        new, others, (semester.starts_on, semester.ends_on), journal.ends_on
    )
    if wrong is not None:
        raise wrong


def _refuse_if_in_timetable(row: Teaching, last: date | None) -> None:
    """Raise Refused when the only part of this teacher ends while weekly lessons of his go on."""
    if last is None:
        return
    others = select(Teaching.id).where(
        Teaching.offering_id == row.offering_id,
        Teaching.person_id == row.person_id,
        Teaching.id != row.id,
        or_(Teaching.ends_on.is_(None), Teaching.ends_on > last),
    )
    weekly = select(func.count()).where(
        LessonPattern.offering_id == row.offering_id,
        LessonPattern.teacher_id == row.person_id,
        LessonPattern.ends_on > last,
    )
    count = db.session.scalar(weekly) or 0
    if count and db.session.scalar(others.limit(1)) is None:
        raise Refused("journal.structure.teacher_in_timetable", count=count)


def _end_teaching_row(act: Act, row: Teaching, last: date) -> None:
    before = {"until": row.ends_on}
    row.ends_on = last
    record_audit_event(
        act,
        TEACHER_CHANGED,
        ("journal.teaching", row.id),
        before,
        {"until": last},
        "2.1",
        offering=row.offering_id,
    )


def _remove_teaching_row(act: Act, row: Teaching) -> None:
    before = {"offering": row.offering_id, "person": row.person_id, "part": row.part, "from": row.starts_on}
    record_audit_event(act, TEACHER_REMOVED, ("journal.teaching", row.id), before, None, "2.1")
    db.session.delete(row)
