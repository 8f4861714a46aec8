"""Reads of lessons affected by an order with effect in the past (2.1b).

Marks of days outside the membership, and lessons whose roll was taken before the student was on the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, and_, cast, exists, func, or_, select

from app.journal.gradebook.load import OfferingState, load_offerings
from app.journal.tables import Cell, Lesson, Offering
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class MarksReview:
    """The lessons of one journal that its teachers should review because of one student's order.

    `is_membership_lost`: the student has marks there and no membership any more; else the rolls
    were taken without the student.
    """

    offering: OfferingState
    student: UUID
    is_membership_lost: bool
    lessons: tuple[date, ...]


def load_marks_to_review_in_span(span: Mapping[str, Any], now: datetime) -> list[MarksReview]:
    """Return the lessons affected by one span (`people.commands.membership.span`), one
    review a journal; two statements."""
    student, lost = UUID(span["student"]), bool(span["lost"])
    day = cast(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at), Date)
    conditions = [
        Offering.group_id == UUID(span["group"]),
        day >= date.fromisoformat(span["from"]),
        Lesson.starts_at <= now,
    ]
    if span["to"]:
        conditions.append(day <= date.fromisoformat(span["to"]))
    mark = exists().where(
        and_(Cell.lesson_id == Lesson.id, Cell.student_id == student, Cell.value.is_not(None))
    )
    met = or_(mark, Lesson.roll_taken_at.is_not(None)) if lost else Lesson.roll_taken_at.is_not(None)
    found = db.session.execute(
        select(Lesson.offering_id, Lesson.starts_at)
        .join(Offering, Offering.id == Lesson.offering_id)
        .where(*conditions, met)
        .order_by(Lesson.starts_at, Lesson.id)
    ).all()
    days: dict[UUID, list[date]] = {}
    for row in found:
        days.setdefault(row.offering_id, []).append(local_day(row.starts_at))
    offerings = load_offerings(days) if days else {}
    return [MarksReview(offerings[one], student, lost, tuple(its)) for one, its in days.items()]
