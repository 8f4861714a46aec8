"""Lists of the timetable: the journals of a semester, and the groups, teachers and rooms to choose a week of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, false, func, select

from app.journal.courses.journal_pages import select_page_of_journals
from app.journal.tables import Course, JournalTimetable, Lesson, LessonPattern, Offering, PlannedHours
from app.kernel.db import db
from app.people import queries as people
from app.people.models import StudyGroup

MAX_FILTER_OPTIONS = 500


@dataclass(frozen=True, slots=True)
class JournalListRow:
    """A journal in the list of timetables: its weekly lessons and its lessons, and whether a change of the patterns
    waits for the lessons to be generated."""

    id: UUID
    code: str
    names: Mapping[str, str]
    group: str
    institute: UUID
    planned: int
    patterns: int
    lessons: int
    is_waiting: bool


def load_journal_list(
    semester: UUID,
    most: int,
    *,
    group: UUID | None = None,
    institutes: Collection[UUID] | None = None,
    only_empty: bool = False,
    after: UUID | None = None,
) -> tuple[list[JournalListRow], bool]:
    """Return the journals of a semester by group and discipline, at most `most` after the journal `after`, and
    whether others follow. `institutes` narrows to groups of these units; one statement."""
    patterns = select(func.count()).where(LessonPattern.offering_id == Offering.id).scalar_subquery()
    lessons = select(func.count()).where(Lesson.offering_id == Offering.id).scalar_subquery()
    planned = func.coalesce(
        select(func.sum(PlannedHours.hours)).where(PlannedHours.offering_id == Offering.id).scalar_subquery(),
        Offering.planned_hours,
    )
    waiting = JournalTimetable.version.is_distinct_from(JournalTimetable.generated_version)
    wanted = select_page_of_journals(
        semester,
        most,
        Offering.id,
        Course.code,
        Course.names,
        StudyGroup.name,
        StudyGroup.unit_id,
        planned,
        patterns,
        lessons,
        func.coalesce(waiting, false()),
        group=group,
        after=after,
    ).outerjoin(JournalTimetable, JournalTimetable.offering_id == Offering.id)
    if institutes is not None:
        wanted = wanted.where(StudyGroup.unit_id.in_(list(institutes)))
    if only_empty:
        wanted = wanted.where(~exists().where(LessonPattern.offering_id == Offering.id))
    found = db.session.execute(wanted).all()
    return [JournalListRow(*row) for row in found[:most]], len(found) > most


def load_group_options(semester: UUID) -> list[tuple[UUID, str]]:
    """Return the groups taught in a semester, by name; one statement."""
    found = db.session.execute(
        select(StudyGroup.id, StudyGroup.name)
        .where(exists().where(Offering.group_id == StudyGroup.id, Offering.semester_id == semester))
        .order_by(StudyGroup.name, StudyGroup.id)
        .limit(MAX_FILTER_OPTIONS)
    )
    return [(row[0], row[1]) for row in found]


def load_teacher_options(semester: UUID) -> list[tuple[UUID, str]]:
    """Return the teachers of weekly lessons of a semester, by name; two statements."""
    found = db.session.scalars(
        select(LessonPattern.teacher_id)
        .join(Offering, Offering.id == LessonPattern.offering_id)
        .where(Offering.semester_id == semester)
        .distinct()
    ).all()
    names = people.load_names(found)
    ordered = sorted(names.items(), key=lambda one: one[1].sort_key)
    return [(id, name.short) for id, name in ordered[:MAX_FILTER_OPTIONS]]


def load_room_options(semester: UUID) -> list[str]:
    """Return the rooms of weekly lessons of a semester; one statement."""
    found = db.session.scalars(
        select(LessonPattern.room)
        .join(Offering, Offering.id == LessonPattern.offering_id)
        .where(Offering.semester_id == semester, LessonPattern.room != "")
        .distinct()
        .order_by(LessonPattern.room)
        .limit(MAX_FILTER_OPTIONS)
    )
    return list(found)
