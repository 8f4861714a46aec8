"""The students of an unsigned sheet: the group by its orders (2.1b), and students who would be on no sheet.

A student who moves to a group that had already signed its sheet of this kind stays on the sheet of the
earlier group (cross-cutting 9): the result is fixed there and read in the new group as every transferred
result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased

from app.journal.gradebook.load import GroupStudent, OfferingState
from app.journal.grading.sheet_states import DRAFT
from app.journal.tables import GradeSheet, Offering, Result
from app.kernel.clock import local_day
from app.kernel.db import db
from app.people.models import Membership, StudyGroup


def sheet_students_with_new_group(
    row: GradeSheet, offering: OfferingState, members: Iterable[GroupStudent], now: datetime
) -> list[tuple[GroupStudent, str]]:
    """Return those of `members` who belong on the sheet on the last day it covers, or today before that, in
    their order.

    Each with the group the student moved to, "" for a present member. One statement where somebody left, none
    otherwise.
    """
    day, all_members = min(row.covers_until, local_day(now)), list(members)
    left = [
        student.id
        for student in all_members
        if not student.is_member_on(day)
        and any(end is not None and offering.starts_on <= end < day for _start, end in student.periods)
    ]
    moved_to = _load_new_groups_of_unlisted_students(row, left, day) if left else {}
    return [
        (student, moved_to.get(student.id, ""))
        for student in all_members
        if student.is_member_on(day) or student.id in moved_to
    ]


def _load_new_groups_of_unlisted_students(
    row: GradeSheet, students: Collection[UUID], day: date
) -> dict[UUID, str]:
    """Return the students now in a group of the same discipline whose sheet of this kind was signed without
    them, with its name: it covers no day of the student, or has no result of the student."""
    here, there = aliased(Offering), aliased(Offering)
    same = and_(there.course_id == here.course_id, there.semester_id == here.semester_id, there.id != here.id)
    counted = exists().where(Result.sheet_id == GradeSheet.id, Result.student_id == Membership.person_id)
    found = db.session.execute(
        select(Membership.person_id, StudyGroup.name)
        .select_from(here)
        .join(there, same)
        .join(StudyGroup, StudyGroup.id == there.group_id)
        .join(Membership, Membership.group_id == there.group_id)
        .join(GradeSheet, GradeSheet.offering_id == there.id)
        .where(
            here.id == row.offering_id,
            GradeSheet.kind == row.kind,
            or_(GradeSheet.covers_until < Membership.starts_on, GradeSheet.state != DRAFT),
            Membership.person_id.in_(list(students)),
            Membership.starts_on <= day,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= day),
            ~counted,
        )
    )
    return {row.person_id: row.name for row in found}
