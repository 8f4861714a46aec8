"""Results that a transferred student brought along: the same discipline, in the same semester, in another group.

Nothing is copied: they are read out of the journal in which they were entered, so a correction there is seen here at
once (cross-cutting 9). Read-only: whoever teaches him now enters in his own journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Date, and_, cast, func, select
from sqlalchemy.orm import aliased

from app.journal.models import Cell, Lesson, Offering
from app.journal.queries import facts
from app.journal.rules import ATTENDANCE, status_of
from app.kernel.clock import ZONE
from app.kernel.db import db
from app.people.models import Membership, StudyGroup
from app.people.rules import TRANSFER

MISSED = ("ABSENT", "EXCUSED", "SICK")


@dataclass(frozen=True, slots=True)
class CarriedMark:
    """One lesson of the old journal: the status of annex 2 and the points."""

    starts_at: datetime
    type: str
    status: str
    grade: str


@dataclass(frozen=True, slots=True)
class Carried:
    """What one student brought from one group, and the number of the order that moved him."""

    student: UUID
    offering: UUID
    group: str
    order_no: str
    marks: tuple[CarriedMark, ...]

    @property
    def points(self) -> Decimal:
        """The sum of the points he had there."""
        return sum((Decimal(mark.grade) for mark in self.marks if mark.grade), Decimal(0))

    @property
    def absences(self) -> int:
        """The lessons he missed there and has not made up."""
        return sum(mark.status in MISSED for mark in self.marks)


def carried_into(offering: UUID, students: Iterable[facts.Student], since: date) -> dict[UUID, list[Carried]]:
    """What students who joined after `since` brought to this journal, by student; one statement, none without them."""
    joined = [one.id for one in students if min(start for start, _end in one.periods) > since]
    if not joined:
        return {}
    rows = db.session.execute(_entered(offering, joined)).all()
    found: dict[tuple[UUID, UUID], list[Any]] = {}
    for row in rows:
        found.setdefault((row.person_id, row.there), []).append(row)
    brought: dict[UUID, list[Carried]] = {}
    for (student, there), its in found.items():
        one = Carried(student, there, its[0].name, its[0].order_no, _marks(student, its))
        brought.setdefault(student, []).append(one)
    return brought


def _entered(offering: UUID, students: list[UUID]) -> Any:
    """Every mark these students had in the same discipline before they came, in the days they belonged there."""
    here, there = aliased(Offering), aliased(Offering)
    now, before = aliased(Membership), aliased(Membership)
    day = cast(func.timezone(ZONE.key, Lesson.starts_at), Date)
    return (
        select(now.person_id, now.order_no, StudyGroup.name, there.id.label("there"), Lesson, Cell)
        .select_from(here)
        .join(
            there,
            and_(
                there.course_id == here.course_id,
                there.semester_id == here.semester_id,
                there.id != here.id,
            ),
        )
        .join(now, and_(now.group_id == here.group_id, now.person_id.in_(students)))
        .join(
            before,
            and_(
                before.person_id == now.person_id,
                before.group_id == there.group_id,
                before.ended_as == TRANSFER,
                before.ends_on < now.starts_on,
            ),
        )
        .join(StudyGroup, StudyGroup.id == there.group_id)
        .join(Lesson, and_(Lesson.offering_id == there.id, day.between(before.starts_on, before.ends_on)))
        .join(Cell, and_(Cell.lesson_id == Lesson.id, Cell.student_id == now.person_id))
        .where(here.id == offering, Cell.value.is_not(None))
        .order_by(now.person_id, Lesson.starts_at, Lesson.id, now.starts_on)
    )


def _marks(student: UUID, rows: list[Any]) -> tuple[CarriedMark, ...]:
    lessons = {row.Lesson.id: row.Lesson for row in rows}
    cells = {(row.Lesson.id, row.Cell.kind): row.Cell for row in rows}
    made = []
    for lesson in lessons.values():
        attendance, grade = cells.get((lesson.id, ATTENDANCE)), cells.get((lesson.id, "GRADE"))
        mark = facts.cell_facts(facts.bare_lesson(lesson), student, ATTENDANCE, attendance, True)
        made.append(
            CarriedMark(lesson.starts_at, lesson.type, status_of(mark), (grade.value or "") if grade else "")
        )
    return tuple(made)
