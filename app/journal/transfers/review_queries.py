"""Reads of lessons affected by an order with effect in the past (2.1b).

Marks of days outside the membership, and lessons whose roll was taken before the student was on the list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Date, Integer, Uuid, and_, cast, column, exists, func, or_, select, values

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


def load_marks_to_review_in_spans(spans: Sequence[Mapping[str, Any]], now: datetime) -> list[MarksReview]:
    """Return the lessons affected by spans (`people.commands.membership.changed_membership_span_json`), one review a
    span and journal, in the order of the spans; two statements."""
    if not spans:
        return []
    rows = [
        (
            place,
            UUID(one["student"]),
            UUID(one["group"]),
            date.fromisoformat(one["from"]),
            date.fromisoformat(one["to"]) if one["to"] else None,
            bool(one["lost"]),
        )
        for place, one in enumerate(spans)
    ]
    span = values(
        column("place", Integer),
        column("student", Uuid),
        column("group", Uuid),
        column("first", Date),
        column("last", Date),
        column("lost", Boolean),
        name="span",
    ).data(rows)
    day = cast(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at), Date)
    mark = exists().where(
        and_(
            Cell.lesson_id == Lesson.id,
            Cell.student_id == cast(span.c.student, Uuid),
            Cell.value.is_not(None),
        )
    )
    found = db.session.execute(
        select(span.c.place, Lesson.offering_id, Lesson.starts_at)
        .join(Offering, Offering.group_id == cast(span.c.group, Uuid))
        .join(Lesson, Lesson.offering_id == Offering.id)
        .where(
            day >= cast(span.c.first, Date),
            or_(cast(span.c.last, Date).is_(None), day <= cast(span.c.last, Date)),
            Lesson.starts_at <= now,
            or_(Lesson.roll_taken_at.is_not(None), and_(cast(span.c.lost, Boolean), mark)),
        )
        .order_by(span.c.place, Lesson.starts_at, Lesson.id)
    ).all()
    days: dict[tuple[int, UUID], list[date]] = {}
    for row in found:
        days.setdefault((int(row.place), row.offering_id), []).append(local_day(row.starts_at))
    offerings = load_offerings({offering for _place, offering in days}) if days else {}
    return [
        MarksReview(offerings[offering], rows[place][1], rows[place][5], tuple(its))
        for (place, offering), its in days.items()
    ]
