"""Reads of the acquaintance of students: the lines of a group's sheet, the groups of an overview, one student's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from app.journal.acknowledgements.rules import (
    WITHDRAWN,
    SheetNumbers,
    acknowledgement_deadline,
    count_sheet,
    counts_as_done,
)
from app.journal.semesters.queries import SemesterRow, load_all_semesters
from app.journal.tables import Acknowledgement, AcknowledgementSheet
from app.kernel.clock import local_day
from app.kernel.db import db
from app.people import queries as people
from app.people.models import Membership, Person, StudyGroup
from app.regulation import queries as regulation
from app.regulation.rules import Deadline, DeadlineCalendar


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A student on the sheet of a group. `row` is the newest row, None when nothing is recorded; `is_member`: he
    belongs to the group on the day of the sheet; `deadline` is None for one who has left."""

    student: UUID
    is_member: bool
    deadline: Deadline | None
    row: Acknowledgement | None

    @property
    def way(self) -> str | None:
        """Return the way that counts; None when nothing is recorded or the record was withdrawn."""
        return self.row.way if self.row is not None and self.row.way != WITHDRAWN else None


@dataclass(frozen=True, slots=True)
class GroupToAcquaint:
    """A group with its institute and curator today."""

    id: UUID
    name: str
    unit: UUID
    curator: UUID | None


def load_begun_semesters(today: date) -> list[SemesterRow]:
    """Return the semesters that have begun, the latest first; one statement."""
    return [one for one in load_all_semesters() if one.dates.starts_on <= today]


def load_groups_to_acquaint(
    units: Collection[UUID] | None,
    curators: Collection[UUID],
    semester: SemesterRow,
    today: date,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[GroupToAcquaint]:
    """Return groups of these institutes (None: of all) or curators with students in a semester, by name, after one of
    them; one statement."""
    day = sheet_day(semester, today)
    reach = (
        true()
        if units is None
        else or_(StudyGroup.unit_id.in_(list(units)), StudyGroup.curator_id.in_(list(curators)))
    )
    statement = (
        select(StudyGroup.id, StudyGroup.name, StudyGroup.unit_id, StudyGroup.curator_id)
        .where(reach, exists().where(Membership.group_id == StudyGroup.id, *_stays_on(day)))
        .order_by(StudyGroup.name, StudyGroup.id)
        .limit(limit)
    )
    if after is not None:
        name, group = after
        statement = statement.where(
            or_(StudyGroup.name > name, and_(StudyGroup.name == name, StudyGroup.id > group))
        )
    return [GroupToAcquaint(*row) for row in db.session.execute(statement)]


def find_group_to_acquaint(group: UUID) -> GroupToAcquaint | None:
    """Return one group, None if it does not exist; one statement."""
    row = db.session.execute(
        select(StudyGroup.id, StudyGroup.name, StudyGroup.unit_id, StudyGroup.curator_id).where(
            StudyGroup.id == group
        )
    ).one_or_none()
    return GroupToAcquaint(*row) if row is not None else None


def load_groups_of_daily_run(after: UUID, day: date, limit: int) -> list[GroupToAcquaint]:
    """Return groups with students on a day, by id after `after`; one statement."""
    found = db.session.execute(
        select(StudyGroup.id, StudyGroup.name, StudyGroup.unit_id, StudyGroup.curator_id)
        .where(StudyGroup.id > after, exists().where(Membership.group_id == StudyGroup.id, *_stays_on(day)))
        .order_by(StudyGroup.id)
        .limit(limit)
    )
    return [GroupToAcquaint(*row) for row in found]


def sheet_day(semester: SemesterRow, today: date) -> date:
    """Return the day whose students a sheet lists: today, the last day of a semester that is over."""
    return min(today, semester.dates.ends_on)


def load_sheet_lines(
    groups: Sequence[GroupToAcquaint], semester: SemesterRow, now: datetime
) -> dict[UUID, list[SheetLine]]:
    """Return the lines of the sheets of groups, in the order of the Kyrgyz alphabet; two statements.

    The students of the day, also those who joined by a later order, and those who have left with a row.
    """
    if not groups:
        return {}
    day = sheet_day(semester, local_day(now))
    wanted = [one.id for one in groups]
    rows = _load_newest_rows(wanted, semester.id)
    found = db.session.execute(
        select(
            Membership.group_id,
            Person.id,
            func.max(Membership.starts_on),
            func.bool_or(and_(*_stays_on(day))),
        )
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.group_id.in_(wanted), Membership.starts_on <= day)
        .group_by(Membership.group_id, Person.id, Person.sort_key)
        .order_by(Membership.group_id, Person.sort_key, Person.id)
    ).all()
    calendars = load_calendars_of_groups(groups, now)
    lines: dict[UUID, list[SheetLine]] = {id: [] for id in wanted}
    for group, student, joined_on, is_member in found:
        row = rows.get((group, student))
        if is_member or (row is not None and counts_as_done(row.way)):
            due = acknowledgement_deadline(calendars[group], semester.dates.starts_on, joined_on)
            lines[group].append(SheetLine(student, is_member, due if is_member else None, row))
    return lines


def load_calendars_of_groups(
    groups: Sequence[GroupToAcquaint], now: datetime
) -> dict[UUID, DeadlineCalendar]:
    """Return the calendar of the institute of each group; at most one statement."""
    day = local_day(now)
    return {one.id: regulation.load_unit_deadline_calendar(db.session, one.unit, day) for one in groups}


def load_newest_sheet_steps(groups: Collection[UUID], semester: UUID) -> Mapping[UUID, AcknowledgementSheet]:
    """Return the newest step of the sheet of each group that has one; one statement."""
    found = db.session.scalars(
        select(AcknowledgementSheet)
        .ext(distinct_on(AcknowledgementSheet.group_id))
        .where(AcknowledgementSheet.group_id.in_(groups), AcknowledgementSheet.semester_id == semester)
        .order_by(
            AcknowledgementSheet.group_id, AcknowledgementSheet.made_at.desc(), AcknowledgementSheet.id.desc()
        )
    )
    return {one.group_id: one for one in found}


def count_lines(lines: Sequence[SheetLine]) -> SheetNumbers:
    """Return the numbers of a sheet; those who have left count no more."""
    return count_sheet([one.way for one in lines if one.is_member])


def find_own_line(student: UUID, now: datetime) -> tuple[GroupToAcquaint, SemesterRow, SheetLine] | None:
    """Return the line of a student in the present semester, with his group; None outside of one. Five statements at
    most."""
    today = local_day(now)
    semester = next((one for one in load_begun_semesters(today) if today <= one.dates.ends_on), None)
    own = people.load_student_groups(student, today) if semester is not None else []
    group = find_group_to_acquaint(own[0].id) if own else None
    if semester is None or group is None:
        return None
    lines = load_sheet_lines([group], semester, now)[group.id]
    return next(((group, semester, one) for one in lines if one.student == student), None)


def _stays_on(day: date) -> tuple[ColumnElement[bool], ...]:
    """Return the SQL conditions that a stay covers a day."""
    return Membership.starts_on <= day, or_(Membership.ends_on.is_(None), Membership.ends_on >= day)


def _load_newest_rows(groups: Collection[UUID], semester: UUID) -> dict[tuple[UUID, UUID], Acknowledgement]:
    """Return the newest row by group and student; one statement."""
    found = db.session.scalars(
        select(Acknowledgement)
        .ext(distinct_on(Acknowledgement.group_id, Acknowledgement.student_id))
        .where(Acknowledgement.group_id.in_(groups), Acknowledgement.semester_id == semester)
        .order_by(
            Acknowledgement.group_id,
            Acknowledgement.student_id,
            Acknowledgement.made_at.desc(),
            Acknowledgement.id.desc(),
        )
    )
    return {(one.group_id, one.student_id): one for one in found}
